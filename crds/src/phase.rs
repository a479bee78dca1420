//! Phases and steps of a run, as `status.phase` and `status.steps` show them. For display and for the rules that freeze
//! the spec; what is decided is decided from the databases, never from a phase.
use crate::words::words;

words! {
    /// Where a run is, in one word.
    Phase {
        /// Nobody has looked at it yet.
        Pending,
        /// Everything that could stand in the way is looked at; stays while a finding blocks.
        Preflight,
        /// Green's StatefulSet is made.
        Provisioning,
        /// Blue is copied.
        Cloning,
        /// Migrations run on green.
        Migrating,
        /// The stream brings green up to date.
        CatchingUp,
        /// Green is compared with blue and the checks run.
        Verifying,
        /// Everything is proved; a human or a pipeline has the word.
        AwaitingApproval,
        /// The writer moves.
        CuttingOver,
        /// Green writes, blue follows: the way back is open.
        RollbackWindow,
        /// The window is over; nothing of ours is left on green.
        Succeeded,
        /// The writer moves back.
        RollingBack,
        /// Blue writes again; the run is over.
        RolledBack,
        /// The run is over without a switch, and says why.
        Failed,
        /// Stopped at a safe point by `spec.suspend`.
        Suspended,
        /// Being deleted.
        Terminating,
    }
}

impl Phase {
    /// Whether nothing more happens, whatever the spec says.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::RolledBack | Self::Failed)
    }
}

words! {
    /// The steps of a run in their order: the names in `status.steps`.
    Step {
        /// Look at everything that could stand in the way.
        Preflight,
        /// Make green.
        Provision,
        /// Copy blue.
        Clone,
        /// Run the migrations on green.
        Migrate,
        /// Bring green up to date.
        CatchUp,
        /// Compare, and run the checks.
        Verify,
        /// Wait for the approval of the plan.
        Approve,
        /// Move the writer.
        CutOver,
        /// Keep the way back open.
        RollbackWindow,
    }
}

words! {
    /// State of one step: `status.steps[].state`.
    StepState {
        /// Not begun.
        Pending,
        /// Under way.
        Running,
        /// Begun, and waiting for what `message` says.
        Waiting,
        /// Done.
        Succeeded,
        /// Given up.
        Failed,
        /// Not needed in this run.
        Skipped,
    }
}

words! {
    /// Result of one check: `status.checks[].result`.
    CheckResult {
        /// As expected.
        Passed,
        /// Not as expected.
        Failed,
        /// It could not be measured, which is not a pass.
        Error,
    }
}
