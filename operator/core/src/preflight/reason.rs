//! Reasons of findings: stable API. The docs table `docs/src/troubleshooting-preflight.md` is generated from this file.
//!
//! The comment says what the reason means, the text behind it what to do in general; a finding carries the exact command.

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident $severity:ident $mend:literal;)+) => {
        /// Why preflight has something to say.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $($(#[doc = $doc])+ $name),+ }

        impl Reason {
            /// All of them, in the order of the docs.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word in conditions, the plan and `spec.acknowledge`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }

            /// What it means.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+)),+ }
            }

            /// What to do about it in general.
            pub fn mend(self) -> &'static str {
                match self { $(Self::$name => $mend),+ }
            }

            /// What it means for the run, before anything is acknowledged.
            pub fn severity(self) -> super::Severity {
                match self { $(Self::$name => super::Severity::$severity),+ }
            }
        }
    };
}

reasons! {
    /// The client Service does not exist.
    ServiceMissing Blocker "Create the Service, or correct `spec.service.name`.";
    /// The client Service could not be read.
    ServiceUnknown Blocker "Mend what the message names; it is tried again.";
    /// The client Service is of type ExternalName: it has no endpoints that could move.
    ServiceExternalName Blocker "Make it a ClusterIP Service in front of the pods.";
    /// The client Service is headless: clients hold addresses of pods, which no selector moves.
    ServiceHeadless Blocker "Give clients a Service with a cluster IP.";
    /// The client Service is reachable from outside the cluster; load balancers may keep connections to old endpoints.
    ServiceReachableFromOutside Question "Check how the load balancer drains connections, then acknowledge.";
    /// The client Service has no selector.
    ServiceWithoutSelector Blocker "Set the selector to the labels of blue's pods.";
    /// The client Service shows pods before they are ready, so that ready endpoints prove nothing.
    ServicePublishesNotReady Question "Set `publishNotReadyAddresses: false`.";
    /// Another controller owns the client Service and would set the selector back.
    ServiceOwnedByController Blocker "Give clients a Service of their own in front of the same pods.";
    /// Git, Helm or another deployment tool owns `spec.selector` of the client Service and would set it back.
    SelectorOwnedByTool Blocker "Take `spec.selector` out of the manifest, apply it server-side, and let the operator own the field.";
    /// The selector stands in a manifest that somebody applies with kubectl; the next apply would set it back.
    SelectorInAppliedManifest Question "Take `spec.selector` out of the manifest; or see to it that nobody applies it during the run, and acknowledge.";
    /// A manager that is not known to this release owns `spec.selector`.
    SelectorOwnerUnrecognized Question "Find out whether it would set the selector back; stop it, or acknowledge.";
    /// Who owns `spec.selector` could not be seen.
    SelectorOwnerUnknown Blocker "Apply the Service once more, so that the API server records its owners.";
    /// The selector was set by hand; nothing sets it back by itself.
    SelectorSetByHand Note "Nothing to do.";
    /// The client Service does not select blue's pods.
    ServiceNotOnBlue Blocker "Correct the Service's selector, or `spec.blue.selector`.";
    /// The client Service would select green's pods before the switch.
    ServiceSelectsGreen Blocker "Give green labels that the Service's selector does not match.";
    /// Endpoints of the client Service could not be read.
    EndpointsUnknown Blocker "Mend what the message names; it is tried again.";
    /// The client Service has no ready endpoint.
    NoReadyEndpoint Blocker "Bring a pod of blue to ready.";
    /// Somebody adds endpoints to the client Service by hand; a selector does not move those.
    ForeignEndpoints Blocker "Delete the endpoint slice that is not the endpoint slice controller's.";
    /// Blue's StatefulSet does not exist.
    WorkloadMissing Blocker "Correct `spec.blue.workload.name`.";
    /// Blue's StatefulSet could not be read.
    WorkloadUnknown Blocker "Mend what the message names; it is tried again.";
    /// A selector is empty and would match every pod of the namespace.
    SelectorEmpty Blocker "Give the side labels of its own.";
    /// Blue's and green's selectors match the same pods, or would.
    SelectorsOverlap Blocker "Choose labels for green that none of blue's pods carry, and that blue's selector does not match.";
    /// Pods could not be listed.
    PodsUnknown Blocker "Mend what the message names; it is tried again.";
    /// A side's selector matches no pod.
    NoPod Blocker "Correct the selector, or start the pods.";
    /// No pod of a side is ready.
    NoReadyPod Blocker "Look at the pod's events and logs.";
    /// Whether a pod is in recovery could not be seen.
    PodRoleUnknown Blocker "Mend what the message names; it is tried again.";
    /// No pod of a side accepts writes: all are in recovery.
    NoPrimaryPod Blocker "Promote the right pod, or correct the selector.";
    /// More than one pod of a side is not in recovery: it is not clear which one is the database.
    SeveralPrimaryPods Blocker "Leave one pod a side that is not in recovery.";
    /// Pods that blue's selector matches do not belong to blue's StatefulSet.
    PodNotOfWorkload Blocker "Correct `spec.blue.workload` or `spec.blue.selector`.";
    /// A Secret does not exist.
    SecretMissing Blocker "Create the Secret, or correct the reference.";
    /// A Secret could not be read.
    SecretUnknown Blocker "Mend what the message names; it is tried again.";
    /// A Secret lacks the key `username` or `password`, or it is empty.
    SecretKeyMissing Blocker "Add the key.";
    /// A ConfigMap of migrations does not exist.
    ConfigMapMissing Blocker "Create the ConfigMap, or correct the reference.";
    /// A ConfigMap of migrations could not be read.
    ConfigMapUnknown Blocker "Mend what the message names; it is tried again.";
    /// A ConfigMap of migrations holds no file.
    ConfigMapEmpty Blocker "Add the SQL files as keys, or remove the migration.";
    /// A StatefulSet with the name that green shall get exists and is not this run's: also where an earlier migration of the same name made it.
    GreenNameTaken Blocker "Choose another `spec.green.provision.statefulSet.name`, or delete the old one with its claims.";
    /// Whether green's name is free could not be seen.
    GreenWorkloadUnknown Blocker "Mend what the message names; it is tried again.";
    /// A volume claim that green would get exists already and may hold data of an earlier run.
    GreenVolumeLeftOver Blocker "Delete the claim if its data is not needed, or choose another name for green.";
    /// Blue's pod template names a volume that a green made after it would share with blue: two servers would write the same files.
    VolumeShared Blocker "Make green yourself, and leave `spec.green.provision` out.";
    /// A size is asked for green's volume claims, and blue has no volume claim template that green could get one from.
    StorageWithoutClaim Blocker "Leave `storage` out; or make green yourself, with a claim, and leave `spec.green.provision` out.";
    /// Volume claims of green could not be read.
    VolumesUnknown Blocker "Mend what the message names; it is tried again.";
    /// Whether green's volume can hold the database could not be seen.
    VolumeSizeUnknown Blocker "Mend what the message names; it is tried again.";
    /// Green's volume is too small for the database.
    GreenVolumeTooSmall Blocker "Ask for a larger volume.";
    /// Green's volume is smaller than blue's.
    GreenVolumeSmaller Note "Nothing to do if the data fits for the time to come.";
    /// Green's pods have no volume claim: the data is gone with the pod.
    GreenNotPersistent Question "Give green a volume claim, or acknowledge.";
    /// Other migrations in the namespace could not be listed.
    MigrationsUnknown Blocker "Mend what the message names; it is tried again.";
    /// Another migration is under way on the same blue, green or Service.
    AnotherMigration Blocker "Wait until it is over, or delete it.";
    /// A server cannot be reached.
    ServerUnreachable Blocker "Check host, port, network policies and whether the server runs.";
    /// A server refuses the admin's name or password.
    CredentialsRejected Blocker "Correct the Secret; or give green one of its own in `spec.green.adminSecretRef`.";
    /// A server could not be asked.
    ServerUnknown Blocker "Mend what the message names; it is tried again.";
    /// Blue and green are the same server, or a physical copy of one.
    SameServer Blocker "Make green with initdb, or correct `spec.green.selector`.";
    /// A server is in recovery: a standby cannot take part.
    InRecovery Blocker "Point the side at its primary.";
    /// A server's version is not supported.
    VersionUnsupported Blocker "Use PostgreSQL 15 to 18.";
    /// Green's major version is older than blue's.
    GreenOlderThanBlue Blocker "Use an image of blue's major version or a later one; a green that the operator made is deleted, and made anew.";
    /// Settings of a server could not be read.
    SettingsUnknown Blocker "Mend what the message names; it is tried again.";
    /// `wal_level` is not `logical`.
    WalLevelNotLogical Blocker "Set it and restart the server.";
    /// What of a server's limits is in use could not be read.
    UsageUnknown Blocker "Mend what the message names; it is tried again.";
    /// Too few replication slots are free.
    ReplicationSlotsTooFew Blocker "Raise `max_replication_slots` and restart, or drop slots that nobody uses.";
    /// Too few WAL senders are free.
    WalSendersTooFew Blocker "Raise `max_wal_senders` and restart.";
    /// Too few logical replication workers are free.
    LogicalWorkersTooFew Blocker "Raise `max_logical_replication_workers` and restart.";
    /// Too few background workers are free.
    WorkerProcessesTooFew Blocker "Raise `max_worker_processes` and restart.";
    /// Too few replication origins are free.
    ReplicationOriginsTooFew Blocker "Raise the setting and restart, or drop origins that nobody uses.";
    /// Idle slots are dropped by the server, the stream's among them.
    IdleSlotTimeout Blocker "Set `idle_replication_slot_timeout` to 0.";
    /// No limit, or a smaller one than the budget, holds the WAL that slots retain when no operator is alive.
    SlotWalLimit Note "Set `max_slot_wal_keep_size` to the budget.";
    /// `synchronous_standby_names` contains `*`: our stream would count as a synchronous standby.
    SynchronousStandbyWildcard Blocker "Name the standbys.";
    /// Rights of the admin role could not be read.
    RoleUnknown Blocker "Mend what the message names; it is tried again.";
    /// The admin role is not a superuser.
    RoleNotSuperuser Blocker "Make it one, or use another Secret.";
    /// Databases of a server could not be listed.
    DatabasesUnknown Blocker "Mend what the message names; it is tried again.";
    /// The database does not exist on blue.
    DatabaseMissing Blocker "Correct `spec.databases`.";
    /// Blue has more than one database that could be meant.
    DatabaseAmbiguous Blocker "Name one in `spec.databases`.";
    /// Blue has no database that could be meant.
    DatabaseNoCandidate Blocker "Name one in `spec.databases`.";
    /// The database does not allow connections.
    DatabaseRefusesConnections Blocker "Allow connections.";
    /// Other databases of blue's server have tables or clients: they do not move, and the Service leads away from them.
    OtherDatabases Question "Move their clients to a Service of their own that stays with blue, then acknowledge; or drop them.";
    /// Migrations would run as a superuser: the database's owner, or the role that `migrationRole` names.
    MigrationsAsSuperuser Question "Name a role in `spec.databases[].migrationRole` that is no superuser, or acknowledge.";
    /// The database does not exist on green: the clone makes it, with blue's encoding and locale.
    GreenDatabaseMissing Note "Nothing to do; or make it, empty, to choose another locale.";
    /// The database has another encoding on green.
    EncodingDiffers Blocker "Create green's database with blue's encoding.";
    /// The database has another collation, character type or locale provider on green: order and uniqueness of text may differ.
    CollationDiffers Question "Create green's database with blue's locale, or acknowledge.";
    /// The same collation is of another library version on green: the order of text may differ.
    CollationVersionDiffers Note "Check queries that depend on the order of text.";
    /// Prepared transactions could not be listed.
    PreparedUnknown Blocker "Mend what the message names; it is tried again.";
    /// A prepared transaction is open; the stream cannot start behind it.
    PreparedTransaction Blocker "Commit or roll it back.";
    /// Transactions could not be listed.
    TransactionsUnknown Blocker "Mend what the message names; it is tried again.";
    /// A writing transaction has been open for minutes; the clone waits for it.
    OldTransaction Question "End it, or acknowledge that the clone waits.";
    /// A reading transaction has been open for an hour; it holds back vacuum, as the clone will.
    OldSnapshot Note "End it if it is not needed.";
    /// Replication slots could not be listed.
    SlotsUnknown Blocker "Mend what the message names; it is tried again.";
    /// A logical slot of somebody else exists: its consumer does not move to green by itself.
    ForeignSlot Question "Plan how the consumer moves, then acknowledge; or drop the slot.";
    /// Subscriptions could not be listed.
    SubscriptionsUnknown Blocker "Mend what the message names; it is tried again.";
    /// A subscription of somebody else writes into the database; it would write past the gate.
    ForeignSubscription Blocker "Drop the subscription.";
    /// Replication origins could not be listed.
    OriginsUnknown Blocker "Mend what the message names; it is tried again.";
    /// A replication origin of somebody else exists: whoever uses it writes past the gate.
    ForeignOrigin Blocker "Stop what uses it and drop it.";
    /// Publications could not be listed.
    PublicationsUnknown Blocker "Mend what the message names; it is tried again.";
    /// Whether things with our names are left could not be seen.
    LeftoverUnknown Blocker "Mend what the message names; it is tried again.";
    /// The database carries records of another run.
    LeftoverRecords Blocker "Delete the other migration; if it is gone, remove its records.";
    /// The admin console of the pooler does not answer, or lets nobody in.
    PoolerUnreachable Question "Name its pods, its port and one of its `admin_users` in `spec.pooler.pgBouncer`; see that a network policy lets the operator in; or acknowledge that clients behind a pod that does not answer are not held.";
    /// No pod of the pooler runs.
    PoolerMissing Question "Start it, correct `spec.pooler.pgBouncer.selector`, or take `spec.pooler` away; or acknowledge that no client is held as long as none runs.";
    /// The user that we are on the console of the pooler may look, and nothing else.
    PoolerNotAdmin Blocker "Name one of its `admin_users` in the Secret, or make that user one of them.";
    /// Several processes of the pooler may share one port of a pod: what is said on its console reaches one of them, and nobody knows which.
    PoolerSharesPort Blocker "Run one process in each pod, without `so_reuseport`.";
    /// A pod of the pooler does not lead to the client Service.
    PoolerNotInPath Blocker "Name the Service as the host of its database, or take `spec.pooler` away.";
    /// The pooler gives a client its server for a whole session, and can hold its clients only when all have left.
    PoolerSessionMode Question "Pool by transaction; or acknowledge that a cutover is put back while clients are connected.";
    /// The database was retired by an earlier run: it is closed, and the writers are elsewhere.
    LeftoverRetired Blocker "Make sure that this is the right database, then open it on purpose; on green: another one, or an empty one.";
    /// A slot with our name is left from another run.
    LeftoverSlot Blocker "Drop it.";
    /// A subscription with our name is left from another run.
    LeftoverSubscription Blocker "Drop it.";
    /// A publication with our name is left from another run.
    LeftoverPublication Blocker "Drop it.";
    /// A role with our name is left from another run.
    LeftoverRole Blocker "Drop it.";
    /// Triggers of the gate are left without records.
    LeftoverTrigger Blocker "Drop them.";
    /// The database could not be looked into.
    DatabaseUnknown Blocker "Mend what the message names; it is tried again.";
    /// Tables could not be listed.
    TablesUnknown Blocker "Mend what the message names; it is tried again.";
    /// A table has no usable replica identity: once published, its updates and deletes would fail on blue.
    TableWithoutIdentity Blocker "Give it a primary key, a unique index as identity, or `REPLICA IDENTITY FULL`.";
    /// A table has `REPLICA IDENTITY FULL` and a column type without equality: updates and deletes cannot be applied.
    IdentityFullUnusable Blocker "Give it a primary key.";
    /// A large table has `REPLICA IDENTITY FULL`: each updated or deleted row is searched for on the other side.
    IdentityFullSlow Note "Give it a primary key if it is updated often.";
    /// An unlogged table is not replicated.
    UnloggedTable Question "Make it logged, or acknowledge that green has its rows of the time of the clone and no later ones.";
    /// A foreign table points at the same remote server from both sides.
    ForeignTable Question "Check what green's migrations and tests do to the remote, then acknowledge.";
    /// A materialized view is not replicated; green's is refreshed before each full comparison and lacks later rows.
    MaterializedView Note "Refresh it on green after the cutover.";
    /// Triggers could not be listed.
    TriggersUnknown Blocker "Mend what the message names; it is tried again.";
    /// A trigger marked ALWAYS or REPLICA fires a second time when the row is applied on the other side.
    TriggerFiresOnApply Question "Make it an ordinary trigger, or acknowledge that its effect may be doubled.";
    /// Event triggers could not be listed.
    EventTriggersUnknown Blocker "Mend what the message names; it is tried again.";
    /// An event trigger marked ALWAYS or REPLICA fires inside our own transactions, also in the hold.
    EventTriggerAlways Blocker "Make it an ordinary event trigger.";
    /// Large objects could not be counted.
    LargeObjectsUnknown Blocker "Mend what the message names; it is tried again.";
    /// Large objects are not replicated.
    LargeObjects Question "Move them into a bytea column, or acknowledge that they are not carried.";
    /// Sequences could not be listed.
    SequencesUnknown Blocker "Mend what the message names; it is tried again.";
    /// A sequence has too few numbers left to be set ahead for the switch.
    SequenceExhausted Blocker "Make the sequence, and its column, wider.";
    /// Setting a sequence ahead for the switch costs more than a hundredth of its numbers.
    SequenceNearEnd Question "Make the sequence, and its column, wider, or acknowledge.";
    /// Extensions could not be listed.
    ExtensionsUnknown Blocker "Mend what the message names; it is tried again.";
    /// An extension of blue is not available on green.
    ExtensionMissing Blocker "Use an image for green that has it; a green that the operator made is deleted, and made anew.";
    /// Green would install another version of an extension.
    ExtensionVersionDiffers Note "Read the extension's release notes.";
    /// An extension keeps its data where logical replication does not carry it.
    ExtensionNotCarried Blocker "Use the extension's own way of moving.";
    /// An extension acts by itself and would act on green too.
    ExtensionActs Question "Switch its jobs off on green until the cutover, then acknowledge.";
    /// Whether green is empty could not be seen.
    EmptinessUnknown Blocker "Mend what the message names; it is tried again.";
    /// Green's database holds objects.
    GreenNotEmpty Blocker "Use an empty database.";
    /// Whether one server can connect to the other could not be tried.
    ConnectivityUnknown Blocker "Mend what the message names; it is tried again.";
    /// One server cannot connect to the other for replication.
    CannotConnect Blocker "Check pg_hba.conf, network policies, host and port.";
}
