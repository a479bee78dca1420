//! Work that fails again and again: what the object says, and how often its status is written.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics is a test that fails")]
mod decide_support;

use decide_support::*;
use verdigris_core::{
    action::{Action, JobKind},
    decide::{Decision, Verdict, Wait, decide},
    fact::{Fact, Problem},
    observation::*,
    status,
    tries::Failure,
};
use verdigris_crds::{DatabaseMigrationStatus, Side};

/// What a process does at each try: look, decide, write where something changed, act, write what came of it.
struct Process {
    world: World,
    last: Option<Failure>,
    writes: usize,
}

impl Process {
    fn new(world: World) -> Self {
        Self { world, last: None, writes: 0 }
    }

    fn look(&mut self) -> Decision {
        let World { plan, obs, now, .. } = &self.world;
        let decision = decide(plan, obs, *now);
        let view = status::view(plan, obs, &decision, *now);
        self.write(view);
        decision
    }

    fn write(&mut self, view: DatabaseMigrationStatus) {
        if view != self.world.plan.previous {
            self.writes += 1;
            self.world.plan.previous = view;
        }
    }

    /// One try, a while after the one before; returns what was tried.
    fn tries(&mut self, outcome: Result<(), Problem>) -> Vec<Action> {
        self.world.now += 7;
        let decision = self.look();
        let Verdict::Act(actions) = &decision.verdict else { panic!("nothing to do: {decision:?}") };
        let generation = self.world.plan.generation;
        match outcome {
            Ok(()) => self.last = self.last.take().filter(|f| f.survives(&decision, generation)),
            Err(problem) => {
                self.last = Some(Failure::after(self.last.as_ref(), &decision, generation));
                let verdict = Verdict::Wait(Wait {
                    reason: problem.reason,
                    message: problem.message,
                    stalled: !problem.transient,
                    until: None,
                    recheck_seconds: 5,
                });
                let shown = Decision { verdict, ..decision.clone() };
                let view = status::with_problem(&self.world.plan, &shown, self.world.now);
                self.write(view);
            }
        }
        actions.clone()
    }

    fn said(&self, kind: &str) -> (String, String) {
        let condition = self.world.plan.previous.conditions.iter().find(|c| c.type_ == kind).unwrap();
        (condition.status.clone(), condition.reason.clone())
    }

    fn count(&self) -> u32 {
        self.last.as_ref().map_or(0, |f| f.tries)
    }
}

fn quota() -> Problem {
    Problem::permanent("QuotaExceeded", "making StatefulSet shop/orders-42-green: exceeded quota: none.")
}

fn yes(reason: &str) -> (String, String) {
    ("True".into(), reason.into())
}

#[test]
fn a_failing_action_is_said_once() {
    let mut p = Process::new(World::new(""));
    for _ in 0..20 {
        assert_eq!(p.tries(Err(quota())), [Action::ProvisionGreen]);
        assert_eq!(p.said("Stalled"), yes("QuotaExceeded"));
    }
    // What is under way, and what is in the way of it.
    assert_eq!((p.writes, p.count()), (2, 20));
    // A look between two tries, such as for a Job, says the same.
    p.look();
    assert_eq!(p.writes, 2);
}

#[test]
fn another_problem_is_said_too() {
    let mut p = Process::new(World::new(""));
    p.tries(Err(quota()));
    p.tries(Err(Problem::transient("ApiServerTimeout", "no answer")));
    assert_eq!(p.said("Stalled").0, "False");
    assert_eq!(p.said("Reconciling"), yes("ApiServerTimeout"));
    assert_eq!((p.writes, p.count()), (3, 2));
}

#[test]
fn mended_it_goes_on_and_counts_anew() {
    let mut p = Process::new(World::new(""));
    p.tries(Err(quota()));
    p.tries(Ok(()));
    assert_eq!((p.said("Stalled"), p.count()), (yes("QuotaExceeded"), 0), "until the next look");
    p.world.obs.green.exists = Fact::Known(true);
    p.look();
    assert_eq!((p.said("Stalled").0.as_str(), p.said("Reconciling")), ("False", yes("GreenNotReady")));
}

#[test]
fn another_wish_is_tried_as_the_first_time() {
    let mut p = Process::new(World::new(""));
    p.tries(Err(quota()));
    p.tries(Err(quota()));
    p.world.plan.generation = 2;
    p.world.now += 1;
    p.look();
    assert_eq!((p.said("Reconciling"), p.said("Stalled").0.as_str()), (yes("Progressing"), "False"));
    p.tries(Err(quota()));
    assert_eq!(p.count(), 1);
}

/// Its key is the time of the try.
#[test]
fn a_comparison_that_cannot_be_started_is_the_same_work_each_time() {
    let mut world = World::proved("");
    world.obs.comparison = Fact::Known(None);
    let mut p = Process::new(world);
    for _ in 0..5 {
        let actions = p.tries(Err(quota()));
        assert!(matches!(actions[..], [Action::StartJob { kind: JobKind::Compare, .. }]), "{actions:?}");
    }
    assert_eq!((p.writes, p.count()), (2, 5));
}

/// The finalizer is there at the second try: what fails is the same.
#[test]
fn a_list_of_actions_is_what_its_last_one_is_for() {
    let mut world = World::new("");
    world.obs.green.exists = Fact::Known(true);
    world.obs.green.ready = Fact::Known(true);
    world.obs.preflight = Some(Fact::Known(PreflightResult { findings: vec![], with_green: true }));
    let mut p = Process::new(world);
    assert_eq!(p.tries(Err(quota())), [Action::AddFinalizer, Action::InstallBlue]);
    p.world.obs.object.finalizer = true;
    assert_eq!(p.tries(Err(quota())), [Action::InstallBlue]);
    assert_eq!((p.writes, p.count()), (2, 2));
}

/// Work in between that is done does not make the failing one new.
#[test]
fn work_in_between_does_not_end_the_count() {
    let mut p = Process::new(World::proved(""));
    p.world.obs.comparison = Fact::Known(None);
    p.tries(Err(quota()));
    let epoch = p.world.obs.epoch.take();
    assert_eq!(p.tries(Ok(())), [Action::Claim]);
    p.world.obs.epoch = epoch;
    p.tries(Err(quota()));
    assert_eq!(p.count(), 2);
}

/// Who writes is said only of a blue that answered.
#[test]
fn a_blue_that_does_not_answer_is_not_the_writer() {
    let mut p = Process::new(World::new(""));
    p.look();
    assert_eq!((p.world.plan.previous.writer, p.said("BlueClosed").0.as_str()), (Some(Side::Blue), "False"));
    let mut p = Process::new(World::new(""));
    p.world.obs.blue.version = None;
    p.world.obs.preflight = Some(Fact::Known(PreflightResult {
        findings: vec![finding("BlueUnreachable", "Blue refuses connections.")],
        with_green: false,
    }));
    p.look();
    assert_eq!(p.world.plan.previous.writer, None);
    assert!(p.world.plan.previous.conditions.iter().all(|c| c.type_ != "BlueClosed"));
}

/// NULL is not the empty text.
#[test]
fn an_answer_that_is_null_passes_no_check() {
    assert_eq!(CheckResult::of(None, ""), CheckResult::Null);
    assert_eq!(CheckResult::of(Some(""), ""), CheckResult::Passed);
    assert_eq!(CheckResult::of(Some("1"), "0"), CheckResult::Failed);
    let mut w = World::proved("");
    w.plan.spec.checks =
        verdigris_crds::yaml::from_str("[{name: none, sql: {query: 'select null', expected: ''}}]").unwrap();
    w.obs.checks = vec![CheckFacts { name: "none".into(), result: CheckResult::Null }];
    w.look("");
    let check = w.plan.previous.checks.iter().find(|c| c.name == "none").unwrap();
    assert_eq!((check.result.as_str(), check.observed.as_deref()), ("Failed", Some("NULL")));
}
