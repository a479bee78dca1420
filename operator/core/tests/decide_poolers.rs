//! Poolers that a dead attempt left holding their clients: whatever else is decided, these go on.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics is a test that fails")]
mod decide_support;

use decide_support::*;
use verdigris_core::{
    action::Action,
    decide::{Verdict, decide},
    digest,
    fact::{Fact, Problem},
    observation::{AttemptFacts, ServiceFacts},
    phases::poolers,
    preflight::PooledDatabase,
    record::Record,
};
use verdigris_crds::{Side, yaml};

fn pooled(mut world: World) -> World {
    let pooler = "pgBouncer: {selector: {app: orders-pooler}, adminSecretRef: {name: pooler-admin}}";
    world.plan.spec.pooler = Some(yaml::from_str(pooler).unwrap());
    world
}

fn held(mut world: World) -> World {
    world = pooled(world);
    world.obs.poolers = Fact::Known(vec!["orders-pooler-0/orders".into()]);
    for side in [&mut world.obs.blue, &mut world.obs.green] {
        let record = side.record.known().cloned().flatten().unwrap();
        side.record = Fact::Known(Some(Record { poolers_held: true, ..record }));
    }
    world
}

#[test]
fn clients_that_wait_for_us_go_on() {
    let mut w = held(World::proved("The operator died between pause and hold; another one leads."));
    w.obs.plan = Fact::Known(Some(digest::document(&w.plan, &w.obs).0));
    w.obs.epoch = None;
    w.look("it holds no epoch yet");
    w.obs.epoch = Some(epoch());
    w.look("it does");
    w.obs.poolers = unknown("PoolerUnreachable", "The admin console of pooler pod orders-pooler-0 cannot be reached.");
    w.look("the console does not answer: it is tried");
    w.obs.poolers = Fact::Known(vec![]);
    w.look("nobody waits any more, but the records do not say so");
    for side in [&mut w.obs.blue, &mut w.obs.green] {
        let record = side.record.known().cloned().flatten().unwrap();
        side.record = Fact::Known(Some(Record { poolers_held: false, ..record }));
    }
    w.look("they do");
    w.obs.poolers = Fact::Known(vec!["orders-pooler-0/orders".into()]);
    w.look("an admin paused the pooler: that is not ours");
    w.check("poolers-before");
}

#[test]
fn clients_meet_the_side_that_writes() {
    let mut w = held(World::moved("The operator died after green opened; another one leads."));
    w.obs.service =
        Fact::Known(ServiceFacts { exists: true, points_at: Some(Side::Blue), ours: true, reverted_by: None });
    w.look("the Service leads to blue still");
    w.obs.service =
        Fact::Known(ServiceFacts { exists: true, points_at: Some(Side::Green), ours: true, reverted_by: None });
    w.look("it leads to green");
    w.obs.green.record = unknown("ConnectionRefused", "Green refuses connections; start it.");
    w.look("green went away: blue's record says that the clients wait for us");
    let mut w2 = held(World::moved("another run: both are closed"));
    if let Fact::Known(Some(green)) = &mut w2.obs.green.record {
        (green.closed, green.flag) = (true, true);
    }
    (w.obs, w.plan) = (w2.obs, w2.plan);
    w.look("another run: both are closed, and recovery lets them go when it has led the Service");
    w.check("poolers-after");
}

/// Nobody of ours looks after the poolers once a run has ended.
#[test]
fn an_end_waits_for_them() {
    let mut w = held(World::proved("The object is deleted while the clients wait for a dead attempt."));
    w.obs.object.deleting = true;
    w.look("it is deleted");
    w.obs.poolers = unknown("PoolerUnreachable", "The admin console of pooler pod orders-pooler-0 cannot be reached.");
    w.look("the console does not answer");
    w.obs.object.force_finalize = true;
    w.look("let go at once");
    w.check("poolers-deleted");
    for ends in [Action::RemoveFinalizer, Action::Undo { why: String::new() }] {
        assert!(ends.ends());
    }
}

/// Where no pooler is named nothing is said to any, whatever the records say.
#[test]
fn without_a_pooler_nothing_is_said() {
    let mut w = held(World::proved(""));
    w.plan.spec.pooler = None;
    let decision = decide(&w.plan, &w.obs, w.now);
    assert!(!matches!(decision.verdict, Verdict::Act(actions) if actions.contains(&Action::ResumePoolers)));
}

fn entry() -> PooledDatabase {
    let (name, host, database) = ("orders".into(), "orders-db.shop.svc".into(), "orders".into());
    PooledDatabase { name, host, database, mode: None, paused: false }
}

/// What a pod says before anybody waits, and what comes of it.
#[test]
fn who_would_not_hold_is_not_told() {
    let w = pooled(World::proved(""));
    let asked = |shares_port, ours: &[PooledDatabase]| {
        poolers::to_hold(&w.plan, "orders", "orders-pooler-0", shares_port, ours)
    };
    assert_eq!(
        asked(false, &[entry(), PooledDatabase { name: "reports".into(), ..entry() }]).unwrap(),
        ["orders", "reports"]
    );
    for (shares_port, ours, reason, transient) in [
        (true, vec![entry()], "PoolerSharesPort", false),
        (false, vec![], "PoolerNotInPath", false),
        (false, vec![entry(), PooledDatabase { paused: true, ..entry() }], "PoolerPaused", true),
    ] {
        let problem = asked(shares_port, &ours).unwrap_err();
        assert_eq!((problem.reason.as_str(), problem.transient), (reason, transient), "{problem:?}");
        assert!(problem.message.contains("orders-pooler-0"), "{problem:?}");
        // What is frozen cannot be taken away, and what follows may be a rollback.
        assert!(!["away", "cutover follows"].iter().any(|said| problem.message.contains(said)), "{problem:?}");
    }
}

fn silent() -> Problem {
    Problem::transient(
        "PoolerUnreachable",
        "The admin console of pooler pod orders-pooler-1 cannot be reached: it does not answer.",
    )
}

/// Consent holds for what does not answer, and for nothing else: who answers is held, and let go.
#[test]
fn what_does_not_answer_may_be_left_out() {
    let mut w = pooled(World::proved(""));
    let refused = || Problem::transient("PoolerRefused", "no");
    let who = |w: &World, asked: &[Result<u8, Problem>]| {
        poolers::who_holds(&w.plan, asked.to_vec()).map_err(|problem| (problem.reason, problem.message))
    };
    for (asked, reason) in [(vec![], "PoolerMissing"), (vec![Ok(1), Err(silent())], "PoolerUnreachable")] {
        let (found, message) = who(&w, &asked).unwrap_err();
        assert_eq!(found, reason);
        assert!(message.contains(&format!("add {reason} to spec.acknowledge")), "{message}");
    }
    let seen = |w: &World, said: &[Result<&str, Problem>]| {
        let said = said.iter().cloned().map(|one| one.map(|name| vec![name.to_owned()])).collect();
        poolers::held_in(&w.plan, said)
    };
    assert_eq!(seen(&w, &[Ok("a"), Err(silent())]), Fact::Unknown(silent()));
    w.plan.spec.acknowledge = vec!["PoolerMissing".into()];
    assert!(who(&w, &[]).unwrap().is_empty());
    assert_eq!(who(&w, &[Err(silent())]).unwrap_err().0, "PoolerUnreachable");
    w.plan.spec.acknowledge = vec!["PoolerUnreachable".into(), "PoolerRefused".into()];
    assert_eq!(who(&w, &[]).unwrap_err().0, "PoolerMissing");
    assert_eq!(who(&w, &[Err(silent()), Ok(1)]).unwrap(), [1]);
    assert!(who(&w, &[Err(silent())]).unwrap().is_empty());
    assert_eq!(who(&w, &[Err(silent()), Err(refused())]).unwrap_err().0, "PoolerRefused");
    // Who is held goes on before anybody waits for the silent one; that nobody is held is not known as long as one is silent.
    assert_eq!(seen(&w, &[Ok("a"), Err(silent())]), Fact::Known(vec!["a".into()]));
    assert_eq!(seen(&w, &[Err(silent())]), Fact::Unknown(silent()));
    assert_eq!(seen(&w, &[Err(silent()), Ok("a"), Err(refused())]), Fact::Unknown(silent()));
}

/// A rollback that a dead pooler keeps from beginning, until the user says otherwise.
#[test]
fn a_rollback_past_a_dead_pooler() {
    let mut w = pooled(World::moved("A rollback is asked for, and a pod of the pooler does not answer."));
    w.plan.spec.writer = Side::Blue;
    w.obs.poolers = Fact::Unknown(silent());
    w.look("nothing was tried yet");
    let problem = poolers::who_holds::<()>(&w.plan, vec![Err(silent())]).unwrap_err();
    w.obs.last_attempt = Some(AttemptFacts { problem, tries: 1, not_before: NOW + 5 });
    w.look("the gates refused");
    w.plan.spec.acknowledge = vec!["PoolerUnreachable".into()];
    w.now += 5;
    w.look("that is accepted, five seconds later");
    w.check("poolers-silent");
}

/// The records say that clients are held, and a pod does not answer that need not: nothing waits for it. It is let go when it answers.
#[test]
fn an_end_does_not_wait_for_whom_the_user_left_out() {
    let mut w = held(World::proved("The object is deleted while a pod that need not answer does not."));
    w.obs.object.deleting = true;
    w.plan.spec.acknowledge = vec!["PoolerUnreachable".into()];
    w.obs.poolers = Fact::Unknown(silent());
    w.look("it does not answer");
    w.obs.poolers = Fact::Known(vec!["orders-pooler-1/orders".into()]);
    w.look("it answers, and holds its clients");
    w.check("poolers-left-out");
}
