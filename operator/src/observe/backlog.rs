//! What the closed side lacks while the stream into it stands still. Each count reads the other side's WAL again from where the slot
//! begins, and that side serves: so a count stands for a while, the longer the more it cost.
use std::time::{Duration, Instant};

use verdigris_core::{
    fact::Fact,
    observation::{Backlog, StreamFacts},
    plan::Plan,
    record::Lsn,
};

use crate::{
    context::Context,
    postgres::{
        backlog,
        connect::Session,
        error::{Error, Reason},
    },
};

/// A count stands so many times as long as it took: no more than a sixtieth of the time goes into counting.
const TIMES: u32 = 60;
/// And no shorter than that.
const LEAST: Duration = Duration::from_secs(60);

/// The last count of a run.
#[derive(Clone, Debug)]
pub struct Kept {
    stream: String,
    applied: Lsn,
    until: Instant,
    found: Fact<Option<Backlog>>,
}

impl Kept {
    fn new(stream: &str, applied: Lsn, found: Fact<Option<Backlog>>, now: Instant, took: Duration) -> Self {
        // What could not be counted, for the slot was in use for a moment longer, is counted at the next look.
        let least = if matches!(found, Fact::Known(_)) { LEAST } else { Duration::ZERO };
        Self { stream: stream.to_owned(), applied, until: now + (took * TIMES).max(least), found }
    }

    fn stands(&self, stream: &str, applied: Lsn, now: Instant) -> bool {
        self.stream == stream && self.applied == applied && now < self.until
    }
}

/// Counts, or gives the last count where that stands. `Known(None)`: no error turned the stream off, or its slot is no more.
pub async fn observe(
    context: &Context,
    plan: &Plan,
    open: &Session,
    stream: &str,
    facts: &Fact<Option<StreamFacts>>,
) -> Fact<Option<Backlog>> {
    let facts = match facts {
        Fact::Known(facts) => facts.as_ref(),
        Fact::Unknown(problem) => return Fact::Unknown(problem.clone()),
    };
    let run = plan.names.run();
    let Some(facts) = facts.filter(|facts| stands_still(facts)) else {
        context.set_backlog(run, None);
        return Fact::Known(None);
    };
    let Some(applied) = facts.applied else {
        let what = "how far the closed side has come is not known: its subscription has no place";
        return Fact::Unknown(Error::condition(&open.place(), Reason::ObjectMissing, what).problem());
    };
    let began = Instant::now();
    if let Some(kept) = context.backlog(run).filter(|kept| kept.stands(stream, applied, began)) {
        return kept.found;
    }
    let now = k8s_openapi::jiff::Timestamp::now().as_second();
    let found = match backlog::count(open, &plan.names, stream, applied, now).await {
        Ok(found) => Fact::Known(Some(found)),
        Err(error) => Fact::Unknown(error.problem()),
    };
    context.set_backlog(run, Some(Kept::new(stream, applied, found.clone(), Instant::now(), began.elapsed())));
    found
}

/// Its server turned it off for an error, and its slot is whole. One without an error was stopped by us, or a switchover has just made it:
/// then it is turned on in a moment, and a count would be in its way.
fn stands_still(stream: &StreamFacts) -> bool {
    !stream.enabled && !stream.slot_lost && stream.apply_errors > 0
}

#[cfg(test)]
mod tests {
    use verdigris_core::fact::Problem;

    use super::*;

    #[test]
    fn a_count_stands_the_longer_the_more_it_cost() {
        let now = Instant::now();
        let later = |seconds: u64| now + Duration::from_secs(seconds);
        let (here, there) = (Lsn(16), Lsn(32));
        let cheap = Kept::new("s", here, Fact::Known(None), now, Duration::from_millis(10));
        assert!(cheap.stands("s", here, later(59)) && !cheap.stands("s", here, later(60)));
        assert!(!cheap.stands("t", here, now) && !cheap.stands("s", there, now), "another stream, or it went on");
        let dear = Kept::new("s", here, Fact::Known(None), now, Duration::from_secs(2));
        assert!(dear.stands("s", here, later(119)) && !dear.stands("s", here, later(120)));
        let failed = |took| Kept::new("s", here, Fact::Unknown(Problem::transient("X", "x")), now, took);
        assert!(!failed(Duration::from_millis(10)).stands("s", here, later(1)), "asked again at the next look");
        assert!(failed(Duration::from_secs(10)).stands("s", here, later(599)), "but not what timed out");
    }
}
