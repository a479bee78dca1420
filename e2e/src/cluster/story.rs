//! A story: a namespace of its own, a deadline, and everything worth knowing written down when it fails.
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use super::{
    Blue, Database, Kubectl, Migration, Operator,
    enter::root,
    foreign::make_namespace,
    turns::{self, Company},
};
use crate::{
    ledger::{Ledger, Load, Writers},
    pg::Target,
    verify::{Other, Verdict, settle, verify},
};

/// What a story works with.
pub struct Story {
    /// Its name.
    pub name: String,
    /// kubectl in its namespace.
    pub kubectl: Kubectl,
    /// The operator, shared by all stories.
    pub operator: Operator,
}

/// Enough for a clone of a small shop on a machine that others keep busy: these bounds end what hangs, they measure nothing.
pub const LONG: Duration = Duration::from_secs(420);
/// Enough for anything that does not copy.
pub const SHORT: Duration = Duration::from_secs(150);

/// Longest run of a story.
const PATIENCE: Duration = Duration::from_secs(1500);

/// Runs one story on the cluster, from inside its network. Panics if the story fails: that is what a test is.
///
/// # Panics
/// The story fails.
pub fn story<F, Fut>(name: &str, body: F)
where
    F: FnOnce(Arc<Story>) -> Fut,
    Fut: Future<Output = Result<()>>,
{
    judge(name, run(name, Company::Welcome, body));
}

/// The same for a story that stops, kills or removes the operator: no other runs meanwhile.
///
/// # Panics
/// The story fails.
pub fn story_alone<F, Fut>(name: &str, body: F)
where
    F: FnOnce(Arc<Story>) -> Fut,
    Fut: Future<Output = Result<()>>,
{
    judge(name, run(name, Company::Alone, body));
}

fn judge(name: &str, outcome: Result<()>) {
    if let Err(error) = outcome {
        #[allow(clippy::panic, reason = "a failed test panics")]
        {
            panic!("story {name}: {error:#}");
        }
    }
}

fn run<F, Fut>(name: &str, company: Company, body: F) -> Result<()>
where
    F: FnOnce(Arc<Story>) -> Fut,
    Fut: Future<Output = Result<()>>,
{
    super::enter()?;
    let _turn = turns::take(company)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let story = Arc::new(Story::begin(name).await?);
        let began = Instant::now();
        let outcome = tokio::time::timeout(PATIENCE, body(story.clone())).await;
        let outcome = outcome.unwrap_or_else(|_| Err(anyhow!("not over in {} s", PATIENCE.as_secs())));
        if let Err(error) = &outcome {
            story.dump(error).await;
        }
        println!("{name}: {} after {} s", if outcome.is_ok() { "passed" } else { "FAILED" }, began.elapsed().as_secs());
        story.end().await;
        outcome
    })
}

impl Story {
    async fn begin(name: &str) -> Result<Self> {
        let operator = Operator::for_stories().await?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let namespace = format!("story-{}-{}", name.replace('_', "-"), id.get(..4).unwrap_or_default());
        let kubectl = Kubectl::new(&namespace);
        make_namespace(&kubectl).await?;
        Ok(Self { name: name.to_owned(), kubectl, operator })
    }

    /// Blue with a small shop behind the client Service.
    ///
    /// # Errors
    /// It cannot be made.
    pub async fn shop(&self) -> Result<Database> {
        Database::blue(&self.kubectl, Blue::default()).await
    }

    /// The base migration with a difference merged into it.
    ///
    /// # Errors
    /// The API server refuses it.
    pub async fn migrate(&self, difference: Value) -> Result<Migration> {
        Migration::apply(&self.kubectl, difference).await
    }

    /// The base migration with a difference merged into it, approved, with green as the writer.
    ///
    /// # Errors
    /// It does not come to the window.
    pub async fn cut_over(&self, difference: Value) -> Result<Migration> {
        let migration = self.migrate(difference).await?;
        let digest = migration.plan(LONG).await?;
        migration.approve(&digest).await?;
        migration.phase("RollbackWindow", SHORT).await?;
        Ok(migration)
    }

    /// Checks that no secret of the story stands where people read: object, events, ConfigMaps, logs.
    ///
    /// # Errors
    /// One does.
    pub async fn no_secret_told(&self, database: &Database) -> Result<()> {
        let mut places = vec![("operator's log", self.operator.logs().await)];
        for (place, arguments) in DUMPS {
            places.push((place, self.kubectl.run(arguments).await.unwrap_or_default()));
        }
        places.push(("ConfigMaps", self.kubectl.run(&["get", "configmaps", "-o", "yaml"]).await?));
        for (place, text) in places {
            for secret in [database.password(), crate::shop::OWNER_PASSWORD] {
                must(!text.contains(secret), format!("a password stands in {place}"))?;
            }
        }
        Ok(())
    }

    /// Writers through the client Service; the ledger goes to the story's results too.
    ///
    /// # Errors
    /// The ledger's file cannot be written.
    pub fn writers(&self, database: &Database, rate: u32) -> Result<Writers> {
        let ledger = Ledger::new(Some(&self.results().join("ledger.txt")))?;
        let load = Load { rate, ..Load::default() };
        Ok(Writers::start(&database.clients(), load, Arc::new(ledger)))
    }

    /// The same through the pooler.
    ///
    /// # Errors
    /// The ledger's file cannot be written.
    pub fn pooled_writers(&self, database: &Database, rate: u32) -> Result<Writers> {
        let ledger = Ledger::new(Some(&self.results().join("ledger.txt")))?;
        let load = Load { rate, pooled: true, ..Load::default() };
        Ok(Writers::start(&database.pooled_clients(), load, Arc::new(ledger)))
    }

    /// A ConfigMap with SQL files.
    ///
    /// # Errors
    /// The API server refuses it.
    pub async fn files(&self, name: &str, files: &[(&str, &str)]) -> Result<()> {
        let data: serde_json::Map<String, Value> =
            files.iter().map(|(file, sql)| ((*file).to_owned(), Value::from(*sql))).collect();
        let object =
            serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data});
        self.kubectl.apply(&object.to_string()).await
    }

    /// Writers stopped, both sides compared while a stream joins them.
    ///
    /// # Errors
    /// A write is lost, doubled or different.
    pub async fn in_step(&self, writers: Writers, live: &Target, other: &Target) -> Result<Verdict> {
        let ledger = writers.stop().await;
        settle(live, other, Duration::from_secs(60)).await?;
        self.verdict(&ledger, live, other, Other::InStep).await
    }

    /// Writers stopped, both sides compared although the stream is gone: `other` stands still since the writers went to `live`.
    ///
    /// # Errors
    /// A write is lost, doubled or different.
    pub async fn frozen(&self, writers: Writers, live: &Target, other: &Target) -> Result<Verdict> {
        let ledger = writers.stop().await;
        let since = ledger.report().reigns().last().map(|(_, since)| *since).context("nothing was acknowledged")?;
        self.verdict(&ledger, live, other, Other::FrozenAt(since)).await
    }

    async fn verdict(&self, ledger: &Ledger, live: &Target, other: &Target, expect: Other) -> Result<Verdict> {
        let verdict = verify(ledger, live, other, expect).await?;
        let (gap, errors) = (ledger.report().gap(Duration::ZERO, ledger.now()), ledger.errors());
        println!(
            "{}: {} acknowledged, {verdict}, write gap {} ms, errors {errors:?}",
            self.name,
            verdict.acknowledged,
            gap.length().as_millis()
        );
        verdict.check()?;
        Ok(verdict)
    }

    /// Folder of this story's results.
    pub fn results(&self) -> PathBuf {
        root().join("e2e/results").join(&self.name)
    }

    /// Everything that explains a failure, as files.
    async fn dump(&self, error: &anyhow::Error) {
        let folder = self.results();
        if std::fs::create_dir_all(&folder).is_err() {
            return;
        }
        let write = |name: &str, text: String| std::fs::write(folder.join(name), text).ok();
        write("error.txt", format!("{error:?}"));
        dump(&self.kubectl, &folder, &["shop-blue-0", "shop-green-0"]).await;
        write("operator.log", self.operator.logs().await);
        println!("{}: see {}", self.name, folder.display());
    }

    /// Nothing is left but results: the migration goes first, so that its finalizer can do its work.
    async fn end(&self) {
        if std::env::var_os("VERDIGRIS_E2E_KEEP").is_some() {
            println!("{}: namespace {} is kept", self.name, self.kubectl.namespace);
            return;
        }
        let gone = self.kubectl.run(&["delete", "databasemigrations", "--all", "--timeout=60s"]).await;
        if gone.is_err() {
            self.kubectl
                .run(&["annotate", "databasemigrations", "--all", "verdigris.dev/force-finalize=true"])
                .await
                .ok();
        }
        self.kubectl.run(&["delete", "namespace", &self.kubectl.namespace, "--wait=false"]).await.ok();
    }
}

/// Writes down what a namespace's objects are like, and what these pods said.
pub async fn dump(kubectl: &Kubectl, folder: &Path, pods: &[&str]) {
    std::fs::create_dir_all(folder).ok();
    for (name, arguments) in DUMPS {
        let text = kubectl.run(arguments).await.unwrap_or_else(|error| error.to_string());
        std::fs::write(folder.join(name), text).ok();
    }
    for pod in pods {
        let text = kubectl.run(&["logs", pod, "--tail=500"]).await.unwrap_or_else(|error| error.to_string());
        std::fs::write(folder.join(format!("{pod}.log")), text).ok();
    }
}

/// What a failure's dump holds.
const DUMPS: &[(&str, &[&str])] = &[
    ("migration.yaml", &["get", "databasemigrations", "-o", "yaml"]),
    ("describe.txt", &["describe", "databasemigrations"]),
    ("events.txt", &["get", "events", "--sort-by=.metadata.creationTimestamp"]),
    ("objects.txt", &["get", "all,configmaps,secrets,endpointslices", "-o", "wide"]),
    ("service.yaml", &["get", "service", "shop-db", "-o", "yaml", "--show-managed-fields"]),
    ("pods.txt", &["describe", "pods"]),
    (
        "movers.log",
        &["logs", "--prefix", "--all-containers", "--tail=500", "-l", "app.kubernetes.io/managed-by=verdigris"],
    ),
];

/// Asserts with a message, as an error rather than a panic, so that a failure is dumped.
///
/// # Errors
/// `holds` is false.
pub fn must(holds: bool, what: impl Into<String>) -> Result<()> {
    if holds {
        return Ok(());
    }
    bail!(what.into())
}
