//! Steps of the switchover as messages: which statements each one is, and what an attempt learns from the answers.
use verdigris_core::switchover::Step;

use crate::call::Call;
use crate::defects::Defect;
use crate::server::{Answer, Statement};
use crate::world::Epoch;

/// How far a ceiling is ahead.
pub const LEAD: u8 = 2;

/// What an attempt knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Known {
    pub from: usize,
    pub epoch: Epoch,
    /// Turn of the stream `from → to`.
    pub stream: u8,
    /// Witness that `to` had while it was closed.
    pub witness: Option<u8>,
    pub nonce: u8,
    position: u8,
    /// Sequence of `from` as it was read last.
    theirs: u8,
    /// Where `to` leads to.
    ceiling: u8,
    /// It led too little in the hold.
    late: Option<u8>,
}

impl Known {
    pub fn new(by: usize, from: usize) -> Self {
        let holder = u8::try_from(by + 1).unwrap_or(u8::MAX);
        let epoch = Epoch { number: 0, holder };
        Self { from, epoch, stream: 0, witness: None, nonce: 0, position: 0, theirs: 0, ceiling: 0, late: None }
    }

    /// The messages of a step, in order.
    pub fn calls(&self, step: Step, defect: Option<Defect>) -> Vec<Call> {
        let (from, to, turn) = (self.from, 1 - self.from, self.epoch.number);
        let say = |at: usize, statement| Call::Say(at, self.epoch, statement);
        if let Some(calls) = defect.and_then(|defect| self.without(step, defect)) {
            return calls;
        }
        match step {
            Step::Gates | Step::GatesAgain => vec![Call::CaughtUp(to, self.stream)],
            Step::Slot => vec![say(to, Statement::MakeSlot(turn))],
            Step::Subscribe => vec![say(from, Statement::Subscribe(turn))],
            Step::Arm => vec![say(from, Statement::Arm), say(to, Statement::Arm)],
            Step::Ceilings => vec![Call::Sequence(from), say(to, Statement::SetSequence(self.theirs + LEAD))],
            Step::Writable => vec![say(to, Statement::MakeWritable), say(to, Statement::EndReadOnlySessions)],
            Step::Hold => vec![say(from, Statement::Hold)],
            Step::Coverage => vec![Call::Covered(from)],
            Step::Marker => vec![say(from, Statement::Marker(self.nonce))],
            Step::Drain => vec![Call::Seen(to, self.nonce)],
            Step::Sequences => vec![Call::Sequence(from), Call::Sequence(to)],
            Step::Proof => vec![say(to, Statement::Prove { nonce: self.nonce, sequence: self.late })],
            Step::Position => vec![Call::Position(to)],
            Step::Close => vec![say(from, self.close())],
            Step::ProofStandbys => vec![Call::Standbys(to)],
            Step::CloseStandbys => vec![Call::Standbys(from)],
            Step::Reopen => vec![say(from, Statement::Reopen)],
            Step::Open => vec![say(to, Statement::Open { nonce: self.nonce, turn, stream: self.stream })],
            Step::Flip => vec![Call::ReadService, Call::IsOpen(to, self.epoch), Call::Apply(to)],
            Step::Settle => vec![Call::Settled(to)],
            Step::ReadOnly => vec![say(from, Statement::ReadOnly)],
            Step::EndSessions => vec![say(from, Statement::EndSessions)],
            Step::SecondLook if self.theirs > self.ceiling => {
                vec![Call::Sequence(from), say(to, Statement::SetSequence(self.theirs + LEAD))]
            }
            Step::SecondLook => vec![Call::Sequence(from)],
            Step::WorkerGone => vec![say(to, Statement::EndWorker(self.stream)), Call::WorkersGone(to)],
            Step::Reverse => vec![say(from, Statement::Enable(turn))],
            Step::DropForward => vec![say(to, Statement::DropSubscription(self.stream))],
            Step::DropSlot => self.witness.map(|turn| say(to, Statement::DropSlot(turn))).into_iter().collect(),
            // Sessions, poolers and lingering are not part of the model.
            Step::Claim
            | Step::Warm
            | Step::Linger
            | Step::PausePoolers
            | Step::ResumePoolers
            | Step::Quiet
            | Step::Streaming => Vec::new(),
        }
    }

    /// What is left of a step where a piece is missing; `None`: all of it.
    fn without(&self, step: Step, defect: Defect) -> Option<Vec<Call>> {
        let (from, to, turn) = (self.from, 1 - self.from, self.epoch.number);
        let say = |at: usize, statement| Call::Say(at, self.epoch, statement);
        let open = Statement::Open { nonce: self.nonce, turn, stream: self.stream };
        Some(match (defect, step) {
            (Defect::NoGate, Step::Arm) => vec![say(to, Statement::Arm)],
            (Defect::CloseWithoutHold, Step::Hold) => vec![say(from, Statement::Hold), Call::Release(from)],
            (Defect::NoMarker, Step::Marker)
            | (Defect::NoPosition, Step::Position)
            | (Defect::PositionAfterOpening, Step::Position)
            | (Defect::SequencesNotHeld | Defect::ExactSequences, Step::Sequences | Step::SecondLook)
            | (Defect::WorkerNotWaitedFor, Step::WorkerGone)
            | (Defect::StaysReadOnly, Step::Writable) => Vec::new(),
            (Defect::ReadOnlySessionsStay, Step::Writable) => vec![say(to, Statement::MakeWritable)],
            // The sequences that are set with it are.
            (Defect::NoProof, Step::Proof) => {
                self.late.map(|value| say(to, Statement::SetSequence(value))).into_iter().collect()
            }
            (Defect::PositionAfterOpening, Step::Reverse) => {
                let moved = Statement::MoveOrigin { stream: turn, position: self.position };
                vec![Call::Position(to), say(from, moved), say(from, Statement::Enable(turn))]
            }
            (Defect::OpenBeforeClose, Step::Close) => vec![say(to, open)],
            (Defect::OpenBeforeClose, Step::Open) => vec![say(from, self.close())],
            (Defect::ExactSequences, Step::Ceilings) => {
                vec![Call::Sequence(from), say(to, Statement::SetSequence(self.theirs))]
            }
            _ => return None,
        })
    }

    fn close(&self) -> Statement {
        Statement::Close {
            turn: self.epoch.number,
            nonce: self.nonce,
            position: self.position,
            stream: self.epoch.number,
            witness: self.stream,
        }
    }

    /// Takes in what an answer says.
    pub fn learn(&mut self, step: Step, at: usize, answer: Answer) -> Answer {
        let Answer::Number(number) = answer else { return answer };
        match (step, at) {
            (Step::Position, _) | (Step::Reverse, 0) => self.position = number,
            (Step::Ceilings, _) => (self.theirs, self.ceiling) = (number, number + LEAD),
            (Step::Sequences, 0) => self.theirs = number,
            (Step::Sequences, _) => {
                // Half of the lead must be there.
                self.late = (number < self.theirs + LEAD / 2).then_some(self.theirs + LEAD);
                self.ceiling = self.late.unwrap_or(number);
            }
            (Step::SecondLook, _) => self.theirs = number,
            _ => {}
        }
        Answer::Done
    }
}
