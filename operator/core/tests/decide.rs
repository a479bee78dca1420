//! Stories of decisions: each is a file in `transcripts/decide` that a stranger can read. `UPDATE=1 cargo test` writes them.
#![allow(clippy::unwrap_used, clippy::too_many_lines, reason = "a story reads best in one piece")]

mod decide_support;

use decide_support::*;
use verdigris_core::{
    digest,
    fact::{Fact, Problem},
    observation::*,
};
use verdigris_crds::Side;

#[test]
fn a_whole_run() {
    let mut w = World::new("A run from the first look to the end of the window.");
    w.obs.blue.service = false;
    w.obs.green.service = false;
    w.look("the object is new");
    w.obs.blue.service = true;
    w.obs.green.service = true;
    w.obs.service =
        Fact::Known(ServiceFacts { exists: true, points_at: Some(Side::Blue), ours: false, reverted_by: None });
    w.look("both Services of ours are there; nothing is in the way on blue");
    w.obs.service =
        Fact::Known(ServiceFacts { exists: true, points_at: Some(Side::Blue), ours: true, reverted_by: None });
    w.look("the selector is ours, unchanged");
    w.obs.green.exists = Fact::Known(true);
    w.look("green's StatefulSet is there");
    w.obs.green.ready = Fact::Known(true);
    w.obs.green.version = Some("17.11".into());
    w.obs.preflight = Some(Fact::Known(PreflightResult { findings: vec![], with_green: true }));
    w.look("green is ready and its part of preflight is clean");
    w.obs.object.finalizer = true;
    w.obs.preflight = None;
    w.obs.epoch = Some(epoch());
    w.obs.blue.record = Fact::Known(Some(record(Side::Blue, false, 0)));
    w.look("blue has our records");
    w.obs.jobs.clone = JobFacts::Running { key: "1".into(), suspended: false, pods: None };
    w.obs.clone = Fact::Known(Some(copy(false)));
    w.look("movers copy");
    w.obs.jobs.clone = JobFacts::Finished { key: "1".into() };
    w.obs.clone = Fact::Known(Some(copy(true)));
    let mut born = record(Side::Green, true, 1);
    (born.epoch, born.holder) = (1, None);
    w.obs.green.record = Fact::Known(Some(born));
    w.look("the copy is finished and was compared");
    w.obs.green.record = Fact::Known(Some(record(Side::Green, true, 1)));
    w.look("green's epoch is ours");
    w.obs.stream = Fact::Known(Some(StreamFacts { marker_seen: false, ..stream(Side::Green) }));
    w.look("the stream runs, and is behind");
    w.stream(|s| s.marker_seen = true);
    w.look("a marker came through");
    w.stream(|s| (s.stopped, s.enabled) = (true, false));
    w.look("the stream is stopped");
    w.obs.jobs.migrate = JobFacts::Running { key: "b4a8ae0d9a".into(), suspended: false, pods: None };
    w.look("a migration Job of an older set of files is there");
    w.migrations(|m| (m.applied, m.classified, m.green_only) = (source("aaaa").files, true, 1));
    w.obs.jobs.migrate = JobFacts::Absent;
    w.obs.catalogs = Fact::Known(Some(CatalogFacts {
        blue_now: "1".into(),
        blue_cloned: "1".into(),
        blue_changed: Vec::new(),
        green_now: "2".into(),
        green_planned: "2".into(),
    }));
    w.look("migrations are applied, and what they did can be carried");
    w.stream(|s| (s.stopped, s.enabled) = (false, true));
    w.look("the stream runs again");
    w.obs.comparison = Fact::Known(Some(ComparisonFacts {
        finished_at: Some(NOW),
        fresh: true,
        equal: true,
        done: 42,
        total: 42,
        different: vec![],
        failure: None,
    }));
    w.look("the comparison is clean");
    let digest = digest::document(&w.plan, &w.obs).0;
    w.obs.plan = Fact::Known(Some(digest.clone()));
    w.look("the plan is written");
    w.plan.spec.cutover.approved_plan = Some(digest);
    w.look("the plan is approved");
    let moved = World::moved("").obs;
    (w.obs.blue, w.obs.green, w.obs.service, w.obs.stream, w.obs.report, w.obs.strays) =
        (moved.blue, moved.green, moved.service, moved.stream, moved.report, moved.strays);
    w.look("the writer moved");
    w.now += 86_400;
    w.green(|g| g.window_over = true);
    w.look("a day later, by both clocks");
    let mut blue = record(Side::Blue, true, 3);
    blue.tombstone = Some("the rollback window ended".into());
    w.obs.blue.record = Fact::Known(Some(blue));
    w.obs.green.record = Fact::Known(None);
    w.obs.stream = Fact::Known(None);
    w.look("green is clean, blue has its tombstone");
    w.obs.object.finalizer = false;
    w.look("the finalizer is gone");
    w.check("a-whole-run");
}

#[test]
fn migrations_that_fail_or_are_refused() {
    let mut w = World::proved("Migrations that fail, are corrected, or are refused.");
    w.migrations(|m| *m = MigrationFacts::default());
    w.stream(|s| (s.stopped, s.enabled) = (true, false));
    w.obs.sources = Fact::Unknown(Problem::permanent("ConfigMapMissing", "ConfigMap shop/orders-0042 does not exist."));
    w.look("the ConfigMap is missing");
    w.obs.sources = Fact::Known(vec![source("aaaa")]);
    let file = source("aaaa").files.remove(0);
    w.migrations(|m| {
        m.failed = Some(FailedFile {
            file,
            reason: "StatementFailed".into(),
            message: "File 1.sql of migration order-status failed at line 3: undefined_column (42703).".into(),
        });
    });
    w.look("a file failed");
    w.obs.sources = Fact::Known(vec![source("bbbb")]);
    w.look("the file is corrected");
    w.migrations(|m| {
        (m.failed, m.applied, m.classified) = (None, source("bbbb").files, true);
        m.findings = vec![finding("ColumnDropped", "Column note of public.orders was dropped.")];
    });
    w.look("what it did cannot be carried back");
    w.migrations(|m| m.findings.clear());
    w.obs.sources = Fact::Known(vec![source("cccc")]);
    w.look("an applied file was changed");
    w.check("migrations");
}

#[test]
fn what_stands_against_a_cutover() {
    let mut w = World::proved("What stands against a cutover, one thing at a time.");
    w.stream(|s| s.lag_bytes = Some(5 << 20));
    w.look("green is 5 MiB behind");
    w.stream(|s| s.lag_bytes = None);
    w.look("the lag could not be measured: unknown is not zero");
    w.stream(|s| (s.lag_bytes, s.slot_lost) = (Some(0), true));
    w.look("the slot is lost");
    w.stream(|s| s.slot_lost = false);
    w.obs.blue.retained_bytes = Some(21 << 30);
    w.look("the slot retains more WAL than the budget allows");
    // That ends the run; the story goes on as if it had not happened.
    w.plan.previous = World::proved("").plan.previous;
    w.obs.blue.retained_bytes = Some(0);
    w.obs.catalogs = Fact::Known(Some(CatalogFacts {
        blue_now: "9".into(),
        blue_cloned: "1".into(),
        blue_changed: Vec::new(),
        green_now: "2".into(),
        green_planned: "2".into(),
    }));
    w.look("somebody changed blue's schema");
    if let Fact::Known(Some(catalogs)) = &mut w.obs.catalogs {
        catalogs.blue_now = "1".into();
        catalogs.blue_changed =
            ["constraint positive of shop.orders", "index shop.by_email", "policy mine of shop.orders", "view v"]
                .map(Into::into)
                .to_vec();
    }
    w.look("somebody added a constraint, an index, a policy and a view on blue");
    w.obs.catalogs = Fact::Known(Some(CatalogFacts {
        blue_now: "1".into(),
        blue_cloned: "1".into(),
        blue_changed: Vec::new(),
        green_now: "2".into(),
        green_planned: "2".into(),
    }));
    w.obs.comparison = Fact::Known(Some(ComparisonFacts {
        finished_at: Some(NOW),
        fresh: true,
        equal: false,
        done: 42,
        total: 42,
        different: vec!["public.orders (3 rows)".into()],
        failure: None,
    }));
    w.look("a table differs");
    w.obs.comparison = Fact::Known(Some(ComparisonFacts {
        finished_at: Some(NOW - 90_000),
        fresh: false,
        equal: true,
        done: 42,
        total: 42,
        different: vec![],
        failure: None,
    }));
    w.look("the comparison is old");
    w.obs.comparison = World::proved("").obs.comparison;
    w.plan.spec.checks =
        verdigris_crds::yaml::from_str("[{name: no-orphans, sql: {query: 'select 1', expected: '0'}}]").unwrap();
    w.obs.checks = vec![CheckFacts { name: "no-orphans".into(), result: CheckResult::Failed }];
    w.look("a check fails");
    w.obs.checks = vec![CheckFacts { name: "no-orphans".into(), result: CheckResult::Null }];
    w.look("its answer is NULL");
    w.obs.checks = vec![CheckFacts { name: "no-orphans".into(), result: CheckResult::Error("42P01".into()) }];
    w.look("its table is not there");
    w.obs.checks = vec![CheckFacts { name: "no-orphans".into(), result: CheckResult::Error("57014".into()) }];
    w.look("it takes too long");
    w.obs.checks = vec![CheckFacts { name: "no-orphans".into(), result: CheckResult::Passed }];
    w.obs.plan = Fact::Known(Some(digest::document(&w.plan, &w.obs).0));
    w.look("the check passes; nobody approved");
    w.plan.spec.cutover.approved_plan = Some(format!("sha256:{}", "0".repeat(64)));
    w.look("another plan was approved");
    w.plan.spec.suspend = true;
    w.look("suspended");
    w.obs.blue.record =
        unknown("ConnectionRefused", "Blue (orders-42-blue.shop.svc:5432) refuses connections; start it.");
    w.look("blue cannot be reached");
    w.check("against-a-cutover");
}

#[test]
fn deletion() {
    let mut w = World::proved("Deletion, before and after the switch.");
    w.obs.object.deleting = true;
    w.obs.jobs.compare = JobFacts::Finished { key: "1".into() };
    w.look("deleted while it waits for approval");
    w.obs.jobs.compare = JobFacts::Deleting { since: NOW };
    w.look("the Job goes, its pod has not ended yet");
    w.now = NOW + 180;
    w.look("it still has not: is its node gone?");
    w.now = NOW;
    w.obs.jobs.compare = JobFacts::Absent;
    w.look("no Job is left");
    w.obs.green.record =
        unknown("ConnectionRefused", "Green (orders-42-green.shop.svc:5432) refuses connections; start it.");
    w.look("green cannot be reached");
    w.obs.object.force_finalize = true;
    w.look("the user forces it");
    w.obs.object.force_finalize = false;
    w.obs.blue.record = Fact::Known(None);
    w.obs.green.record = Fact::Known(None);
    w.look("nothing of ours is left on either side");
    let moved = World::moved("").obs;
    (w.obs.blue, w.obs.green, w.obs.service) = (moved.blue, moved.green, moved.service);
    w.look("deleted in the rollback window instead");
    w.check("deletion");
}

#[test]
fn crashes_lead_to_recovery() {
    let mut w = World::proved("After a crash the two databases say what to do.");
    w.obs.epoch = None;
    w.look("a new process: it has no epoch yet");
    w.obs.epoch = Some(epoch());
    w.obs.blue.record = Fact::Known(Some(record(Side::Blue, true, 5)));
    w.look("both sides are closed");
    w.obs.blue.record = Fact::Known(Some(record(Side::Blue, false, 0)));
    w.obs.plan = Fact::Known(Some(digest::document(&w.plan, &w.obs).0));
    w.obs.blue.leftovers = vec!["subscription verdigris_0123456789ab_0_5".into()];
    w.look("an attempt died before the close and left a subscription");
    w.obs.blue.leftovers.clear();
    let mut changed = record(Side::Green, true, 1);
    changed.same_server = false;
    w.obs.green.record = Fact::Known(Some(changed));
    w.look("green was restored from a backup");
    w.check("crashes");
}

#[test]
fn a_beginning_that_was_cut_short() {
    let mut w = World::new("The first records are on blue, and nothing else of what a run needs there.");
    w.obs.green = SideFacts { version: Some("17.11".into()), ..w.obs.blue.clone() };
    w.obs.object.finalizer = true;
    w.obs.preflight = None;
    let mut fresh = record(Side::Blue, false, 0);
    (fresh.epoch, fresh.holder) = (1, None);
    w.obs.blue.record = Fact::Known(Some(fresh));
    w.look("the operator died before it took its first epoch; its successor looks");
    w.obs.blue.record = Fact::Known(Some(record(Side::Blue, false, 0)));
    w.look("it took one, but could not make the publication: a table was locked. So it remembers none");
    w.obs.epoch = Some(epoch());
    w.look("the claim went through, and all that comes with it");
    w.check("a-beginning-cut-short");
}
