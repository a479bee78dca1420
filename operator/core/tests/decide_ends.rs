//! What holds at every end of a run, and when a fact is not known.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics is a test that fails")]
mod decide_support;

use decide_support::*;
use verdigris_core::{
    decide::{Verdict, decide},
    digest,
    fact::Fact,
    observation::Observation,
};
use verdigris_crds::Phase;

/// I9: a run is over only when what it made is seen to be gone, whatever crash came between.
#[test]
fn an_end_is_cleaned_up_to_the_last() {
    let mut w = World::moved("The window ended; the operator died between blue's tombstone and green's clean-up.");
    if let Fact::Known(Some(blue)) = &mut w.obs.blue.record {
        blue.tombstone = Some("the rollback window ended".into());
    }
    w.look("blue has its tombstone, green still has our records");
    w.obs.green.record =
        unknown("ConnectionRefused", "Green (orders-42-green.shop.svc:5432) refuses connections; start it.");
    w.look("green cannot be reached");
    w.obs.green.record = Fact::Known(None);
    w.look("green is clean");
    let mut failed = World::proved("");
    failed.stream(|s| s.retained_bytes = Some(21 << 30));
    failed.look("");
    (w.plan.previous, w.obs.blue, w.obs.green) = (failed.plan.previous.clone(), failed.obs.blue, failed.obs.green);
    w.look("another run: the WAL budget was breached, and the clean-up of blue did not come to its end");
    w.obs.blue.record = Fact::Known(None);
    w.look("blue is clean");
    w.check("an-end");
}

/// I7: a fact that is not known never lets the writer move.
#[test]
fn unknown_is_never_yes() {
    let ready = || {
        let mut w = World::proved("");
        w.obs.plan = Fact::Known(Some(digest::document(&w.plan, &w.obs).0));
        w.plan.spec.cutover.approved_plan = w.obs.plan.known().cloned().flatten();
        w
    };
    let w = ready();
    assert!(
        matches!(decide(&w.plan, &w.obs, NOW).verdict, Verdict::Act(a) if matches!(a[0], verdigris_core::action::Action::Switchover { .. }))
    );
    let breaks: [fn(&mut Observation); 9] = [
        |o| o.blue.record = unknown("X", "x"),
        |o| o.green.record = unknown("X", "x"),
        |o| o.service = unknown("X", "x"),
        |o| o.stream = unknown("X", "x"),
        |o| o.comparison = unknown("X", "x"),
        |o| o.migrations = unknown("X", "x"),
        |o| o.catalogs = unknown("X", "x"),
        |o| o.plan = unknown("X", "x"),
        |o| o.green.ready = unknown("X", "x"),
    ];
    for (number, change) in breaks.into_iter().enumerate() {
        let mut w = ready();
        change(&mut w.obs);
        let decision = decide(&w.plan, &w.obs, NOW);
        assert!(matches!(decision.verdict, Verdict::Wait(_)), "fact {number}: {decision:?}");
        assert_ne!(decision.phase, Phase::CuttingOver);
    }
}
