//! A stream that its server turned off. `disable_on_error` does that for a row that cannot be applied, and in the same way for a
//! connection that was lost, as in every restart of the publisher (worker.c, `start_apply`); which of the two it was stands in
//! the server's log alone. So it is turned on again a few times: a connection that is back stays, and a row that cannot be
//! applied cannot be applied again. Nothing is skipped.
use std::ops::ControlFlow;

use verdigris_crds::{Phase, Side};

use crate::{
    action::Action,
    decide::{Next, act},
    observation::{Observation, StreamFacts},
    plan::Plan,
};

/// Errors in a row that may still be lost connections.
const TRIES: i64 = 3;

/// Turns a stream on again, and forgets its errors once a marker came through it.
pub fn revive(phase: Phase, stream: &StreamFacts) -> Next {
    if stream.enabled && stream.marker_seen && stream.apply_errors > 0 {
        return act(phase, vec![Action::ForgetErrors { into: stream.into }]);
    }
    if !stream.enabled && may_pass(stream) {
        return act(phase, vec![Action::ReviveStream { into: stream.into }]);
    }
    ControlFlow::Continue(())
}

/// Whether what turned the stream off may be over. Into green a stream without an error counted was turned off by us.
pub fn may_pass(stream: &StreamFacts) -> bool {
    let by_us = stream.stopped && stream.into == Side::Green;
    !stream.slot_lost && !by_us && stream.apply_errors <= TRIES
}

/// What a human says to the closed side that subscribes, once the cause is mended there.
pub fn by_hand(plan: &Plan, obs: &Observation, into: Side) -> String {
    let turn = obs.side(into).ours().map_or(0, |record| record.turn);
    let database = obs.database.known().map_or_else(String::new, |name| format!(", in database {name}"));
    format!(
        "run on {}{database}, as a superuser: `{}`",
        into.lower(),
        plan.names.enable_by_hand(&plan.names.stream(0, turn))
    )
}
