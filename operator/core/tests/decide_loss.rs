//! What would be lost if blue were opened while the way back is broken: stated by table and number, and unknown is never zero.
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
    decide::{Verdict, decide},
    fact::Fact,
    observation::{Backlog, NextTransaction, TableChanges},
    record::{Lsn, Overrun},
};
use verdigris_crds::{LossStatus, Phase, Side};

fn changes(table: &str, inserts: i64, updates: i64, deletes: i64) -> TableChanges {
    TableChanges { table: table.into(), inserts, updates, deletes, truncates: 0 }
}

/// One insert that blue cannot apply, and what came behind it.
fn backlog(complete: bool) -> Fact<Option<Backlog>> {
    let next = NextTransaction {
        finished: Lsn(0x15E_3F20),
        committed_at: NOW - 90,
        tables: vec![changes("public.items", 1, 0, 0)],
    };
    let tables = vec![changes("public.orders", 40, 2, 0), changes("public.items", 1, 0, 3)];
    Fact::Known(Some(Backlog { next: Some(next), tables, complete, counted_at: NOW - 5 }))
}

/// What a rollback would lose, as the last look states it.
fn loss(w: &mut World) {
    let loss = w.plan.previous.rollback.as_ref().and_then(|rollback| rollback.loss.as_ref());
    let text = loss.map_or_else(|| "nothing".into(), |loss| serde_json::to_string(loss).unwrap());
    w.text.push_str(&format!("    loss    {text}\n"));
}

/// The window, and a row stopped the stream for good.
fn stopped(story: &str) -> World {
    let mut w = World::moved(story);
    w.look("green serves, blue follows");
    loss(&mut w);
    w.stream(|s| (s.enabled, s.marker_seen, s.apply_errors, s.applied) = (false, false, 4, Some(Lsn(0x15E_3000))));
    w.obs.backlog = backlog(true);
    w
}

fn stated(w: &World) -> Option<LossStatus> {
    w.plan.previous.rollback.as_ref().unwrap().loss.clone()
}

#[test]
fn what_a_rollback_would_lose() {
    let mut w = stopped("A row of green's cannot be applied on blue: what is seen of it, and what blue lacks.");
    w.look("blue could not apply a row, four times in a row");
    w.says("RollbackAvailable");
    loss(&mut w);
    w.plan.spec.writer = Side::Blue;
    w.look("a rollback is asked for");
    w.plan.spec.writer = Side::Green;
    w.obs.backlog = backlog(false);
    w.look("green writes on, and more than is counted in one go");
    loss(&mut w);
    w.obs.backlog = unknown("StatementTimeout", "It took too long.");
    w.look("it cannot be counted");
    w.says("RollbackAvailable");
    loss(&mut w);
    w.now += 30;
    w.look("half a minute later");
    loss(&mut w);
    w.obs.backlog = Fact::Known(None);
    w.stream(|s| s.slot_lost = true);
    w.green(|g| g.overrun = Some(Overrun { retained: 21 << 30, allowed: 20 << 30 }));
    w.look("the slot went for the budget");
    loss(&mut w);
    w.obs.stream = Fact::Known(None);
    w.look("the subscription is gone");
    loss(&mut w);
    w.obs.stream = unknown("StatementTimeout", "It took too long.");
    w.look("nobody knows whether it is");
    loss(&mut w);
    let green = std::mem::replace(&mut w.obs.green.record, unknown("ConnectionRefused", "Green refuses connections."));
    w.look("green cannot be reached");
    loss(&mut w);
    w.obs.green.record = green;
    w.obs.blue.record = unknown("ConnectionRefused", "Blue refuses connections.");
    w.look("green answers, blue does not");
    loss(&mut w);
    w.check("what-a-rollback-would-lose");
}

#[test]
fn a_way_back_that_is_mended_loses_nothing() {
    let mut w = stopped("The row is mended by hand, and the subscription turned on.");
    w.look("blue could not apply a row, four times in a row");
    w.stream(|s| s.enabled = true);
    w.obs.backlog = Fact::Known(None);
    w.look("it is on again; what is on its way is not counted");
    loss(&mut w);
    w.stream(|s| s.marker_seen = true);
    w.look("a marker came through");
    loss(&mut w);
    w.obs.strays = Fact::Known(2);
    w.look("what was written past the gate by hand is a stray write, and none of green's is lost");
    loss(&mut w);
    w.green(|g| g.catalog_as_planned = false);
    w.look("somebody changed a table of green");
    loss(&mut w);
    w.check("a-way-back-mended");
}

#[test]
fn more_tables_than_are_named() {
    let mut w = stopped("");
    let many: Vec<_> = (0..60).map(|n| changes(&format!("public.t{n}"), 1, 0, 0)).collect();
    if let Fact::Known(Some(found)) = &mut w.obs.backlog {
        (found.next.as_mut().unwrap().tables, found.tables) = (many.clone(), many);
    }
    w.look("");
    let loss = stated(&w).unwrap();
    assert_eq!((loss.changes, loss.tables.len(), loss.more_tables), (Some(60), 50, Some(10)));
    let said = w.plan.previous.conditions.iter().find(|c| c.type_ == "RollbackAvailable").unwrap();
    assert!(said.message.contains("public.t2 (1 insert) and 57 more tables;"), "{}", said.message);
    // The same look again changes nothing: what is written wakes others.
    let before = w.plan.previous.clone();
    w.look("");
    assert_eq!(w.plan.previous, before);
}

/// None of these is a number, and least of all zero.
#[test]
fn what_was_not_counted_whole_is_not_called_so() {
    let mut w = stopped("");
    w.green(|g| g.catalog_as_planned = false);
    w.look("");
    let loss = stated(&w).unwrap();
    assert_eq!((loss.extent.as_str(), loss.changes), ("AtLeast", Some(46)), "tables of green were changed too");
    let nothing = Backlog { next: None, tables: vec![], complete: false, counted_at: NOW };
    w.obs.backlog = Fact::Known(Some(nothing.clone()));
    w.look("");
    let loss = stated(&w).unwrap();
    assert_eq!(
        (loss.extent.as_str(), loss.changes),
        ("Unknown", None),
        "all that was read is on blue, and there is more"
    );
    let said = w.plan.previous.conditions.iter().find(|c| c.type_ == "RollbackAvailable").unwrap();
    assert!(said.message.contains("further on in the slot on green"), "{}", said.message);
    w.green(|g| g.catalog_as_planned = true);
    w.obs.backlog = Fact::Known(Some(Backlog { complete: true, ..nothing }));
    w.look("");
    let loss = stated(&w).unwrap();
    assert_eq!(
        (loss.extent.as_str(), loss.changes),
        ("Counted", Some(0)),
        "a connection was lost, and nothing with it"
    );
    back(&mut w, true);
    w.look("");
    let loss = stated(&w).unwrap();
    assert_eq!((loss.extent.as_str(), loss.changes), ("Unknown", None), "what came after that nobody counted");
}

/// The names of a transaction's tables leave room for the statement that comes behind them.
#[test]
fn long_names_do_not_cut_the_statement_off() {
    let mut w = stopped("");
    if let Fact::Known(Some(Backlog { next: Some(next), .. })) = &mut w.obs.backlog {
        next.tables =
            (0..60).map(|n| changes(&format!("{}.t{n}", "s".repeat(200)), 1 << 40, 1 << 40, 1 << 40)).collect();
    }
    w.plan.spec.writer = Side::Blue;
    w.look("");
    let said = w.plan.previous.conditions.iter().find(|c| c.type_ == "Stalled").unwrap();
    assert!(said.message.ends_with("set spec.writer back to Green."), "{}", said.message);
}

/// A rollback was under way when a side went away.
#[test]
fn a_rollback_that_nobody_can_see_the_end_of() {
    let mut w = World::moved("");
    w.look("");
    w.plan.previous.phase = Some(Phase::RollingBack.as_str().to_owned());
    let green = std::mem::replace(&mut w.obs.green.record, unknown("ConnectionRefused", "Green refuses connections."));
    w.look("");
    assert_eq!(stated(&w).unwrap().extent, "Unknown");
    w.obs.green.record = green;
    w.look("");
    assert_eq!(stated(&w), None, "it came back, and blue follows");
    w.plan.previous.phase = Some(Phase::RollingBack.as_str().to_owned());
    back(&mut w, false);
    w.obs.green.record = unknown("ConnectionRefused", "Green refuses connections.");
    w.look("");
    assert_eq!(stated(&w), None, "blue's record alone says that a switchover opened it");
}

/// Into green before the cutover the same is said.
#[test]
fn a_row_that_green_cannot_apply_is_told() {
    let mut w = World::proved("");
    w.stream(|s| (s.enabled, s.marker_seen, s.apply_errors) = (false, false, 4));
    w.obs.backlog = backlog(true);
    let Verdict::Wait(wait) = decide(&w.plan, &w.obs, NOW).verdict else { panic!("it waits") };
    let said = "after 4 errors in a row; the first transaction of blue that green lacks finished at 0/15E3F20 and changes public.items (1 insert).";
    assert!(wait.stalled && wait.reason == "ApplyConflict" && wait.message.contains(said), "{}", wait.message);
}

#[test]
fn an_emergency_keeps_what_was_stated() {
    let mut w =
        stopped("Green is closed and blue opened by hand, as the break-glass page says it, while blue lacked writes.");
    w.look("blue could not apply a row, four times in a row");
    back(&mut w, true);
    w.look("the operator runs again");
    loss(&mut w);
    over(&mut w);
    w.look("it is over");
    w.says("Succeeded");
    loss(&mut w);
    let mut w2 = World::moved("");
    w2.look("");
    back(&mut w2, true);
    w2.look("");
    let loss = stated(&w2).unwrap();
    assert_eq!((loss.extent.as_str(), loss.changes), ("Unknown", None), "nobody counted: not zero");
    over(&mut w2);
    w2.look("");
    assert_eq!(stated(&w2), Some(loss), "it stays");
    let mut w3 = stopped("");
    w3.look("");
    back(&mut w3, false);
    w3.look("");
    assert_eq!(stated(&w3), None, "a switchover brings everything");
    w.check("an-emergency");
}
