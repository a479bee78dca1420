//! Ends of a run: after the window, after a rollback, after a failure. An ended run is never taken up again, and it has
//! ended only when what it made is seen to be gone (I9).
use std::ops::ControlFlow;

use verdigris_crds::{Phase, Side};

use crate::{
    action::Action,
    decide::{Decision, Next, Verdict, Writer, act, known, stalled, unknown, writer},
    fact::Fact,
    observation::{Observation, SideFacts},
    plan::Plan,
    record::Record,
};

/// Stops the walk where the run is over: by a tombstone, or by the phase written last.
pub fn already_over(plan: &Plan, obs: &Observation) -> Next {
    let last = plan.last_phase();
    if buried(&obs.blue) || last == Phase::Succeeded {
        let text = "Green serves and the rollback window is over. Blue is closed and keeps a tombstone that says how to open it.";
        return finished(plan, obs, Side::Green, Phase::Succeeded, "Completed", text);
    }
    let unused = obs.green.ours().is_some_and(Record::unused);
    if buried(&obs.green) && !unused || last == Phase::RolledBack {
        let (reason, text) = went_back(plan);
        return finished(plan, obs, Side::Blue, Phase::RolledBack, reason, text);
    }
    if unused || last == Phase::Failed {
        let said = plan.previous.conditions.iter().find(|c| c.type_ == "Succeeded").map(|c| c.message.clone());
        let why =
            said.filter(|m| !m.is_empty()).unwrap_or_else(|| "The run failed; nothing of it is left on blue.".into());
        if obs.blue.ours().is_some_and(|blue| blue.closed) {
            return both_closed(Phase::Failed, Side::Blue);
        }
        // Whether green is clean must be seen, as long as the object waits for it.
        if obs.object.finalizer && obs.green.exists != Fact::Known(false) {
            known(plan, &obs.green.record)?;
        }
        let green_is_left = obs.green.ours().is_some_and(|g| g.closed && g.tombstone.is_none());
        if known(plan, &obs.blue.record)?.is_some() || !obs.blue.leftovers.is_empty() || green_is_left {
            return act(Phase::Failed, vec![Action::Undo { why }]);
        }
        if obs.object.finalizer {
            not_astray(obs, Phase::Failed)?;
        }
        return over(obs, Phase::Failed, "Failed", why);
    }
    ControlFlow::Continue(())
}

/// The writer went to green and came back to blue: both records say so, or blue's alone that a switchover opened it.
pub(crate) fn is_back(obs: &Observation) -> bool {
    if obs.blue.ours().is_some_and(|blue| !blue.closed && blue.opened_at.is_some()) {
        return true;
    }
    let both = (obs.blue.ours(), obs.green.ours());
    both.0.is_some() && both.1.is_some() && writer(both.0, both.1) == Writer::BlueAgain
}

/// A switchover brings every write; who opened blue by hand went back without those that the status states.
fn went_back(plan: &Plan) -> (&'static str, &'static str) {
    if plan.previous.rollback.as_ref().is_some_and(|last| last.loss.is_some()) {
        let text = "Blue serves again: it was opened by hand, and lacks what green wrote and the stream had not carried. status.rollback.loss says what is known of that. Green is closed and still has it. To try again, make a new object with a new green.";
        return ("RolledBackWithLoss", text);
    }
    let text = "Blue serves again, with every write that green took. Green is closed. To try again, make a new object with a new green.";
    ("RolledBackByRequest", text)
}

/// A side that was retired: its tombstone says so.
pub(crate) fn buried(side: &SideFacts) -> bool {
    side.ours().is_some_and(|r| r.tombstone.is_some())
}

fn finished(plan: &Plan, obs: &Observation, writer: Side, phase: Phase, reason: &str, message: &str) -> Next {
    // Without the finalizer it was seen to be clean before: the object alone may say so then.
    if obs.object.finalizer {
        known(plan, &obs.side(writer).record)?;
        return last_steps(obs, phase, writer, "a crash came between the two sides");
    }
    over(obs, phase, reason, message.into())
}

/// The other side has its tombstone: the writer must be clean too, or a crash came between; and the Service must lead there,
/// for nobody looks after it any more.
pub(crate) fn last_steps(obs: &Observation, phase: Phase, writer: Side, why: &str) -> Next {
    let record = obs.side(writer).ours();
    if record.is_some_and(|r| r.closed) {
        return both_closed(phase, writer);
    }
    led(obs, phase, writer)?;
    let mut actions = Vec::new();
    // Another run's record is in the place of ours: what is left of this run goes by its names.
    if record.is_some() || obs.foreign().is_some() {
        actions.push(Action::Finish { writer, why: why.into() });
    }
    if record.is_none() {
        actions.push(Action::RemoveFinalizer);
    }
    act(phase, actions)
}

fn both_closed(phase: Phase, writer: Side) -> Next {
    let text = format!(
        "{writer} is closed, and the other side carries its tombstone: one was closed by hand. Open the right one; see the break-glass page."
    );
    stalled(phase, "BothClosed", text)
}

/// The Service leads to the writer, or there is none that could lead anybody astray.
pub(crate) fn led(obs: &Observation, phase: Phase, writer: Side) -> Next {
    match &obs.service {
        Fact::Unknown(problem) => ControlFlow::Break(unknown(phase, problem)),
        Fact::Known(service) if service.exists && service.points_at != Some(writer) => {
            act(phase, vec![Action::PointService { to: writer }])
        }
        Fact::Known(_) => ControlFlow::Continue(()),
    }
}

/// One side was opened as the new writer and is open, the other cannot be seen: the Service leads to the open one, nothing else is
/// touched. Clients would meet a side that is gone, for as long as it is gone.
pub(crate) fn led_to_who_is_left(plan: &Plan, obs: &Observation) -> Next {
    for side in [Side::Blue, Side::Green] {
        let open = obs.side(side).ours().is_some_and(|r| {
            r.is_closed() == Some(false) && r.opened_at.is_some() && r.tombstone.is_none() && r.same_server
        });
        let alone = obs.side(side.other()).record.problem().is_some();
        let ready = obs.side(side).ready.known().copied() == Some(true);
        let astray = obs.service.known().is_some_and(|s| s.exists && s.ours && s.points_at != Some(side));
        if open && alone && ready && astray {
            return act(plan.last_phase(), vec![Action::PointService { to: side }]);
        }
    }
    ControlFlow::Continue(())
}

/// Where blue writes, the Service may be anybody's, but it must not lead to a green that is closed.
pub(crate) fn not_astray(obs: &Observation, phase: Phase) -> Next {
    match &obs.service {
        Fact::Unknown(problem) => ControlFlow::Break(unknown(phase, problem)),
        Fact::Known(service)
            if service.points_at == Some(Side::Green) && obs.green.ours().is_some_and(|r| r.closed) =>
        {
            led(obs, phase, Side::Blue)
        }
        Fact::Known(_) => ControlFlow::Continue(()),
    }
}

fn over(obs: &Observation, phase: Phase, reason: &str, message: String) -> Next {
    if obs.object.finalizer {
        return act(phase, vec![Action::RemoveFinalizer]);
    }
    ControlFlow::Break(Decision { phase, verdict: Verdict::Done { reason: reason.into(), message } })
}

/// The writer came back to blue: streams go, green keeps a tombstone.
pub fn rolled_back(obs: &Observation) -> Next {
    let service = match &obs.service {
        Fact::Known(service) => service,
        Fact::Unknown(problem) => return ControlFlow::Break(unknown(Phase::RollingBack, problem)),
    };
    if service.points_at != Some(Side::Blue) {
        return act(Phase::RollingBack, vec![Action::PointService { to: Side::Blue }]);
    }
    if !converged(obs) {
        return act(Phase::RollingBack, vec![Action::Recover]);
    }
    act(Phase::RollingBack, vec![Action::Finish { writer: Side::Blue, why: "rolled back by request".into() }])
}

/// Both records carry our epoch and agree with their flags, and nothing else of the run is about: no crash is to be settled.
pub(crate) fn converged(obs: &Observation) -> bool {
    [&obs.blue, &obs.green].iter().all(|side| {
        let ours = side.ours().is_some_and(|r| {
            r.is_closed().is_some() && obs.epoch.is_some_and(|e| e.number == r.epoch && Some(e.holder) == r.holder)
        });
        ours && side.leftovers.is_empty()
    })
}
