//! The one place that touches backoff, which is no longer maintained: see `docs/adr/0003-backoff.md`. It spaces tries; what
//! is tried again, and whether, is decided elsewhere.
use std::time::Duration;

use backoff::{ExponentialBackoffBuilder, backoff::Backoff};

/// Longest pause.
const LONGEST: Duration = Duration::from_secs(60);

/// Pause after work that could not be done for the `tries`th time in a row: short at first where it may pass by itself. What
/// is watched ends it sooner.
pub fn pause(transient: bool, tries: u32) -> Duration {
    if transient { attempt(tries).min(LONGEST) } else { Duration::from_secs(20) }
}

/// Pause before attempt number `tries` + 1 to move the writer: from 2 s to 60 s, with jitter, so that two rivals part.
pub fn attempt(tries: u32) -> Duration {
    let mut backoff = ExponentialBackoffBuilder::new()
        .with_initial_interval(Duration::from_secs(2))
        .with_multiplier(2.0)
        .with_randomization_factor(0.3)
        .with_max_interval(LONGEST)
        .with_max_elapsed_time(None)
        .build();
    let mut pause = Duration::from_secs(2);
    for _ in 0..tries.min(8) {
        pause = backoff.next_backoff().unwrap_or(LONGEST);
    }
    pause
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_where_it_may_pass_by_itself() {
        let first = pause(true, 1);
        assert!(first >= Duration::from_millis(1400) && first <= Duration::from_millis(2600), "{first:?}");
        assert!(pause(true, 4) > Duration::from_secs(10), "2, 4, 8, 16, each within 30 %");
        for tries in 7..100 {
            let long = pause(true, tries);
            assert!(long >= Duration::from_secs(42) && long <= LONGEST, "{tries}: {long:?}");
        }
        assert_eq!(pause(false, 1), pause(false, 100));
    }
}
