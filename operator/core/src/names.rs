//! Names of everything we make in a database. All of them carry the run, those of streams also the turn, so that a late
//! command cannot hit a later stream.
use verdigris_crds::Side;

/// Key of the advisory lock on which writers of a closed side linger while the Service moves.
pub const LINGER: i64 = 1_987_208_295;

/// Schema that holds our records in both databases.
pub const SCHEMA: &str = "verdigris";

/// Names of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    uid: String,
}

impl Names {
    /// From the UID of the `DatabaseMigration`: its first twelve hexadecimal digits.
    pub fn new(uid: &str) -> Self {
        Self { uid: uid.chars().filter(char::is_ascii_hexdigit).take(12).collect::<String>().to_ascii_lowercase() }
    }

    /// The run, as it stands in `verdigris.state.uid` and in every name.
    pub fn run(&self) -> &str {
        &self.uid
    }

    /// Prefix of every name of the run: sweeps go by it.
    pub fn prefix(&self) -> String {
        format!("verdigris_{}_", self.uid)
    }

    /// Publication of one side.
    pub fn publication(&self, side: Side) -> String {
        format!("verdigris_{}_{}", self.uid, side.lower())
    }

    /// Slot and subscription of database number `database` in the set, made in `turn`.
    pub fn stream(&self, database: usize, turn: i64) -> String {
        format!("verdigris_{}_{database}_{turn}", self.uid)
    }

    /// SQL by which a human turns a stream on again, on the closed side that subscribes: past its read-only default and its gate
    /// against DDL.
    pub fn enable_by_hand(&self, stream: &str) -> String {
        format!(
            "BEGIN READ WRITE; SET LOCAL verdigris.session = '{}'; ALTER SUBSCRIPTION \"{stream}\" ENABLE; COMMIT;",
            self.uid
        )
    }

    /// Slot on green that counts what migrations write.
    pub fn count_slot(&self) -> String {
        format!("verdigris_{}_count", self.uid)
    }

    /// Role that the other side's subscription connects with; it exists on both sides, each with a password of its own.
    pub fn replication_role(&self) -> String {
        format!("verdigris_{}_replication", self.uid)
    }

    /// Role that preflight tries a connection with, and for that long.
    pub fn probe(&self) -> String {
        format!("verdigris_{}_probe", self.uid)
    }

    /// Role that runs migrations on green.
    pub fn migrator_role(&self) -> String {
        format!("verdigris_{}_migrator", self.uid)
    }

    /// `application_name` of the worker that applies a stream, as the publisher sees it.
    pub fn apply(&self) -> String {
        format!("verdigris_{}_apply", self.uid)
    }

    /// What `application_name` of every session of the run begins with.
    pub fn application_prefix(&self) -> String {
        format!("verdigris/{}/", self.uid)
    }

    /// `application_name` of a session: run, epoch and purpose, so that a newer epoch can end older sessions.
    pub fn application(&self, epoch: i64, purpose: &str) -> String {
        format!("verdigris/{}/{epoch}/{purpose}", self.uid)
    }
}

/// Names under which pods of the same namespace, or of any, know a Service.
pub fn service_hosts(name: &str, namespace: &str) -> Vec<String> {
    let long = format!("{name}.{namespace}");
    vec![name.to_owned(), format!("{long}.svc"), format!("{long}.svc.cluster.local"), long]
}
