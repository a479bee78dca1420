//! A world of facts that a story changes one at a time, and the transcript that comes of it.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]
use std::{fmt::Write as _, path::PathBuf};

use verdigris_core::{
    decide::{Verdict, decide},
    fact::{Fact, Problem},
    names::Names,
    observation::*,
    plan::Plan,
    preflight::Finding,
    record::{Epoch, Record},
    status,
};
use verdigris_crds::{DatabaseMigrationSpec, Side, yaml};

pub const NOW: i64 = 1_800_000_000;

pub fn epoch() -> Epoch {
    Epoch { number: 2, holder: uuid::Uuid::from_u128(7) }
}

pub fn record(side: Side, closed: bool, turn: i64) -> Record {
    Record {
        uid: "0123456789ab".into(),
        side,
        same_server: true,
        epoch: 2,
        holder: Some(epoch().holder),
        closed,
        flag: closed,
        turn,
        nonce: None,
        late: false,
        opened_at: None,
        window_until: None,
        window_over: false,
        tombstone: None,
        position: None,
        runner: false,
        strays: 0,
        overrun: None,
        poolers_held: false,
        poolers_epoch: None,
        witness: None,
        catalog_as_planned: true,
        migration: "shop/orders-42".into(),
    }
}

pub fn finding(reason: &str, message: &str) -> Finding {
    Finding {
        severity: verdigris_core::preflight::Severity::Blocker,
        reason: reason.into(),
        subject: String::new(),
        message: message.into(),
        remedy: String::new(),
    }
}

pub fn unknown<T>(reason: &str, message: &str) -> Fact<T> {
    Fact::Unknown(Problem::transient(reason, message))
}

pub struct World {
    pub plan: Plan,
    pub obs: Observation,
    pub now: i64,
    pub text: String,
}

impl World {
    /// Nothing has happened yet; blue is healthy, green is not there.
    pub fn new(story: &str) -> Self {
        let spec: DatabaseMigrationSpec = yaml::from_str(
            "service: {name: orders-db}
blue: {workload: {kind: StatefulSet, name: orders-blue}, adminSecretRef: {name: orders-admin}}
green: {selector: {app: orders-db-green}, provision: {statefulSet: {image: 'postgres:17'}}}
migrations: [{name: order-status, sql: {configMapRef: {name: orders-0042}}}]",
        )
        .unwrap();
        let plan = Plan {
            namespace: "shop".into(),
            name: "orders-42".into(),
            generation: 1,
            names: Names::new("01234567-89ab-cdef-0123-456789abcdef"),
            spec,
            previous: verdigris_crds::DatabaseMigrationStatus::default(),
        };
        let side = || SideFacts {
            ready: Fact::Known(true),
            exists: Fact::Known(true),
            record: Fact::Known(None),
            version: None,
            retained_bytes: None,
            foreign: None,
            leftovers: vec![],
            service: true,
        };
        let obs = Observation {
            object: ObjectFacts::default(),
            preflight: Some(Fact::Known(PreflightResult { findings: vec![], with_green: false })),
            noted: Fact::Known(vec![]),
            database: Fact::Known("orders".into()),
            blue: SideFacts { version: Some("15.19".into()), ..side() },
            green: SideFacts { ready: Fact::Known(false), exists: Fact::Known(false), ..side() },
            service: Fact::Known(ServiceFacts {
                exists: true,
                points_at: Some(Side::Blue),
                ours: true,
                reverted_by: None,
            }),
            sides_known: true,
            jobs: Jobs::default(),
            clone: Fact::Known(None),
            migrations: Fact::Known(MigrationFacts::default()),
            stream: Fact::Known(None),
            backlog: Fact::Known(None),
            comparison: Fact::Known(None),
            checks: vec![],
            plan: Fact::Known(None),
            roles: Fact::Known(vec![]),
            catalogs: Fact::Known(None),
            epoch: None,
            last_attempt: None,
            report: None,
            strays: unknown("NotRead", "It has not been read yet."),
            poolers: Fact::Known(vec![]),
            sources: Fact::Known(vec![source("aaaa")]),
        };
        Self { plan, obs, now: NOW, text: format!("{story}\n") }
    }

    /// Green is a proved copy, migrations are applied and classified, the stream runs, the comparison is clean.
    pub fn proved(story: &str) -> Self {
        let mut world = Self::new(story);
        let obs = &mut world.obs;
        obs.object.finalizer = true;
        obs.preflight = None;
        obs.epoch = Some(epoch());
        obs.blue.record = Fact::Known(Some(record(Side::Blue, false, 0)));
        let record = Fact::Known(Some(record(Side::Green, true, 1)));
        obs.green = SideFacts { record, version: Some("17.11".into()), ..obs.blue.clone() };
        obs.clone = Fact::Known(Some(copy(true)));
        obs.migrations = Fact::Known(MigrationFacts {
            applied: source("aaaa").files,
            classified: true,
            green_only: 1,
            ..MigrationFacts::default()
        });
        obs.stream = Fact::Known(Some(stream(Side::Green)));
        obs.comparison = Fact::Known(Some(ComparisonFacts {
            finished_at: Some(NOW - 60),
            fresh: true,
            equal: true,
            done: 42,
            total: 42,
            different: vec![],
            failure: None,
        }));
        obs.catalogs = Fact::Known(Some(CatalogFacts {
            blue_now: "1".into(),
            blue_cloned: "1".into(),
            blue_changed: Vec::new(),
            green_now: "2".into(),
            green_planned: "2".into(),
        }));
        world
    }

    /// The same, and the cutover took place.
    pub fn moved(story: &str) -> Self {
        let mut world = Self::proved(story);
        world.obs.blue.record = Fact::Known(Some(record(Side::Blue, true, 3)));
        let opened_at = Some(NOW);
        let green = Record { opened_at, window_until: Some(NOW + 86_400), ..record(Side::Green, false, 3) };
        world.obs.green.record = Fact::Known(Some(green));
        world.obs.service =
            Fact::Known(ServiceFacts { exists: true, points_at: Some(Side::Green), ours: true, reverted_by: None });
        world.obs.stream = Fact::Known(Some(stream(Side::Blue)));
        world.obs.report = Some(ReportFacts { to: Side::Green, write_block_ms: Some(41) });
        world.obs.strays = Fact::Known(0);
        world
    }

    /// One look: `what` says what changed since the last one.
    pub fn look(&mut self, what: &str) -> &mut Self {
        let decision = decide(&self.plan, &self.obs, self.now);
        let view = status::view(&self.plan, &self.obs, &decision, self.now);
        let _ = writeln!(self.text, "\n- {what}\n    phase   {}", decision.phase);
        match &decision.verdict {
            Verdict::Act(actions) => {
                for action in actions {
                    let mut text = format!("{action:?}");
                    if let Some(at) = text.find(", body:") {
                        text.replace_range(at.., ", … }");
                    }
                    let _ = writeln!(self.text, "    act     {text}");
                }
            }
            Verdict::Wait(wait) => {
                let _ = writeln!(
                    self.text,
                    "    wait    {}{}: {}",
                    wait.reason,
                    if wait.stalled { " (stalled)" } else { "" },
                    wait.message
                );
                if let Some(until) = wait.until {
                    let _ = writeln!(self.text, "    until   now + {} s", until - self.now);
                }
            }
            Verdict::Done { reason, message } => {
                let _ = writeln!(self.text, "    done    {reason}: {message}");
            }
        }
        let short = |status: &str| {
            view.conditions.iter().filter(|c| c.status == status).map(|c| c.type_.clone()).collect::<Vec<_>>().join(" ")
        };
        let _ = writeln!(self.text, "    true    {}\n    false   {}", short("True"), short("False"));
        self.plan.previous = view;
        self
    }

    /// What a condition says after the last look.
    pub fn says(&mut self, kind: &str) {
        let found = self.plan.previous.conditions.iter().find(|c| c.type_ == kind).unwrap();
        let (status, reason, message) = (&found.status, &found.reason, &found.message);
        let _ = writeln!(self.text, "    {kind} {status}, {reason}: {message}");
    }

    /// Holds the transcript against its file; `UPDATE=1` writes it.
    pub fn check(&self, name: &str) {
        let path =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/decide").join(format!("{name}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &self.text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(self.text, kept, "{} differs from what is decided now; UPDATE=1 writes it anew", path.display());
    }

    pub fn green(&mut self, change: impl FnOnce(&mut Record)) {
        if let Fact::Known(Some(record)) = &mut self.obs.green.record {
            change(record);
        }
    }

    pub fn blue(&mut self, change: impl FnOnce(&mut Record)) {
        if let Fact::Known(Some(record)) = &mut self.obs.blue.record {
            change(record);
        }
    }

    pub fn stream(&mut self, change: impl FnOnce(&mut StreamFacts)) {
        if let Fact::Known(Some(stream)) = &mut self.obs.stream {
            change(stream);
        }
    }

    pub fn migrations(&mut self, change: impl FnOnce(&mut MigrationFacts)) {
        if let Fact::Known(facts) = &mut self.obs.migrations {
            change(facts);
        }
    }
}

pub fn source(checksum: &str) -> SourceFacts {
    SourceFacts {
        name: "order-status".into(),
        files: vec![AppliedFile { name: "order-status".into(), file: "1.sql".into(), checksum: checksum.into() }],
    }
}

pub fn copy(finished: bool) -> CloneFacts {
    CloneFacts {
        stage: "copy".into(),
        done_bytes: 400,
        total_bytes: 1000,
        tables: 42,
        started_at: NOW - 40,
        restarts: 0,
        finished,
        failure: None,
    }
}

pub fn stream(into: Side) -> StreamFacts {
    StreamFacts {
        into,
        enabled: true,
        stopped: false,
        apply_errors: 0,
        applied: None,
        lag_bytes: Some(1480),
        retained_bytes: Some(16 << 20),
        slot_lost: false,
        marker_seen: true,
    }
}
