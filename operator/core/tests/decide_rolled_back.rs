//! A rollback that took place is the end of its run: whatever is asked for afterwards, and whatever is seen.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]
#[path = "decide_support/back.rs"]
mod back;
mod decide_support;

use back::{back, over};
use decide_support::*;
use verdigris_core::{
    action::Action,
    decide::{Verdict, decide},
    fact::Fact,
    observation::Observation,
    status,
};
use verdigris_crds::{Phase, Side};

/// Whatever the object asks for then, and whatever is seen: the writer does not move, nothing is made, nothing is begun anew.
#[test]
fn a_finished_rollback_is_terminal() {
    let sights: [fn(&mut Observation); 9] = [
        |_| {},
        |o| o.blue.record = unknown("X", "x"),
        |o| o.green.record = unknown("X", "x"),
        |o| o.green.record = Fact::Known(None),
        |o| o.service = unknown("X", "x"),
        |o| o.object.finalizer = true,
        |o| o.blue.record = Fact::Known(Some(record(Side::Blue, false, 4))),
        |o| o.blue.record = Fact::Known(Some(record(Side::Blue, true, 4))),
        |o| o.green.record = Fact::Known(Some(record(Side::Green, false, 4))),
    ];
    for (number, sight) in sights.into_iter().enumerate() {
        for writer in [Side::Blue, Side::Green] {
            let mut w = World::moved("");
            back(&mut w, false);
            w.look("");
            over(&mut w);
            w.look("");
            assert_eq!(w.plan.last_phase(), Phase::RolledBack);
            w.plan.spec.writer = writer;
            w.plan.spec.cutover.approved_plan = w.obs.plan.known().cloned().flatten();
            w.plan.generation += 1;
            sight(&mut w.obs);
            let decision = decide(&w.plan, &w.obs, NOW);
            assert_eq!(decision.phase, Phase::RolledBack, "sight {number}: {decision:?}");
            if let Verdict::Act(actions) = &decision.verdict {
                let tidies = |a: &Action| {
                    matches!(
                        a,
                        Action::Finish { writer: Side::Blue, .. }
                            | Action::PointService { to: Side::Blue }
                            | Action::RemoveFinalizer
                    )
                };
                assert!(actions.iter().all(tidies), "sight {number}: {actions:?}");
            }
            let view = status::view(&w.plan, &w.obs, &decision, NOW);
            assert_eq!(view.phase.as_deref(), Some("RolledBack"), "sight {number}");
        }
    }
}

/// Called off when blue is open already: it takes place all the same, for the databases say so.
#[test]
fn a_rollback_that_took_place_cannot_be_called_off() {
    let mut w = World::moved("");
    back(&mut w, false);
    w.obs.epoch = Some(epoch());
    w.plan.spec.writer = Side::Green;
    let decision = decide(&w.plan, &w.obs, NOW);
    assert_eq!(decision.phase, Phase::RollingBack);
    assert!(
        matches!(&decision.verdict, Verdict::Act(a) if matches!(a[..], [Action::Finish { writer: Side::Blue, .. }])),
        "{decision:?}"
    );
}
