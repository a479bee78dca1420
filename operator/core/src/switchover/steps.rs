//! The steps of `switchover(from, to)`, named once: code, report, metrics and fault points use these names.

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident, $id:literal, $word:literal;)*) => {
        /// One step. The order is the order of the protocol.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Step { $($(#[$doc])* $name,)* }

        impl Step {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its number in the protocol.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// Its name, as reports, metrics and fault points have it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

steps! {
    /// A new epoch on both sides; sessions of older ones end.
    Claim, "0a", "claim";
    /// Everything that would make the switchover fail is looked at.
    Gates, "0f", "gates";
    /// Slot of the reverse stream on `to`.
    Slot, "0b", "slot";
    /// Disabled subscription of the reverse stream on `from`.
    Subscribe, "0c", "subscribe";
    /// The gate on every table of both sides.
    Arm, "0d", "arm";
    /// Sequences of `to` ahead of those of `from`.
    Ceilings, "0e", "ceilings";
    /// `to` no longer read-only for new sessions; older ones end.
    Writable, "0e2", "writable";
    /// The same as `Gates`, after all that.
    GatesAgain, "0f2", "gates-again";
    /// Sessions, plans and caches; coverage once outside the hold.
    Warm, "0g", "warm";
    /// The lock on which writers of the closed side wait while the Service moves.
    Linger, "1", "linger";
    /// Older transactions that hold the gate, or run through poolers, end by themselves; nobody queues behind us.
    Quiet, "2a", "quiet";
    /// Poolers hold their clients: from here on these wait.
    PausePoolers, "2a2", "pause-poolers";
    /// The gate, exclusively: from here on writers wait.
    Hold, "2", "hold";
    /// Every table gated and carried.
    Coverage, "2b", "coverage";
    /// A marker behind the last write of `from`.
    Marker, "3a", "marker";
    /// The marker is on `to`: so is everything before it.
    Drain, "3c", "drain";
    /// Sequences of `to` still lead.
    Sequences, "3c2", "sequences";
    /// The proof, synchronously: everything applied is durable.
    Proof, "3d", "proof";
    /// Physical standbys of `to` have it.
    ProofStandbys, "3d2", "proof-standbys";
    /// Position of `to`: the reverse stream starts there.
    Position, "4", "position";
    /// `from` closes, in the transaction of the hold.
    Close, "5", "close";
    /// Physical standbys of `from` know it.
    CloseStandbys, "5b", "close-standbys";
    /// The way back from there: `from` opens again.
    Reopen, "5r", "reopen";
    /// `to` opens and the forward stream ends: one transaction.
    Open, "6", "open";
    /// The Service selects `to`.
    Flip, "7a", "flip";
    /// It leads there.
    Settle, "7a2", "settle";
    /// Poolers let their clients go on, on new connections.
    ResumePoolers, "7a3", "resume-poolers";
    /// New sessions on `from` are read-only.
    ReadOnly, "7b", "read-only";
    /// Client sessions on `from` end.
    EndSessions, "7b2", "end-sessions";
    /// Sequences once more.
    SecondLook, "7b3", "second-look";
    /// The forward stream's worker is gone.
    WorkerGone, "8a", "worker-gone";
    /// The reverse stream starts.
    Reverse, "8b", "reverse";
    /// The forward subscription goes.
    DropForward, "8c", "drop-forward";
    /// Its slot stays on the closed side as witness of strays; the witness that `to` had goes.
    DropSlot, "8c2", "drop-slot";
    /// The reverse stream runs.
    Streaming, "8d", "streaming";
}

impl Step {
    /// The step after this one, if all goes well. `Reopen` is never part of that.
    pub fn next(self) -> Option<Self> {
        Self::ALL.iter().copied().find(|step| *step > self && *step != Self::Reopen)
    }

    /// By its name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|step| step.as_str() == word)
    }

    /// Whether there is nothing to it where no pooler is in the path.
    pub fn is_of_poolers(self) -> bool {
        matches!(self, Self::PausePoolers | Self::ResumePoolers)
    }

    /// What a failure here means.
    pub fn region(self) -> Region {
        if self < Self::Hold {
            Region::Before
        } else if self < Self::Close {
            Region::Held
        } else if self <= Self::Open {
            Region::Closed
        } else {
            Region::Open
        }
    }
}

/// What has happened to clients when a step runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// Nothing.
    Before,
    /// Writers wait; letting go puts everything back.
    Held,
    /// `from` is closed, or closing.
    Closed,
    /// `to` writes: only forward.
    Open,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.id(), self.as_str())
    }
}
