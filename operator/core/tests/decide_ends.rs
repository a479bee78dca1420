//! What holds at every end of a run, and when a fact is not known.
#![allow(
    dead_code,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]
mod decide_support;

use decide_support::*;
use verdigris_core::{
    action::Action,
    decide::{Verdict, Wait, decide},
    digest,
    fact::{Fact, Problem},
    observation::Observation,
    preflight::{Finding, Severity},
    status,
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
    failed.obs.blue.retained_bytes = Some(21 << 30);
    failed.look("");
    (w.plan.previous, w.obs.blue, w.obs.green) = (failed.plan.previous.clone(), failed.obs.blue, failed.obs.green);
    w.obs.service = failed.obs.service;
    w.look("another run: the WAL budget was breached, and the clean-up of blue did not come to its end");
    w.obs.blue.record = Fact::Known(None);
    w.look("blue is clean, green is not: its disk is full");
    w.obs.green.record =
        unknown("ConnectionRefused", "Green (orders-42-green.shop.svc:5432) refuses connections; start it.");
    w.look("green cannot be reached");
    let mut retired = record(verdigris_crds::Side::Green, true, 0);
    retired.tombstone = Some("closed since it was made".into());
    w.obs.green.record = Fact::Known(Some(retired));
    w.look("green has its tombstone");
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
        matches!(decide(&w.plan, &w.obs, NOW).verdict, Verdict::Act(a) if matches!(a[..], [Action::CarryRoles, Action::Switchover { .. }]))
    );
    let breaks: [fn(&mut Observation); 11] = [
        |o| o.blue.record = unknown("X", "x"),
        |o| o.green.record = unknown("X", "x"),
        |o| o.service = unknown("X", "x"),
        |o| o.stream = unknown("X", "x"),
        |o| o.comparison = unknown("X", "x"),
        |o| o.migrations = unknown("X", "x"),
        |o| o.catalogs = unknown("X", "x"),
        |o| o.plan = unknown("X", "x"),
        |o| o.green.ready = unknown("X", "x"),
        |o| o.noted = unknown("X", "x"),
        |o| o.roles = unknown("X", "x"),
    ];
    for (number, change) in breaks.into_iter().enumerate() {
        let mut w = ready();
        change(&mut w.obs);
        let decision = decide(&w.plan, &w.obs, NOW);
        assert!(matches!(decision.verdict, Verdict::Wait(_)), "fact {number}: {decision:?}");
        assert_ne!(decision.phase, Phase::CuttingOver);
    }
}

/// An action that fails for the same reason again and again is told once: each write of a status causes another look.
#[test]
fn what_fails_again_is_not_written_again() {
    for stalled in [true, false] {
        let mut w = World::proved("");
        let decision = decide(&w.plan, &w.obs, NOW);
        assert!(matches!(decision.verdict, Verdict::Act(_)), "{decision:?}");
        w.plan.previous = status::view(&w.plan, &w.obs, &decision, NOW);
        let mut problem = decision.clone();
        problem.verdict = Verdict::Wait(Wait {
            reason: "Forbidden".into(),
            message: "The operator lacks a right.".into(),
            stalled,
            until: None,
            recheck_seconds: 5,
        });
        w.plan.previous = status::with_problem(&w.plan, &problem, NOW);
        for later in [NOW + 2, NOW + 20] {
            assert_eq!(status::view(&w.plan, &w.obs, &decide(&w.plan, &w.obs, later), later), w.plan.previous);
            assert_eq!(status::with_problem(&w.plan, &problem, later), w.plan.previous);
        }
        // The user changed the spec: that is news.
        w.plan.generation += 1;
        let view = status::view(&w.plan, &w.obs, &decision, NOW + 30);
        let ready = view.conditions.iter().find(|c| c.type_ == "Ready").unwrap();
        assert_eq!(ready.reason, "Progressing");
    }
}

/// A lag that wobbles is no reason to write; one that is too low, is.
#[test]
fn a_lag_that_wobbles_is_not_written() {
    let mut w = World::proved("");
    w.obs.plan = Fact::Known(Some(digest::document(&w.plan, &w.obs).0));
    let mut look = |lag: i64, later: i64| {
        w.stream(|s| s.lag_bytes = Some(lag));
        let decision = decide(&w.plan, &w.obs, NOW + later);
        let view = status::view(&w.plan, &w.obs, &decision, NOW + later);
        let changed = view != w.plan.previous;
        let shown = view.lag.as_ref().and_then(|lag| lag.bytes);
        w.plan.previous = view;
        (changed, shown)
    };
    assert_eq!(look(20_000, 0), (true, Some(262_144)));
    for (n, lag) in [0, 262_144, 100_000, 17_000].into_iter().enumerate() {
        assert_eq!(look(lag, 100 * i64::try_from(n).unwrap()), (false, Some(262_144)));
    }
    assert_eq!(look(600_000, 400), (true, Some(1 << 20)));
    assert_eq!(look(300_000, 430), (false, Some(1 << 20)), "not within a minute, nor by so little");
    assert_eq!(look(900_000, 800), (false, Some(1 << 20)));
    assert_eq!(look(300_000, 1000), (true, Some(1 << 19)), "after ten minutes");
}

/// What preflight had to say stands in the plan, and the approval is of it.
#[test]
fn the_plan_holds_what_preflight_had_to_say() {
    let mut w = World::proved("");
    let before = digest::document(&w.plan, &w.obs).0;
    w.obs.noted = Fact::Known(vec![Finding {
        severity: Severity::Note,
        reason: "OtherDatabases".into(),
        subject: "other databases of blue".into(),
        message: "Blue serves billing. Acknowledged.".into(),
        remedy: String::new(),
    }]);
    let (after, text) = digest::document(&w.plan, &w.obs);
    assert_ne!(before, after);
    assert!(text.contains("Blue serves billing. Acknowledged."), "{text}");
    w.obs.plan = Fact::Known(Some(after));
    let Verdict::Wait(wait) = decide(&w.plan, &w.obs, NOW).verdict else { panic!("it waits for the approval") };
    assert!(wait.message.contains("which has a finding to know of"), "{}", wait.message);
    // Without them there is no plan to approve.
    w.obs.noted = Fact::Unknown(Problem::transient("StatementTimeout", "It took too long."));
    let Verdict::Wait(wait) = decide(&w.plan, &w.obs, NOW).verdict else { panic!("it waits for blue's answer") };
    assert_eq!(wait.reason, "StatementTimeout");
}

/// I9: blue's disk comes first, in every phase before the cutover and whatever is not known of green.
#[test]
fn the_budget_of_blue_holds_in_every_phase() {
    let changes: [fn(&mut World); 6] = [
        |_| {},
        |w| w.obs.clone = Fact::Known(None),
        |w| w.obs.green.record = unknown("ConnectionRefused", "green is down"),
        |w| w.obs.green.record = Fact::Known(None),
        |w| w.obs.stream = unknown("X", "x"),
        |w| w.plan.spec.suspend = true,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut w = World::proved("");
        w.obs.blue.retained_bytes = Some(w.plan.retained_wal_bytes() + 1);
        change(&mut w);
        let decision = decide(&w.plan, &w.obs, NOW);
        assert_eq!(decision.phase, Phase::Failed, "case {number}");
        let Verdict::Act(actions) = decision.verdict else { panic!("case {number}: {:?}", decision.verdict) };
        assert!(matches!(actions.last(), Some(verdigris_core::action::Action::Undo { .. })), "case {number}");
        w.obs.blue.retained_bytes = Some(w.plan.retained_wal_bytes());
        assert_ne!(decide(&w.plan, &w.obs, NOW).phase, Phase::Failed, "case {number}: within the budget");
    }
}

/// A role that changed on blue is carried before anything is approved, and again before anything is switched.
#[test]
fn roles_are_carried() {
    let mut w = World::proved("");
    w.obs.roles = Fact::Known(vec!["role app".into()]);
    let Verdict::Act(actions) = decide(&w.plan, &w.obs, NOW).verdict else { panic!("it acts") };
    assert_eq!(actions, [Action::CarryRoles]);
}
