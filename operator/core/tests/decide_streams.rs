//! Streams that a server turned off: for a lost connection, or for a row that cannot be applied. Nothing but time tells which.
mod decide_support;

use decide_support::*;
use verdigris_core::observation::JobFacts;
use verdigris_crds::Side;

#[test]
fn a_stream_that_was_turned_off() {
    let mut w = World::proved(
        "Servers restart, and with disable_on_error each restart of a publisher turns its subscriber's stream off.",
    );
    w.stream(|s| (s.enabled, s.marker_seen, s.apply_errors) = (false, false, 1));
    w.look("blue was restarted while green waits for the approval");
    w.stream(|s| s.enabled = true);
    w.look("the stream is on again, and has not come along yet");
    w.stream(|s| s.marker_seen = true);
    w.look("a marker came through");
    w.stream(|s| s.apply_errors = 0);
    w.look("its error is forgotten: the next one is the first again");
    w.stream(|s| (s.enabled, s.marker_seen, s.apply_errors) = (false, false, 3));
    w.look("off for the third time in a row");
    w.stream(|s| s.apply_errors = 4);
    w.look("and for the fourth: it is no connection that was lost");
    w.plan.spec.suspend = true;
    w.stream(|s| s.apply_errors = 1);
    w.look("off for the first time, and suspended: green is kept in step");
    w.obs.jobs.migrate = JobFacts::Running { key: "x".into(), suspended: false, pods: None };
    w.migrations(|m| m.classified = false);
    w.plan.spec.suspend = false;
    w.look("off while migrations run: they are not disturbed");
    w.check("a-stream-turned-off");
}

#[test]
fn a_way_back_that_was_turned_off() {
    let mut w = World::moved("Green was restarted in the window: blue's subscription is off.");
    w.stream(|s| (s.enabled, s.marker_seen, s.apply_errors) = (false, false, 1));
    w.look("off for the first time");
    w.says("RollbackAvailable");
    w.plan.spec.writer = Side::Blue;
    w.look("a rollback is asked for in that moment");
    w.stream(|s| (s.enabled, s.marker_seen) = (true, true));
    w.look("it is on again");
    w.stream(|s| s.apply_errors = 0);
    w.look("its error is forgotten");
    w.stream(|s| (s.enabled, s.stopped) = (false, true));
    w.look("off without an error: a crash of blue took the count along");
    w.check("a-way-back-turned-off");
}
