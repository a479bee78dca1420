//! What can be done: closed variants, each with its pre- and postcondition. Each is idempotent, or settles "did it happen?"
//! by looking at the server again.
use serde::{Deserialize, Serialize};
use verdigris_crds::Side;

use crate::record::Overrun;

/// One action of the shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Before: nothing of ours is on blue. After: deletion waits for us.
    AddFinalizer,
    /// Before: nothing is left unsafe. After: Kubernetes may forget the object.
    RemoveFinalizer,
    /// After: a Service of ours for each side, so that either can be reached whatever the client Service selects.
    MakeSideServices,
    /// Before: preflight of blue passed. After: `spec.selector` of the client Service is owned by us, unchanged.
    AdoptSelector,
    /// Before: preflight of blue passed. After: green's StatefulSet exists. Blue's pods are not touched.
    ProvisionGreen,
    /// Before: preflight passed, the finalizer is there. After: records, replication role and publication on blue.
    InstallBlue,
    /// After: a new epoch of this process on every reachable side; older sessions of the run are ended.
    Claim,
    /// After: what a crash left is settled by the recovery table, and both sides converge to the writer.
    Recover,
    /// After: a Job of this kind and key runs; one with another key is gone first.
    StartJob {
        /// What it does.
        kind: JobKind,
        /// What it is for, part of its identity.
        key: String,
    },
    /// After: the Job's pods are stopped, their work is kept.
    SuspendJob {
        /// Which.
        kind: JobKind,
    },
    /// After: no Job of this kind.
    DeleteJob {
        /// Which.
        kind: JobKind,
    },
    /// Before: the clone is finished. After: green applies what blue writes.
    StartForward,
    /// Before: a marker came through. After: the stream is stopped, and known to be stopped by us.
    StopForward,
    /// Before: migrations are classified. After: the stream runs.
    ResumeForward,
    /// Before: the server turned the stream off. After: it is on, and goes on where it was.
    ReviveStream {
        /// The side that receives.
        into: Side,
    },
    /// Before: a marker came through. After: the errors of the stream before that are not counted any more.
    ForgetErrors {
        /// The side that receives.
        into: Side,
    },
    /// After: the plan is readable in its ConfigMap.
    WritePlan {
        /// Digest of it.
        digest: String,
        /// The document, YAML.
        body: String,
    },
    /// Before: blue writes. After: roles of blue, with their passwords and memberships, are on green as they are on blue.
    CarryRoles,
    /// Before: every gate holds. After: `to` is the writer, or everything is as it was.
    Switchover {
        /// Who writes now.
        from: Side,
        /// Who shall write.
        to: Side,
    },
    /// After: every pooler lets its clients go on, and the records say so. Tried whatever became of the other actions.
    ResumePoolers,
    /// After: the Service selects the writer.
    PointService {
        /// The writer.
        to: Side,
    },
    /// Before: `writer` writes, the way back is not wanted any more. After: streams, slots, roles and the writer's gate are
    /// gone; the other side keeps gate, flag and a tombstone.
    Finish {
        /// Who writes.
        writer: Side,
        /// Why, for the tombstone.
        why: String,
    },
    /// Before: the writer never moved. After: nothing of ours is on blue; green is kept, closed and with a
    /// tombstone.
    Undo {
        /// Why.
        why: String,
    },
    /// After: no slot of this run on that side, whatever is with the other one: WAL is free to go, and with it the way back (green) or the
    /// witness of stray writes (blue).
    DropSlots {
        /// Which side.
        side: Side,
        /// What they retain, and what is allowed: kept in that side's record, for a slot that is gone says nothing.
        overrun: Overrun,
    },
    /// After: the end of the window is as the spec says, if that is later.
    ExtendWindow {
        /// Length in seconds, from the opening.
        seconds: i64,
    },
}

impl Action {
    /// Whether nobody of ours looks after the poolers once this is done.
    pub const fn ends(&self) -> bool {
        matches!(self, Self::Finish { .. } | Self::Undo { .. } | Self::RemoveFinalizer)
    }
}

/// What a Job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobKind {
    /// Copies blue into green.
    Clone,
    /// Runs migrations on green and classifies what they did.
    Migrate,
    /// Compares both sides.
    Compare,
}

impl JobKind {
    /// Subcommand of `verdigris mover`, and part of the Job's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clone => "clone",
            Self::Migrate => "migrate",
            Self::Compare => "compare",
        }
    }
}
