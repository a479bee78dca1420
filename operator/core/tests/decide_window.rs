//! The window: what the way back is worth, and going it.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics is a test that fails")]
mod decide_support;

use std::fmt::Write as _;

use decide_support::*;
use verdigris_core::{
    decide::decide,
    fact::{Fact, Problem},
    observation::{AttemptFacts, ServiceFacts},
    phases::way_back::UNWATCHED,
    record::{Overrun, Record},
    status,
};
use verdigris_crds::Side;

#[test]
fn the_way_back() {
    let mut w = World::moved("What RollbackAvailable says in the window, one thing at a time.");
    w.look("green serves, blue follows");
    w.stream(|s| s.marker_seen = false);
    w.look("what is written on green does not show on blue");
    w.stream(|s| s.marker_seen = true);
    w.green(|g| g.catalog_as_planned = false);
    w.look("somebody made a table on green");
    w.green(|g| g.catalog_as_planned = true);
    if let Fact::Known(Some(blue)) = &mut w.obs.blue.record {
        blue.strays = 2;
    }
    w.look("two row changes went past the gate on blue");
    w.plan.spec.writer = Side::Blue;
    w.look("a rollback is asked for all the same");
    w.plan.spec.acknowledge = vec!["StrayWrites".into()];
    w.look("the stray writes are acknowledged");
    w.plan.spec.writer = Side::Green;
    w.obs.green.ready = Fact::Known(false);
    w.look("green has no ready pod");
    w.obs.green.ready = unknown("ApiServerTimeout", "Pods of green: the API server did not answer in time.");
    w.look("nobody knows whether green has one");
    w.obs.green.ready = Fact::Known(true);
    w.obs.green.retained_bytes = Some(21 << 30);
    w.look("the slot of the way back retains more WAL than the budget allows");
    w.check("the-way-back");
}

/// A way back that nobody watches is worth what nobody knows: neither yes nor no strays (I7).
#[test]
fn what_the_budget_took() {
    let mut w = World::moved(
        "The budget of retained WAL in the window: what it took is known from the records, for the slots are gone.",
    );
    let overrun = Some(Overrun { retained: 21 << 30, allowed: 20 << 30 });
    w.obs.strays = unknown("StrayWritesUncounted", "Blue has written more than could be searched for stray writes.");
    w.look("not all that blue wrote was searched for stray writes");
    w.says("RollbackAvailable");
    w.plan.spec.writer = Side::Blue;
    w.look("a rollback is asked for before it was");
    w.plan.spec.writer = Side::Green;
    w.obs.strays = Fact::Known(0);
    w.obs.blue.retained_bytes = Some(21 << 30);
    w.look("the witness on blue retains more WAL than the budget allows");
    w.obs.blue.retained_bytes = None;
    w.obs.strays = Fact::Unknown(Problem::permanent(UNWATCHED, "The slot on blue is gone."));
    w.look("a witness that is gone, and not by us");
    w.says("RollbackAvailable");
    w.blue(|b| b.overrun = overrun);
    w.look("it went for the budget");
    w.says("RollbackAvailable");
    w.plan.spec.writer = Side::Blue;
    w.look("a rollback is asked for all the same");
    w.blue(|b| b.strays = 2);
    w.look("two were counted before it went");
    w.blue(|b| b.strays = 0);
    w.plan.spec.acknowledge = vec![UNWATCHED.into()];
    w.look("that nobody knows is accepted");
    w.plan.spec.writer = Side::Green;
    w.stream(|s| s.slot_lost = true);
    w.look("green's slot lost its WAL by the server's own limit");
    w.says("RollbackAvailable");
    w.green(|g| g.overrun = overrun);
    w.look("it went for the budget");
    w.says("RollbackAvailable");
    w.check("what-the-budget-took");
}

/// I9 holds whatever else is amiss: what keeps blue from following is what makes WAL pile up on green.
#[test]
fn the_budget_on_green_needs_no_blue() {
    let mut w = World::moved("Green's slot retains more WAL than the budget allows while other things are amiss.");
    let down = unknown("Unreachable", "Blue does not answer.");
    w.obs.green.retained_bytes = Some(30 << 30);
    w.obs.blue.record = down.clone();
    w.look("blue does not answer");
    w.obs.epoch = None;
    w.look("the same, and the operator is a new process");
    w.obs.object.deleting = true;
    w.look("the object is deleted, which has to wait for blue");
    w.obs.object.deleting = false;
    w.obs.epoch = Some(epoch());
    w.obs.blue.record = Fact::Known(Some(record(Side::Blue, true, 3)));
    w.plan.spec.writer = Side::Blue;
    w.stream(|s| (s.enabled, s.apply_errors) = (false, 4));
    w.look("a rollback is asked for and cannot be had");
    w.obs.blue.record = down;
    w.obs.green.retained_bytes = None;
    w.look("the slot is gone, blue does not answer");
    w.check("the-budget-on-green");
}

/// Roles are not carried back: it is said, and goes on.
#[test]
fn roles_that_changed_on_green_are_named() {
    let mut w = World::moved("");
    w.obs.roles = Fact::Known(["role app", "role b", "role c", "role d"].map(String::from).to_vec());
    let view = status::view(&w.plan, &w.obs, &decide(&w.plan, &w.obs, NOW), NOW);
    let way_back = view.conditions.iter().find(|c| c.type_ == "RollbackAvailable").unwrap();
    assert_eq!(way_back.status, "True");
    assert!(
        way_back.message.ends_with("Not on blue as on green: role app, role b, role c and 1 more."),
        "{way_back:?}"
    );
}

/// One look, and the events that it makes.
fn told(w: &mut World, what: &str) {
    let before = w.plan.previous.clone();
    w.look(what);
    for told in status::events(&before, &w.plan.previous, w.plan.last_phase()) {
        let kind = if told.normal { "Normal" } else { "Warning" };
        let _ = writeln!(w.text, "    event   {kind} {}: {}", told.reason, told.note);
    }
}

#[test]
fn a_rollback() {
    let mut w = World::moved("A rollback: spec.writer says Blue inside the window.");
    w.look("green serves, blue follows");
    w.plan.spec.writer = Side::Blue;
    w.stream(|s| (s.enabled, s.apply_errors) = (false, 4));
    w.look("a rollback is asked for, but blue's subscription met an error");
    w.stream(|s| (s.enabled, s.apply_errors) = (true, 0));
    w.obs.blue.ready = Fact::Known(false);
    w.look("the stream is mended, but blue has no ready pod");
    w.obs.blue.ready = unknown("ApiServerTimeout", "Pods of blue: the API server did not answer in time.");
    w.look("nobody knows whether it has one");
    w.obs.blue.ready = Fact::Known(true);
    w.look("blue's pod is ready");
    w.obs.last_attempt = Some(AttemptFacts {
        problem: Problem::transient("HoldNotGranted", "an old transaction holds the gate."),
        tries: 1,
        not_before: NOW + 5,
    });
    w.look("the attempt was given up");
    w.now += 5;
    w.look("five seconds later");
    w.obs.blue.record = Fact::Known(Some(Record { opened_at: Some(NOW), ..record(Side::Blue, false, 4) }));
    w.obs.green.record = Fact::Known(Some(Record { opened_at: Some(NOW), ..record(Side::Green, true, 4) }));
    w.look("blue is open, green is closed; the Service still selects green");
    w.obs.service =
        Fact::Known(ServiceFacts { exists: true, points_at: Some(Side::Blue), ours: true, reverted_by: None });
    w.look("the Service selects blue");
    w.obs.blue.record = Fact::Known(None);
    w.green(|g| g.tombstone = Some("rolled back by request".into()));
    w.obs.stream = Fact::Known(None);
    told(&mut w, "blue is clean, green has its tombstone");
    w.obs.object.finalizer = false;
    told(&mut w, "the finalizer is gone");
    w.obs.blue.ready = Fact::Known(false);
    told(&mut w, "the same look, but blue has no ready pod");
    w.check("a-rollback");
}

/// I9 after a rollback too: a green that is down makes WAL pile up on blue, which writes again.
#[test]
fn the_budget_on_blue_after_a_rollback_needs_no_green() {
    let mut w = World::moved("The writer is back on blue, and green goes down before the run has ended there.");
    w.plan.spec.writer = Side::Blue;
    let mut blue = record(Side::Blue, false, 4);
    blue.opened_at = Some(NOW);
    w.obs.blue.record = Fact::Known(Some(blue));
    w.obs.service =
        Fact::Known(ServiceFacts { exists: true, points_at: Some(Side::Blue), ours: true, reverted_by: None });
    w.obs.green.record = unknown("Unreachable", "Green does not answer.");
    w.obs.stream = unknown("Unreachable", "Green does not answer.");
    w.look("green does not answer");
    w.obs.blue.retained_bytes = Some(30 << 30);
    w.look("slots on blue retain more WAL than the budget allows");
    w.obs.blue.retained_bytes = None;
    w.blue(|b| b.overrun = Some(Overrun { retained: 30 << 30, allowed: 20 << 30 }));
    w.look("they went");
    w.obs.green.record = Fact::Known(Some(record(Side::Green, true, 4)));
    w.look("green answers again");
    w.check("the-budget-after-a-rollback");
}

/// Clients meet the side that writes, also while the other cannot be asked.
#[test]
fn the_service_leads_to_who_is_left() {
    let mut w = World::moved("Green was opened; before the Service was moved blue went down.");
    let astray = |to| ServiceFacts { exists: true, points_at: to, ours: true, reverted_by: None };
    w.obs.service = Fact::Known(astray(Some(Side::Blue)));
    w.obs.blue.record = unknown("Unreachable", "Blue does not answer.");
    w.look("the Service selects blue");
    w.obs.service = Fact::Known(astray(None));
    w.look("it selects neither");
    w.obs.green.ready = Fact::Known(false);
    w.look("green has no ready pod");
    w.obs.green.ready = Fact::Known(true);
    w.obs.service = Fact::Known(ServiceFacts { ours: false, ..astray(Some(Side::Blue)) });
    w.look("somebody else owns the selector");
    w.obs.service = Fact::Known(astray(Some(Side::Blue)));
    w.green(|g| g.same_server = false);
    w.look("green is another server");
    w.green(|g| g.same_server = true);
    w.obs.green.record = Fact::Known(Some(record(Side::Green, true, 3)));
    w.look("green is closed: nobody knows who writes");
    w.green(|g| (g.closed, g.opened_at) = (false, Some(NOW)));
    w.obs.service = Fact::Known(astray(Some(Side::Green)));
    w.look("the Service selects green");
    w.check("who-is-left");
}
