//! The one place that touches backoff, which is no longer maintained: see `docs/adr/0003-backoff.md`. It spaces tries; what
//! is tried again, and whether, is decided elsewhere.
use std::time::Duration;

use backoff::{ExponentialBackoffBuilder, backoff::Backoff};

/// Pause before the next look after an action that could not be done: short where it may pass by itself.
pub fn pause(transient: bool) -> Duration {
    if transient { Duration::from_secs(2) } else { Duration::from_secs(20) }
}

/// Pause before attempt number `tries` + 1 to move the writer: from 2 s to 60 s, with jitter, so that two rivals part.
pub fn attempt(tries: u32) -> Duration {
    let mut backoff = ExponentialBackoffBuilder::new()
        .with_initial_interval(Duration::from_secs(2))
        .with_multiplier(2.0)
        .with_randomization_factor(0.3)
        .with_max_interval(Duration::from_secs(60))
        .with_max_elapsed_time(None)
        .build();
    let mut pause = Duration::from_secs(2);
    for _ in 0..tries.min(8) {
        pause = backoff.next_backoff().unwrap_or(Duration::from_secs(60));
    }
    pause
}
