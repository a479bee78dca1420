//! Movers that do not work, and what the object says of it: a transcript, and what must not be written over and over.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics is a test that fails")]
mod decide_support;

use decide_support::*;
use verdigris_core::{
    decide::decide,
    fact::{Fact, Problem},
    observation::*,
    status,
};
use verdigris_crds::Side;

/// Blue has our records, the clone Job is there, and these are its pods.
fn cloning(story: &str) -> World {
    let mut w = World::new(story);
    w.obs.object.finalizer = true;
    w.obs.preflight = None;
    w.obs.epoch = Some(epoch());
    w.obs.blue.record = Fact::Known(Some(record(Side::Blue, false, 0)));
    (w.obs.green.exists, w.obs.green.ready) = (Fact::Known(true), Fact::Known(true));
    w.obs.jobs.clone = running(PodFacts { since: NOW, ..PodFacts::default() });
    w
}

fn running(pods: PodFacts) -> JobFacts {
    JobFacts::Running { key: "1".into(), suspended: false, pods: Some(pods) }
}

fn waiting(pod: &str, reason: &str, message: &str) -> WaitingPod {
    WaitingPod { pod: format!("orders-42-clone-{pod}"), since: NOW, reason: reason.into(), message: message.into() }
}

fn ended(pod: &str, at: i64, told: Option<Problem>) -> EndedPod {
    let pod = format!("orders-42-clone-{pod}");
    EndedPod { pod, began: at - 2, at, reason: "Error".into(), exit_code: Some(1), told }
}

impl World {
    fn pods(&mut self, seconds: i64, pods: PodFacts, what: &str) {
        self.now = NOW + seconds;
        self.obs.jobs.clone = running(PodFacts { since: NOW, ..pods });
        self.look(what);
    }

    fn waits(&mut self, seconds: i64, pods: &[WaitingPod], what: &str) {
        self.pods(seconds, PodFacts { active: 4, waiting: pods.to_vec(), ..PodFacts::default() }, what);
    }

    fn ends(&mut self, seconds: i64, ended: &[EndedPod], what: &str) {
        self.pods(seconds, PodFacts { active: 0, ended: ended.to_vec(), ..PodFacts::default() }, what);
    }

    fn works(&mut self, seconds: i64, since: i64, ended: &[EndedPod], what: &str) {
        let pods =
            PodFacts { active: 1, running_since: Some(NOW + since), ended: ended.to_vec(), ..PodFacts::default() };
        self.pods(seconds, pods, what);
    }
}

#[test]
fn movers_that_do_not_start() {
    let mut w = cloning("Movers that do not start: said at once, a human is asked for when it does not pass.");
    w.look("the Job is there");
    w.pods(25, PodFacts::default(), "Kubernetes made no pod: a quota refuses it");
    w.waits(26, &[waiting("a", "ContainerCreating", "")], "the quota is lifted, pods are made");
    let pull =
        waiting("a", "ErrImagePull", "failed to pull \"https://me:s3cret@registry.example/verdigris?x=y\": not found");
    w.waits(27, &[pull.clone(), waiting("b", "ContainerCreating", "")], "one cannot pull its image");
    let back_off = WaitingPod { reason: "ImagePullBackOff".into(), ..pull };
    w.waits(
        90,
        &[waiting("b", "Unschedulable", "0/3 nodes are available."), back_off],
        "it still cannot; another one has no node",
    );
    w.waits(95, &[waiting("b", "Unschedulable", "0/3 nodes are available.")], "the image is there; one has no node");
    w.waits(190, &[waiting("b", "Unschedulable", "0/3 nodes are available.")], "three minutes, and no node");
    w.waits(95, &[waiting("c", "CreateContainerConfigError", "secret \"orders-admin\" not found")], "a Secret is gone");
    w.waits(95, &[waiting("c", "ContainerCreating", "")], "a volume is being mounted");
    w.waits(200, &[waiting("c", "ContainerCreating", "")], "for three minutes");
    w.works(201, 201, &[], "they run");
    w.check("movers-that-do-not-start");
}

#[test]
fn movers_that_end() {
    let mut w = cloning("Movers that end again and again, and what the last one said.");
    let refused = Problem::transient(
        "ConnectTimeout",
        "connecting to orders of Green: the server did not answer in time; the mover tries again. Check network policies.",
    );
    let one = ended("a", NOW + 10, Some(refused.clone()));
    w.ends(12, std::slice::from_ref(&one), "the first one could not connect");
    w.works(75, 22, std::slice::from_ref(&one), "the next one is not yet through, and may be");
    let both = [ended("b", NOW + 75, Some(refused)), one];
    w.ends(76, &both, "nor could the next");
    w.works(80, 78, &both, "a third one has just begun");
    w.works(139, 78, &both, "it has worked for a minute");
    let killed =
        EndedPod { exit_code: Some(137), reason: "OOMKilled".into(), began: NOW + 78, ..ended("c", NOW + 900, None) };
    w.ends(901, std::slice::from_ref(&killed), "it was killed after a quarter of an hour");
    w.works(1700, 920, std::slice::from_ref(&killed), "the next one has worked for long");
    w.ends(1700, &[killed], "no other one came in the time that Kubernetes lets pass between tries");
    let login = Problem::permanent(
        "LoginFailed",
        "connecting to orders of Blue: login refused (SQLSTATE 28000); check the admin Secret, and that pg_hba.conf lets movers in from the pods of this namespace",
    );
    w.ends(
        1001,
        &[ended("d", NOW + 1000, Some(login))],
        "what will not pass by itself, and no database took the word of it",
    );
    w.check("movers-that-end");
}

#[test]
fn what_a_disk_without_room_asks_for() {
    let mut w = cloning(
        "Green's disk is full: movers stop, for another copy would cost blue another reading and end the same way.",
    );
    let full = Problem::permanent(
        "DiskFull",
        "writing table public.orders of green: no space is left on that server's disk (SQLSTATE 53100). Give it a larger volume.",
    );
    w.obs.green.record =
        Fact::Known(Some(verdigris_core::record::Record { holder: None, ..record(Side::Green, true, 1) }));
    w.obs.clone = Fact::Known(Some(CloneFacts { failure: Some(full.clone()), ..copy(false) }));
    w.obs.jobs.clone = JobFacts::Finished { key: "1".into() };
    w.look("movers stopped");
    w.obs.jobs.clone = JobFacts::Absent;
    w.look("the volume is larger, the Job was deleted");
    let mut w2 = World::proved("");
    std::mem::swap(&mut w.obs, &mut w2.obs);
    w.plan.previous = w2.plan.previous;
    w.obs.comparison = Fact::Known(Some(ComparisonFacts {
        finished_at: None,
        fresh: false,
        equal: false,
        done: 3,
        total: 42,
        different: vec![],
        failure: Some(full),
    }));
    w.obs.jobs.compare = JobFacts::Finished { key: "1".into() };
    w.look("the same during the comparison");
    w.obs.jobs.compare = JobFacts::Absent;
    w.look("the volume is larger, the Job was deleted");
    w.obs.comparison = Fact::Known(None);
    w.migrations(|m| {
        let file = source("aaaa").files.remove(0);
        *m = MigrationFacts { failed: Some(FailedFile { file, reason: "DiskFull".into(), message: "File 1.sql of migration order-status failed: no space is left on green's disk (53100). Give green a larger volume.".into() }), ..MigrationFacts::default() };
    });
    w.stream(|s| (s.stopped, s.enabled) = (true, false));
    w.obs.jobs.migrate = JobFacts::Finished { key: "1".into() };
    w.look("the same during a migration");
    w.obs.jobs.migrate = JobFacts::Absent;
    w.look("the volume is larger, the Job was deleted");
    w.check("disk-full");
}

/// A Job that is being deleted is neither deleted again nor taken for one that is there, and no other one is made beside it.
#[test]
fn a_job_that_goes_is_waited_for() {
    let mut w = cloning("Jobs that are being deleted: the next one is made once they are gone.");
    let lasting = Problem::permanent("DiskFull", "Green is full.");
    let going = JobFacts::Deleting { since: NOW };
    w.obs.green.record =
        Fact::Known(Some(verdigris_core::record::Record { holder: None, ..record(Side::Green, true, 1) }));
    w.obs.clone = Fact::Known(Some(CloneFacts { failure: Some(lasting), ..copy(false) }));
    w.obs.jobs.clone = going.clone();
    w.look("a user deleted the clone Job, for the disk is larger now");
    w.obs.jobs.clone = JobFacts::Absent;
    w.look("it is gone");
    let mut w2 = World::proved("");
    std::mem::swap(&mut w.obs, &mut w2.obs);
    w.migrations(|m| *m = MigrationFacts::default());
    w.stream(|s| (s.stopped, s.enabled) = (true, false));
    w.obs.jobs.migrate = JobFacts::Finished { key: "another".into() };
    w.look("the migration Job is of other files");
    w.obs.jobs.migrate = going.clone();
    w.look("it is being replaced");
    let mut w2 = World::proved("");
    std::mem::swap(&mut w.obs, &mut w2.obs);
    w.obs.jobs.compare = going;
    w.look("the comparison is clean; its Job goes, being a day old");
    w.obs.comparison = Fact::Known(None);
    w.look("and so it does where another comparison is wanted");
    w.check("jobs-that-go");
}

/// A stalled run costs the API server nothing: later looks at the same facts give the same status.
#[test]
fn what_lasts_is_written_once() {
    let pods = [
        PodFacts { since: NOW, ..PodFacts::default() },
        PodFacts {
            since: NOW,
            active: 1,
            waiting: vec![waiting("a", "ImagePullBackOff", "no")],
            ..PodFacts::default()
        },
        PodFacts { since: NOW, ended: vec![ended("a", NOW + 1, None)], ..PodFacts::default() },
    ];
    for pods in pods {
        let mut w = cloning("");
        w.obs.jobs.clone = running(pods);
        w.now = NOW + 200;
        w.look("");
        let decision = decide(&w.plan, &w.obs, NOW + 260);
        let later = status::view(&w.plan, &w.obs, &decision, NOW + 260);
        assert_eq!(later, w.plan.previous);
        let stalled = later.conditions.iter().find(|c| c.type_ == "Stalled").unwrap();
        assert_eq!(stalled.status, "True", "{stalled:?}");
    }
}
