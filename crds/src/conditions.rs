//! Types and reasons of conditions. Both are API: a word is never given another meaning. Which condition holds is decided
//! in the core.
use crate::words::words;

words! {
    /// Types of conditions. Absent means unknown. All are good when true, save `Reconciling` and `Stalled`.
    ConditionType {
        /// The side that the spec wants is verified and serves.
        Ready,
        /// Work for this generation is under way (kstatus: in progress).
        Reconciling,
        /// It will not go on without a human (kstatus: failed).
        Stalled,
        /// No finding blocks.
        PreflightPassed,
        /// Green holds a consistent copy of blue, compared exactly.
        Cloned,
        /// Every migration is applied on green.
        SchemaMigrated,
        /// The stream is within `cutover.maxLagBytes`.
        InSync,
        /// The last full comparison and every check passed, and are fresh.
        Verified,
        /// An approval of the plan as it is now exists.
        Approved,
        /// Blue refuses client writes.
        BlueClosed,
        /// The Service selects green, and green has ready endpoints.
        TrafficOnGreen,
        /// Going back is possible now, without losing a write.
        RollbackAvailable,
        /// The run is over and did what the spec asks for.
        Succeeded,
    }
}

words! {
    /// Reasons of conditions. Findings of preflight and classification have reasons of their own.
    Reason {
        /// Nobody has looked yet, or an earlier step has to come first.
        Pending,
        /// The run goes on.
        InProgress,
        /// Work is under way.
        Progressing,
        /// Waiting for something that the message names.
        Waiting,
        /// Waiting for `spec.cutover.approvedPlan`, or for `spec.writer: Green`.
        AwaitingApproval,
        /// Stopped by `spec.suspend`.
        Suspended,
        /// Being deleted.
        Terminating,
        /// The writer moves back.
        RollingBack,
        /// The writer is green, and it was proved.
        CutoverVerified,
        /// Blue writes again, as the spec asked.
        RolledBackAsRequested,
        /// The run is over and failed.
        Failed,
        /// The run is over and did what was asked.
        Completed,
        /// The spec cannot be followed.
        InvalidSpec,
        /// A finding blocks.
        PreflightFailed,
        /// A transient error lasted too long.
        RetriesExhausted,
        /// A deadline passed.
        DeadlineExceeded,
        /// The Service's selector is also set by somebody else.
        SelectorContested,
        /// The comparison found a difference, or a check failed.
        VerificationFailed,
        /// A migration file failed.
        MigrationFailed,
        /// The stream stopped with an error.
        ReplicationFailed,
        /// A database refuses our credentials.
        CredentialsRejected,
        /// A fact that is needed could not be seen.
        Unknown,
        /// Every blocking check is good.
        ChecksPassed,
        /// A check is not good.
        ChecksFailed,
        /// The last result is too old to count.
        ChecksStale,
        /// Parts are being copied.
        Copying,
        /// Copied and compared under one snapshot.
        CopyComplete,
        /// The copy failed.
        CopyFailed,
        /// Migrations run.
        Applying,
        /// Every migration is applied.
        Applied,
        /// A statement of a migration failed.
        StatementFailed,
        /// What a migration did cannot be carried, and the message names it.
        MigrationRefused,
        /// The lag is small enough.
        LagWithinThreshold,
        /// The lag shrinks.
        CatchingUp,
        /// The slot is gone.
        SlotLost,
        /// Our slot retains nearly as much WAL as the budget allows.
        WalRetentionAtRisk,
        /// The other side refuses a change of the stream.
        ApplyConflict,
        /// Both sides differ.
        Mismatch,
        /// The comparison could not finish.
        Inconclusive,
        /// `spec.cutover.approvedPlan` is the digest of the plan.
        ApprovedInSpec,
        /// `spec.cutover.policy` is `Automatic`.
        AutoApproved,
        /// `spec.cutover.approvedPlan` is the digest of another plan.
        DigestMismatch,
        /// No approval is there.
        NotApproved,
        /// Blue refuses client writes.
        Closed,
        /// Blue accepts client writes.
        Open,
        /// The Service selects green.
        Switched,
        /// The Service selects blue.
        OnBlue,
        /// Somebody put the selector back.
        SelectorReverted,
        /// The side that the Service selects has no ready endpoint.
        NoReadyEndpoints,
        /// The reverse stream runs and the window is open.
        WindowOpen,
        /// The window is over.
        WindowClosed,
        /// The reverse stream does not run.
        ReverseReplicationBroken,
        /// What is written on green did not show on blue within two seconds.
        ReverseStreamBehind,
        /// Tables or columns of green changed after the cutover.
        SchemaDrift,
        /// Row changes went past the gate on blue.
        StrayWrites,
        /// There is nothing to go back from.
        NotYetCutOver,
    }
}
