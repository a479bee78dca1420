//! What the way back is worth: what a rollback would lose, and what nobody knows of it. Unknown is never zero (I7).
use verdigris_crds::Side;

use crate::{
    fact::Problem,
    observation::{Observation, StreamFacts},
    phases::{
        revive::{by_hand, may_pass},
        stuck::met,
    },
    plan::Plan,
    record::Overrun,
};

/// Reason of writes that reached the closed side.
const STRAYS: &str = "StrayWrites";
/// Reason of a closed side that nobody watches any more: its slot is gone.
pub const UNWATCHED: &str = "StrayWritesUnknown";
/// Reason of slots that went for the budget.
const BUDGET: &str = "WALBudgetExceeded";

/// What keeps a rollback from carrying every write back: reason and why, if anything does.
pub fn in_the_way(plan: &Plan, obs: &Observation) -> Option<(&'static str, String)> {
    if let Some(found) = uncarried(plan, obs) {
        return Some(found);
    }
    // What was counted is true of a side that is not watched any more too.
    let recorded = obs.blue.ours().map_or(0, |blue| blue.strays);
    let strays = obs.strays.known().copied().unwrap_or_default().max(recorded);
    if strays > 0 && !plan.acknowledges(STRAYS) {
        let why = format!(
            "{strays} row change(s) went past the gate on blue since it was closed, so blue is not green's copy any more; find out who wrote there, put it right, then add {STRAYS} to spec.acknowledge"
        );
        return Some((STRAYS, why));
    }
    None
}

/// Why writes of green are not on blue and nothing carries them there, if so.
pub fn uncarried(plan: &Plan, obs: &Observation) -> Option<(&'static str, String)> {
    let green = obs.green.ours();
    let stream = obs.stream.known().map(Option::as_ref);
    if let Some(why) = stream.and_then(|stream| broken(plan, obs, stream)) {
        // A slot that is there and lost went by the server's own limit, as far as the records tell.
        let overrun = green.and_then(|green| green.overrun).filter(|_| stream.flatten().is_some_and(|s| s.slot_lost));
        return Some(overrun.map_or(("ReverseReplicationBroken", why), |overrun| (BUDGET, given_up(overrun))));
    }
    if green.is_some_and(|green| !green.catalog_as_planned) {
        let why = "tables or columns of green changed after the cutover, and blue would not get what is written there; undo that change";
        return Some(("SchemaDrift", why.to_owned()));
    }
    None
}

/// Whether what blue lacks is still in green's slot, and nobody reads from that: then it can be counted.
pub fn countable(stream: &StreamFacts) -> bool {
    !stream.enabled && !stream.slot_lost
}

/// Why nobody knows whether blue is green's copy still, if nobody does and that was not accepted.
pub fn uncounted(plan: &Plan, obs: &Observation) -> Option<Problem> {
    let problem = obs.strays.problem().filter(|problem| !plan.acknowledges(&problem.reason))?;
    if problem.reason != UNWATCHED {
        return Some(problem.clone());
    }
    let why = match obs.blue.ours().and_then(|blue| blue.overrun) {
        Some(overrun) => format!(
            "The slot on blue that tells stray writes was dropped to protect blue's disk, so none can be seen since: {}.",
            spent(overrun, "blue")
        ),
        None => problem.message.clone(),
    };
    let remedy = format!(
        "Before a rollback compare blue with green, or make sure that nobody could write on blue; then add {UNWATCHED} to spec.acknowledge."
    );
    Some(Problem { message: format!("{why} {remedy}"), ..problem.clone() })
}

/// Roles are not carried back: whoever goes back must know.
pub fn roles(obs: &Observation) -> String {
    const SHOWN: usize = 3;
    let found = obs.roles.known().map_or(&[][..], Vec::as_slice);
    let names = found.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match found.len() {
        0 => String::new(),
        n if n > SHOWN => format!(" Not on blue as on green: {names} and {} more.", n - SHOWN),
        _ => format!(" Not on blue as on green: {names}."),
    }
}

/// Why green's writes cannot be carried back, if they cannot.
fn broken(plan: &Plan, obs: &Observation, stream: Option<&StreamFacts>) -> Option<String> {
    match stream {
        None => Some("the stream from green to blue is gone".to_owned()),
        Some(s) if s.slot_lost => Some("green dropped WAL that blue still needs".to_owned()),
        Some(s) if !s.enabled && may_pass(s) => Some(format!(
            "blue's subscription was turned off, for a lost connection or for a row that cannot be applied; {}; it is turned on again",
            met(obs)
        )),
        Some(s) if !s.enabled => Some(format!(
            "blue could not apply a change of green, and its subscription was disabled after {} errors in a row; {}; blue's server log says why; mend its row (see the break-glass page), then {}",
            s.apply_errors,
            met(obs),
            by_hand(plan, obs, Side::Blue)
        )),
        Some(_) => None,
    }
}

fn given_up(overrun: Overrun) -> String {
    format!(
        "the slot of the way back was dropped to protect green's disk: {}. Blue lacks what green wrote since, and that stream cannot be made again. Green stays the writer: back it up, and let the window end or delete the migration",
        spent(overrun, "green")
    )
}

fn spent(overrun: Overrun, side: &str) -> String {
    let Overrun { retained, allowed } = overrun;
    format!("slots of this run retained {retained} bytes of WAL on {side}, spec.budget.retainedWal allowed {allowed}")
}
