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
        /// Work is under way.
        Progressing,
        /// Stopped by `spec.suspend`.
        Suspended,
        /// Being deleted.
        Terminating,
        /// The writer is green, and it was proved.
        CutoverVerified,
        /// The run is over and failed.
        Failed,
        /// The run is over and did what was asked.
        Completed,
        /// A finding blocks.
        PreflightFailed,
        /// The Service's selector is also set by somebody else.
        SelectorContested,
        /// Every blocking check is good.
        ChecksPassed,
        /// A check is not good.
        ChecksFailed,
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
        /// The other side refuses a change of the stream.
        ApplyConflict,
        /// Both sides differ.
        Mismatch,
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
        /// Nobody can tell whether row changes went past the gate on blue: the slot that shows them is gone.
        StrayWritesUnknown,
        /// Slots retained more WAL than `spec.budget.retainedWal` allows and were dropped, and with them the way back.
        WALBudgetExceeded,
        /// There is nothing to go back from.
        NotYetCutOver,
    }
}
