//! How far the stream is behind, as users read it: an upper bound that holds still while the measured figure wobbles. Exact figures
//! are metrics. A status that followed them would be written at every look, and each write would cause the next look.
use verdigris_crds::LagStatus;

use super::time;
use crate::{observation::Observation, plan::Plan};

/// Smallest bounds: less than that is nothing, of WAL that waits for its confirmation or in a segment that is kept.
const LEAST_LAG: i64 = 256 << 10;
const LEAST_RETAINED: i64 = 64 << 20;
/// Figures stand for so many seconds at least, unless the status is written for another reason.
const STANDS: i64 = 60;
/// After so many seconds a bound comes down to what is measured, however near.
const COMES_DOWN: i64 = 600;
/// At once, if what is measured is at most this part of it.
const FAR_BELOW: i64 = 8;

/// The figures to show. `news`: the status changes anyway, so what is measured now is shown as it is.
pub fn view(plan: &Plan, obs: &Observation, now: i64, news: bool) -> Option<LagStatus> {
    let stream = obs.stream.known()?.as_ref()?;
    let old = plan.previous.lag.clone().unwrap_or_default();
    let age = old.changed_at.as_ref().map_or(i64::MAX, |at| now.saturating_sub(at.0.as_second()));
    let same_kind = old.bytes.is_some() == stream.lag_bytes.is_some()
        && old.retained_wal_bytes.is_some() == stream.retained_bytes.is_some();
    if !news && same_kind && (0..STANDS).contains(&age) {
        return Some(old);
    }
    let lag = LagStatus {
        bytes: stream.lag_bytes.map(|b| bound(b, LEAST_LAG, old.bytes.filter(|_| !news), age)),
        retained_wal_bytes: stream
            .retained_bytes
            .map(|b| bound(b, LEAST_RETAINED, old.retained_wal_bytes.filter(|_| !news), age)),
        changed_at: old.changed_at.clone(),
    };
    if lag == old {
        return Some(old).filter(|lag| *lag != LagStatus::default());
    }
    Some(LagStatus { changed_at: Some(time(now)), ..lag })
}

/// The next power of two, so that a figure is never understated; what is shown comes down late, or by much.
fn bound(value: i64, least: i64, shown: Option<i64>, age: i64) -> i64 {
    let power =
        u64::try_from(value).unwrap_or(0).checked_next_power_of_two().and_then(|power| i64::try_from(power).ok());
    let bound = power.unwrap_or(i64::MAX).max(least);
    match shown {
        Some(shown) if bound < shown && bound > shown / FAR_BELOW && age < COMES_DOWN => shown,
        _ => bound,
    }
}

#[cfg(test)]
mod tests {
    use super::{COMES_DOWN, LEAST_LAG, bound};

    const KIB: i64 = 1 << 10;
    const MIB: i64 = 1 << 20;

    #[test]
    fn a_bound_is_never_below_what_is_measured_and_nothing_is_shown_as_little() {
        for value in [0, 1, 16 * KIB, 256 * KIB, 256 * KIB + 1, 3 * MIB, i64::MAX / 2, i64::MAX, -5] {
            for shown in [None, Some(LEAST_LAG), Some(64 * MIB)] {
                assert!(bound(value, LEAST_LAG, shown, 0) >= value.max(LEAST_LAG), "{value} {shown:?}");
            }
        }
        assert_eq!(bound(3 * MIB, LEAST_LAG, None, 0), 4 * MIB);
    }

    #[test]
    fn a_bound_goes_up_at_once_and_comes_down_late_or_by_much() {
        assert_eq!(bound(3 * MIB, LEAST_LAG, Some(MIB), 0), 4 * MIB);
        assert_eq!(bound(MIB, LEAST_LAG, Some(4 * MIB), COMES_DOWN - 1), 4 * MIB);
        assert_eq!(bound(MIB, LEAST_LAG, Some(4 * MIB), COMES_DOWN), MIB);
        assert_eq!(bound(MIB, LEAST_LAG, Some(8 * MIB), 0), MIB);
    }
}
