//! `converge(W)` as messages: what each line of it says, and to whom.
use verdigris_core::record::Record;
use verdigris_core::recovery::{Action, converge};

use crate::call::Call;
use crate::defects::Defect;
use crate::row::small;
use crate::server::Statement;
use crate::world::{Epoch, index};

/// The lines of convergence, as messages.
pub fn lines(writer: usize, reader: &Record, epoch: Epoch, defect: Option<Defect>) -> Vec<Call> {
    let say = |at: usize, statement| Call::Say(at, epoch, statement);
    let side = crate::world::side(writer);
    let one = |action: Action| match (action, defect) {
        (Action::Writable(_), Some(Defect::StaysReadOnly))
        | (Action::EndReadOnlySessions(_), Some(Defect::ReadOnlySessionsStay)) => Vec::new(),
        (Action::Route(to), _) => route(index(to), epoch),
        (Action::Writable(at), _) => vec![say(index(at), Statement::MakeWritable)],
        (Action::EndReadOnlySessions(at), _) => vec![say(index(at), Statement::EndReadOnlySessions)],
        (Action::ReadOnly(at), _) => vec![say(index(at), Statement::ReadOnly)],
        (Action::EndSessions(at), _) => vec![say(index(at), Statement::EndSessions)],
        (Action::Sweep { writer, turn }, defect) => {
            let (writer, keep) = (index(writer), Some(small(turn)).filter(|_| defect != Some(Defect::SweepTakesAll)));
            let witness = reader.witness.as_ref().and_then(|turn| turn.parse().ok());
            let mut calls = vec![
                say(writer, Statement::SweepSubscriptions(None)),
                say(1 - writer, Statement::SweepSubscriptions(keep)),
            ];
            if defect != Some(Defect::SweepLeavesSlots) {
                calls.push(say(writer, Statement::SweepSlots(keep)));
                calls.push(say(1 - writer, Statement::SweepSlots(witness)));
            }
            calls
        }
        // Poolers are not part of the model.
        (Action::ResumePoolers, _) => Vec::new(),
        (Action::WorkersGone(at), _) => vec![Call::WorkersGone(index(at))],
        (Action::Stream { writer, turn }, _) => {
            vec![say(1 - index(writer), Statement::EnableIfThere(small(turn)))]
        }
    };
    converge(side, reader).into_iter().flat_map(one).collect()
}

/// Sends clients to an open side, and waits until they land there.
pub fn route(to: usize, epoch: Epoch) -> Vec<Call> {
    vec![Call::ReadService, Call::IsOpen(to, epoch), Call::Apply(to), Call::Settled(to)]
}
