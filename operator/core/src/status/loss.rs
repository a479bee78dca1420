//! What opening blue now would lose, while the way back is broken: counted where green wrote it, or unknown, which is never zero (I7).
use verdigris_crds::{LossExtent, LossStatus, MESSAGE_MAX, Side, TableLossStatus, clip, loss::TABLES_MAX};

use super::time;
use crate::{
    fact::{Fact, Problem},
    observation::{Backlog, NOT_READ, Observation, StreamFacts},
    phases::way_back,
    plan::Plan,
};

/// Longest name of a table that is shown: two names of PostgreSQL, quoted.
const NAME: usize = 300;

/// A stream that runs has its slot in use: what is on its way cannot be counted.
const BEHIND: &str = "Blue is behind: what is written on green did not show there within two seconds, and nothing is counted while the stream runs. A rollback waits for it; who opened blue by hand now would not have it.";

/// Green writes, and both sides were read. `None`: a rollback loses nothing.
pub fn view(plan: &Plan, obs: &Observation, now: i64) -> Option<LossStatus> {
    let stream = match &obs.stream {
        Fact::Known(stream) => stream.as_ref(),
        Fact::Unknown(problem) => {
            let why = format!("The stream from green to blue could not be looked at ({}).", problem.reason);
            return unknown(plan, now, None, &why);
        }
    };
    if let Some((reason, why)) = way_back::uncarried(plan, obs) {
        return match (stream, &obs.backlog) {
            (Some(stream), Fact::Known(Some(backlog))) if way_back::countable(stream) => {
                counted(plan, obs, now, stream, backlog)
            }
            (Some(stream), Fact::Unknown(problem)) if way_back::countable(stream) => {
                let why = format!("It could not be counted in green's slot ({}).", problem.reason);
                unknown(plan, now, Some(stream), &why)
            }
            _ => unknown(plan, now, stream, &format!("{reason}: {why}.")),
        };
    }
    match stream {
        Some(stream) if stream.marker_seen => None,
        // Nobody has asked for a marker yet: what was stated last stands.
        _ if obs.epoch.is_none() => stated(plan).cloned(),
        _ => unknown(plan, now, stream, BEHIND),
    }
}

/// Nobody knows who writes: what cannot be read is not what was read last.
pub fn unseen(plan: &Plan, obs: &Observation, now: i64) -> Option<LossStatus> {
    let hidden = |side: Side| -> Option<&Problem> {
        obs.side(side).record.problem().filter(|problem| problem.reason != NOT_READ)
    };
    let why = match (hidden(Side::Green), hidden(Side::Blue)) {
        (Some(problem), _) => format!(
            "Green cannot be read ({}): nobody knows what it wrote that blue lacks, nor whether it takes writes still.",
            problem.reason
        ),
        (None, Some(problem)) => {
            format!("Blue cannot be read ({}): nobody knows how far it has come.", problem.reason)
        }
        (None, None) => return stated(plan).cloned(),
    };
    unknown(plan, now, None, &why)
}

/// Blue writes again. A switchover that opened it brought everything; who opened it by hand left no word of that, and what was stated
/// last is what is known.
pub fn gone_back(plan: &Plan, obs: &Observation, now: i64) -> Option<LossStatus> {
    if obs.blue.ours().is_some_and(|blue| blue.opened_at.is_some()) {
        return None;
    }
    let last = stated(plan).filter(|last| last.changes != Some(0)).cloned();
    let Some(mut loss) = last else {
        let why =
            "Blue was opened by hand: it has what the stream had carried until then, and nobody counted what it lacks.";
        return unknown(plan, now, None, why);
    };
    if loss.extent == LossExtent::Counted.as_str() {
        let why = "It was counted before blue was opened by hand; what green wrote after that, and what a stream that was mended carried, nobody counted.";
        (loss.extent, loss.why) = (LossExtent::AtLeast.as_str().into(), Some(why.into()));
    }
    Some(loss)
}

fn counted(plan: &Plan, obs: &Observation, now: i64, stream: &StreamFacts, backlog: &Backlog) -> Option<LossStatus> {
    let sum = backlog.tables.iter().fold(0_i64, |sum, table| sum.saturating_add(table.sum()));
    let changed = obs.green.ours().is_some_and(|green| !green.catalog_as_planned);
    let (extent, why) = if !backlog.complete {
        (LossExtent::AtLeast, Some("There is more in green's slot than is counted in one go."))
    } else if changed {
        (LossExtent::AtLeast, Some("Tables of green were changed, and what is written there need not be in its slot."))
    } else {
        (LossExtent::Counted, None)
    };
    if let (LossExtent::AtLeast, 0, Some(why)) = (extent, sum, why) {
        return unknown(plan, now, Some(stream), why);
    }
    let more = backlog.tables.len().saturating_sub(TABLES_MAX);
    Some(LossStatus {
        extent: extent.as_str().into(),
        changes: Some(sum),
        tables: backlog.tables.iter().take(TABLES_MAX).map(table).collect(),
        more_tables: i64::try_from(more).ok().filter(|more| *more > 0),
        blue_has_until: stream.applied.map(|lsn| lsn.to_string()),
        first_at: backlog.next.as_ref().map(|next| time(next.committed_at)),
        why: why.map(str::to_owned),
        at: Some(time(backlog.counted_at)),
    })
}

fn table(changes: &crate::observation::TableChanges) -> TableLossStatus {
    TableLossStatus {
        table: clip(&changes.table, NAME),
        inserts: changes.inserts,
        updates: changes.updates,
        deletes: changes.deletes,
        truncates: changes.truncates,
    }
}

/// What the last look stated.
fn stated(plan: &Plan) -> Option<&LossStatus> {
    plan.previous.rollback.as_ref()?.loss.as_ref()
}

/// Since when it is said stands as long as the same is said.
#[allow(clippy::unnecessary_wraps, reason = "it is the loss where there is one")]
fn unknown(plan: &Plan, now: i64, stream: Option<&StreamFacts>, why: &str) -> Option<LossStatus> {
    let same =
        stated(plan).filter(|last| last.extent == LossExtent::Unknown.as_str() && last.why.as_deref() == Some(why));
    let at = same.and_then(|last| last.at.clone()).unwrap_or_else(|| time(now));
    Some(LossStatus {
        extent: LossExtent::Unknown.as_str().into(),
        // Where the stream runs it would be another one at every look.
        blue_has_until: stream.filter(|s| !s.enabled).and_then(|s| s.applied).map(|lsn| lsn.to_string()),
        why: Some(clip(why, MESSAGE_MAX)),
        at: Some(at),
        ..LossStatus::default()
    })
}
