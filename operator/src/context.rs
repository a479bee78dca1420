//! What a process knows beside the world: its clients, its identity, the epochs it took. Nothing here matters to safety: a
//! process that forgets all of it takes a new epoch and looks again (I5).
use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
};

use kube::{Client, runtime::events::Recorder};
use tokio::sync::watch;
use uuid::Uuid;
use verdigris_core::{
    decide::Decision, fact::Problem, names::Names, observation::AttemptFacts, plan::Plan, record::Epoch, tries::Failure,
};

use crate::{
    metrics::{Metrics, Migration},
    observe::backlog::Kept,
};

/// Shared by all reconciles of this process.
pub struct Context {
    /// The API server.
    pub client: Client,
    /// Writes events.
    pub recorder: Recorder,
    /// Image that movers run: this operator's own.
    pub image: String,
    /// When a node fetches it, in Kubernetes' words: as for this operator.
    pub pull_policy: String,
    /// Environment passed on to movers.
    pub mover_environment: BTreeMap<String, String>,
    /// This process, as it stands in epochs.
    pub holder: Uuid,
    /// Figures.
    pub metrics: Metrics,
    /// Fault points are honoured; only in tests.
    pub test_faults: bool,
    stopping: watch::Sender<bool>,
    memory: Mutex<HashMap<String, Memory>>,
}

/// What this process remembers of one run.
#[derive(Clone, Debug, Default)]
struct Memory {
    epoch: Option<Epoch>,
    attempt: Option<AttemptFacts>,
    tries: u32,
    failure: Option<Failure>,
    backlog: Option<Kept>,
}

impl Context {
    /// A context of a new process.
    pub fn new(
        client: Client,
        recorder: Recorder,
        image: String,
        pull_policy: String,
        mover_environment: BTreeMap<String, String>,
        metrics: Metrics,
        test_faults: bool,
    ) -> Self {
        Self {
            client,
            recorder,
            image,
            pull_policy,
            mover_environment,
            holder: Uuid::new_v4(),
            metrics,
            test_faults,
            stopping: watch::Sender::new(false),
            memory: Mutex::default(),
        }
    }

    /// Nothing new is begun from now on.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether nothing new is to be begun.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Ends when nothing new is to be begun.
    pub async fn stopped(&self) {
        // The sender lives as long as this does.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    fn with<T>(&self, run: &str, f: impl FnOnce(&mut Memory) -> T) -> T {
        let mut memory = self.memory.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        f(memory.entry(run.to_owned()).or_default())
    }

    /// The epoch that this process took for a run.
    pub fn epoch(&self, run: &str) -> Option<Epoch> {
        self.with(run, |m| m.epoch)
    }

    /// Remembers an epoch, or forgets it when another process took a newer one.
    pub fn set_epoch(&self, run: &str, epoch: Option<Epoch>) {
        self.with(run, |m| m.epoch = epoch);
    }

    /// The last attempt to move the writer, if it was given up.
    pub fn attempt(&self, run: &str) -> Option<AttemptFacts> {
        self.with(run, |m| m.attempt.clone())
    }

    /// Remembers that an attempt was given up, and when the next one may begin.
    pub fn attempt_failed(&self, run: &str, problem: Problem, now: i64, pause: impl FnOnce(u32) -> i64) {
        self.with(run, |m| {
            m.tries += 1;
            m.attempt = Some(AttemptFacts { problem, tries: m.tries, not_before: now + pause(m.tries) });
        });
    }

    /// An attempt moved the writer: the next one begins to count anew.
    pub fn attempt_done(&self, run: &str) {
        self.with(run, |m| (m.attempt, m.tries) = (None, 0));
    }

    /// What the closed side lacked when it was counted last.
    pub fn backlog(&self, run: &str) -> Option<Kept> {
        self.with(run, |m| m.backlog.clone())
    }

    /// Remembers that, or forgets it.
    pub fn set_backlog(&self, run: &str, kept: Option<Kept>) {
        self.with(run, |m| m.backlog = kept);
    }

    /// Remembers work that could not be done; returns how often it was tried in a row.
    pub fn failed(&self, plan: &Plan, decision: &Decision) -> u32 {
        self.with(plan.names.run(), |m| {
            let failure = Failure::after(m.failure.as_ref(), decision, plan.generation);
            m.failure.insert(failure).tries
        })
    }

    /// This was decided, and done if it was work.
    pub fn went_on(&self, plan: &Plan, decision: &Decision) {
        self.with(plan.names.run(), |m| {
            m.failure = m.failure.take().filter(|f| f.survives(decision, plan.generation));
        });
    }

    /// A run is over: nothing is remembered of it, and of its figures only what its last switchover was like.
    pub fn over(&self, plan: &Plan) {
        self.forget(plan.names.run());
        self.metrics.over(&Migration::of(&plan.namespace, &plan.name));
    }

    /// An object is gone, and all that was said of it with it. Without its uid only its figures are known by name.
    pub fn gone(&self, namespace: &str, name: &str, uid: Option<&str>) {
        if let Some(uid) = uid {
            self.forget(Names::new(uid).run());
        }
        self.metrics.gone(&Migration::of(namespace, name));
    }

    fn forget(&self, run: &str) {
        self.memory.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(run);
    }
}
