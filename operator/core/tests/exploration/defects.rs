//! Deliberate defects: each takes one piece out of the protocol, where the model stands for the shell and its SQL, or out of the order of
//! the steps. The exploration must find every one of them: what it does not find it does not look for.

macro_rules! defects {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {
        /// One piece that is missing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Defect { $($(#[doc = $doc])* $name,)* }

        impl Defect {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What is missing, in words.
            pub fn says(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),*).trim_ascii(),)* }
            }
        }
    };
}

defects! {
    /// No step checks the epoch that it carries.
    NoGuard;
    /// An epoch is taken although a higher one is there.
    TakesLowerEpoch;
    /// Taking an epoch does not end the hold of an older one.
    HoldOutlivesEpoch;
    /// The gate is not put on the tables of the side that closes.
    NoGate;
    /// The hold does not wait for writers that are under way.
    HoldDoesNotWait;
    /// The side closes although its hold is gone.
    CloseWithoutHold;
    /// No marker is written or waited for.
    NoMarker;
    /// The same marker serves every attempt.
    MarkerUsedAgain;
    /// No proof is committed, and none is asked for.
    NoProof;
    /// The reverse stream has no position of its own.
    NoPosition;
    /// The position is taken after the new writer opened.
    PositionAfterOpening;
    /// The new writer opens before the old one is closed.
    OpenBeforeClose;
    /// The forward stream is left running when the new writer opens.
    ForwardStaysAtOpening;
    /// Nobody waits for the end of the forward stream's worker.
    WorkerNotWaitedFor;
    /// Sequences get the exact values of the other side.
    ExactSequences;
    /// Sequences are not looked at again in the hold.
    SequencesNotHeld;
    /// Recovery reopens a closed side without having seen the other one.
    RecoversFromOneSide;
    /// Recovery acts in the epoch that it finds.
    RecoversWithoutEpoch;
    /// The sweep leaves slots.
    SweepLeavesSlots;
    /// The sweep takes the living stream too.
    SweepTakesAll;
    /// The Service is moved without the version that was read.
    NoVersion;
    /// A new writer stays read-only for new sessions.
    StaysReadOnly;
    /// Sessions that were read-only stay so.
    ReadOnlySessionsStay;
    /// An end does not look again at what it presumes.
    EndsWithoutLooking;
    /// A run that ends before the cutover takes the gate off green.
    OpensUnusedGreen;
    /// The Service is pointed at a side without looking again whether it is open.
    PointsBlindly;
}
