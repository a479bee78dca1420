//! Deletion after a crash, and every combination of what an end of a run may meet.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]
mod decide_support;

use decide_support::*;
use verdigris_core::{
    action::Action,
    decide::{Verdict, decide},
    fact::Fact,
    observation::ServiceFacts,
    record::{Foreign, Record},
};
use verdigris_crds::{Phase, Side};

#[test]
fn deletion_after_a_crash() {
    let mut w = World::moved("Deleted after the operator died between green's opening and the flip of the Service.");
    w.obs.object.deleting = true;
    w.obs.epoch = None;
    w.obs.service = service(Some(Side::Blue));
    w.look("a new process; green is open, the Service selects blue, which is closed");
    w.obs.epoch = Some(epoch());
    w.obs.green.leftovers = vec!["subscription verdigris_0123456789ab_0_1".into()];
    w.look("recovery did not come to its end");
    w.obs.green.leftovers.clear();
    w.look("it did, but somebody set the Service back to blue");
    w.obs.service = unknown("ApiServerTimeout", "Service shop/orders-db: the API server did not answer in time.");
    w.look("the Service cannot be read");
    w.obs.service = Fact::Known(ServiceFacts { exists: false, points_at: None, ours: false, reverted_by: None });
    w.obs.epoch = None;
    w.look("the Service is gone: it leads nobody anywhere");
    w.obs.epoch = Some(epoch());
    w.obs.service = service(Some(Side::Green));
    w.look("the Service selects green");
    let mut blue = record(Side::Blue, true, 3);
    blue.tombstone = Some("the object was deleted".into());
    w.obs.blue.record = Fact::Known(Some(blue));
    w.obs.green.record = Fact::Known(None);
    w.obs.service = service(Some(Side::Blue));
    w.look("blue has its tombstone, green is clean, and somebody set the Service back to blue");
    w.obs.service = service(Some(Side::Green));
    w.look("the Service selects green again");
    w.check("deletion-after-a-crash");
}

#[test]
fn an_end_before_the_cutover() {
    let mut w = World::proved(
        "A run that ends before the cutover leaves green closed, with a tombstone. The operator dies in between.",
    );
    let retire = |w: &mut World| w.green(|g| g.tombstone = Some("closed since it was made".into()));
    w.obs.object.deleting = true;
    w.look("deleted while it waits for the approval");
    retire(&mut w);
    w.look("green has its tombstone, blue still has our records");
    w.obs.blue.record = Fact::Known(None);
    w.obs.service = service(Some(Side::Green));
    w.look("blue is clean, and somebody pointed the Service at green");
    w.obs.service = service(Some(Side::Blue));
    w.look("the Service selects blue");
    w.obs = World::proved("").obs;
    retire(&mut w);
    w.look("another run: past the budget of WAL green got its tombstone, and nothing else was done");
    w.obs.blue.record = Fact::Known(None);
    w.look("blue is clean");
    w.obs.object.finalizer = false;
    w.look("and the finalizer is gone");
    w.check("an-end-before-the-cutover");
}

#[test]
fn records_of_another_run() {
    let other = || Some(Foreign { run: "aaaabbbbcccc".into(), migration: "shop/orders-41".into() });
    let mut w = World::new("Records of another run are never read as ours.");
    w.obs.blue.foreign = other();
    let retired = finding("LeftoverRetired", "Database orders on blue was retired by shop/orders-41.");
    w.obs.preflight =
        Some(Fact::Known(verdigris_core::observation::PreflightResult { findings: vec![retired], with_green: false }));
    w.look("blue was retired by an earlier run");
    let Verdict::Act(actions) = decide(&w.plan, &w.obs, NOW).verdict else { panic!("the report is not written") };
    let Action::WritePlan { digest, .. } = &actions[0] else { panic!("{actions:?}") };
    w.obs.plan = Fact::Known(Some(digest.clone()));
    w.look("the report is written");
    w.obs.object.deleting = true;
    w.look("nothing is begun, so that deletion has nothing to do");
    let mut w2 = World::proved("");
    w2.obs.blue.record = Fact::Known(None);
    w2.obs.blue.foreign = other();
    (w.obs, w.plan.previous) = (w2.obs, w2.plan.previous);
    w.look("another run: it waited for approval, and then another migration took blue over");
    w.obs.object.deleting = true;
    w.look("it is deleted: green is retired");
    w.green(|g| g.tombstone = Some("closed since it was made".into()));
    w.look("what is left on blue goes by its names, for its records are not ours");
    let mut moved = World::moved("").obs;
    moved.green.record = Fact::Known(None);
    moved.green.foreign = other();
    moved.stream = Fact::Known(None);
    (w.obs, w.plan.previous.phase) = (moved, Some(Phase::RollbackWindow.as_str().into()));
    w.look("a third run: in its window another migration took green over");
    w.check("records-of-another-run");
}

fn service(points_at: Option<Side>) -> Fact<ServiceFacts> {
    Fact::Known(ServiceFacts { exists: true, points_at, ours: true, reverted_by: None })
}

/// Absent, open, closed, retired before it was open, opened once and closed, retired; each of an old turn or a new one.
fn records(side: Side) -> Vec<Option<Record>> {
    let mut all = vec![None];
    for turn in [0, 3, 4] {
        all.push(Some(record(side, false, turn)));
        all.push(Some(record(side, true, turn)));
        let mut once = record(side, true, turn);
        once.tombstone = Some("never used".into());
        all.push(Some(once.clone()));
        once.tombstone = None;
        once.opened_at = Some(NOW);
        all.push(Some(once.clone()));
        once.tombstone = Some("retired".into());
        all.push(Some(once));
    }
    all
}

/// Nobody looks after the Service once the run has ended: it must not lead to a side that is closed.
#[test]
fn no_end_leaves_the_service_on_a_closed_side() {
    let services = [
        service(None),
        service(Some(Side::Blue)),
        service(Some(Side::Green)),
        unknown("ApiServerTimeout", "the API server did not answer in time."),
    ];
    let foreign = Some(Foreign { run: "aaaabbbbcccc".into(), migration: "shop/other".into() });
    let phases = [Phase::RollbackWindow, Phase::RollingBack, Phase::Succeeded, Phase::RolledBack, Phase::Failed];
    let (mut ends, mut corrections) = (0, 0);
    let mut w = World::moved("");
    for blue in records(Side::Blue) {
        for green in records(Side::Green) {
            for (service, number) in services.iter().zip(0..) {
                for bits in 0..32_u8 {
                    let set = |bit: u8| bits & (1 << bit) != 0;
                    for phase in phases {
                        w.plan.previous.phase = Some(phase.as_str().into());
                        w.obs.object.deleting = set(0);
                        w.obs.blue.record = Fact::Known(blue.clone());
                        w.obs.green.record = Fact::Known(green.clone());
                        w.obs.service = service.clone();
                        w.obs.epoch = set(1).then(epoch);
                        w.obs.green.leftovers = if set(2) { vec!["slot".into()] } else { vec![] };
                        w.obs.blue.foreign = foreign.clone().filter(|_| set(3) && blue.is_none());
                        w.green(|g| (g.window_over, g.window_until) = (set(4), Some(NOW)));
                        let decision = decide(&w.plan, &w.obs, NOW);
                        let Verdict::Act(actions) = &decision.verdict else { continue };
                        let ending = |a: &Action| matches!(a, Action::Finish { .. } | Action::RemoveFinalizer);
                        corrections += usize::from(matches!(actions[0], Action::PointService { .. }));
                        if !actions.iter().any(ending) {
                            continue;
                        }
                        ends += 1;
                        let closed = |r: &Option<Record>| r.as_ref().is_some_and(|r| r.closed);
                        let bad = number == 3 || number == 1 && closed(&blue) || number == 2 && closed(&green);
                        assert!(!bad, "{blue:?}\n{green:?}\n{service:?}\n{phase} {bits:b}\n{decision:?}");
                    }
                }
            }
        }
    }
    assert!(ends > 1000 && corrections > 1000, "{ends} ends, {corrections} corrections: the test looks at nothing");
}
