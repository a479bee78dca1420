//! Steps of the switchover by name, and when poolers may be told to hold.
use verdigris_core::switchover::{Bounds, Calm, Step, calm};

#[test]
fn names_of_steps_are_unique_and_read_back() {
    for step in Step::ALL {
        assert_eq!(Step::parse(step.as_str()), Some(*step));
        assert_eq!(Step::ALL.iter().filter(|other| other.id() == step.id()).count(), 1, "{step}");
    }
}

/// Nobody is held for a transaction that is not about to end.
#[test]
fn poolers_hold_when_it_is_calm() {
    let bounds = Bounds { poolers: true, ..Bounds::new(5_000) };
    for (oldest, waited, says) in [
        (None, 0, Calm::Now),
        (Some(1_000), 0, Calm::Now),
        (Some(1_001), 0, Calm::Wait),
        (Some(60_000), 17_999, Calm::Wait),
        (Some(60_000), 18_000, Calm::GiveUp),
        // One after the other, and none that lasts.
        (Some(bounds.pause()), 18_000, Calm::Now),
        (Some(bounds.pause() + 1), 18_000, Calm::GiveUp),
    ] {
        assert_eq!(calm(oldest, waited, 18_000, bounds), says, "{oldest:?} after {waited} ms");
    }
    // What may last no longer than that is not new after a second.
    let small = Bounds::new(1_000);
    assert_eq!(calm(Some(small.pause() + 1), 0, 18_000, small), Calm::Wait);
}
