//! A lane: two servers in a namespace of their own, one migration after the other between them, and in each switchover one cell.
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use tokio::sync::Mutex;

use super::{
    Cell, Fault, Outcome,
    inject::{Place, give_back},
    rest::{approver, arrived, awaits_approval, goal, is_back, rest},
    truth::Scene,
};
use crate::{
    cluster::{
        Blue, Database, Effect, Green, Kubectl, LONG, Migration, Node, Outside, Process, SHORT, dump, make_namespace,
    },
    ledger::{Entry, Ledger, Load, Writers},
    pg::Target,
    shop,
};

/// Cells on one blue: the comparison reads everything that was ever written there.
const ON_ONE_BLUE: u32 = 12;
/// How long a frozen operator that woke up is watched.
const WAKES: Duration = Duration::from_secs(10);
/// Clients; the next cell's have other numbers.
const CLIENTS: u32 = 8;
/// Rows of the shop, about: what is copied is not what is tried here.
const ROWS: u32 = 400;

/// Two servers and the migrations between them.
pub struct Lane {
    kubectl: Kubectl,
    database: Database,
    operator: Outside,
    ledger: Arc<Ledger>,
    migration: Option<Migration>,
    rate: u32,
    /// Migrations so far.
    number: u32,
    /// Cells on this blue.
    cells: u32,
    /// Blue is closed for good, or holds a lot: it is filled anew.
    spent: bool,
    /// Of the blues before: times that the writer moved, and writes acknowledged.
    counted: (usize, usize),
}

/// What a cell needs to know beside the cell.
#[derive(Clone, Copy)]
pub(super) struct Turn<'a> {
    /// Held by the lane whose fault everything on the node feels.
    pub node: &'a Mutex<()>,
    /// The ledger is falsified: the cell must fail.
    pub falsify: bool,
}

impl Lane {
    /// Blue and an empty green in a namespace of their own; writers make so many transactions a second.
    ///
    /// # Errors
    /// They cannot be made.
    pub async fn begin(rate: u32, results: &Path) -> Result<Self> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let kubectl = Kubectl::new(format!("faults-{}", id.get(..6).unwrap_or_default()));
        make_namespace(&kubectl).await?;
        let database = Database::blue(&kubectl, Blue { rows: ROWS, ..Blue::default() }).await?;
        database.existing_green(Green { image: "postgres:17" }).await?;
        let operator = Outside::beside(&kubectl.namespace, results.join(format!("{}.log", kubectl.namespace)))?;
        let ledger = Arc::new(Ledger::new(None)?);
        Ok(Self {
            kubectl,
            database,
            operator,
            ledger,
            migration: None,
            rate,
            number: 0,
            cells: 0,
            spent: false,
            counted: (0, 0),
        })
    }

    /// Where it is.
    pub fn namespace(&self) -> &str {
        &self.kubectl.namespace
    }

    /// Times that the writer moved, and writes acknowledged.
    pub fn totals(&self) -> (usize, usize) {
        let moved = self.ledger.report().reigns().len().saturating_sub(1);
        (self.counted.0 + moved, self.counted.1 + self.ledger.totals().0)
    }

    /// Nothing is left: the object goes first, so that its finalizer can do its work.
    ///
    /// # Errors
    /// It does not go, or the namespace does not.
    pub async fn end(mut self) -> Result<()> {
        let process = self.operator.start(None).await?;
        let gone = self.kubectl.run(&["delete", "databasemigrations", "--all", "--timeout=80s"]).await;
        process.kill().await?;
        self.kubectl.run(&["delete", "namespace", &self.kubectl.namespace, "--wait=false"]).await?;
        gone.map(drop)
    }

    /// What explains a failure is written down, and everything goes, whatever state it is in.
    pub async fn abandon(self, folder: PathBuf) {
        dump(&self.kubectl, &folder, &["shop-blue-0", "shop-green-0"]).await;
        std::fs::copy(self.operator.log(), folder.join("operator.log")).ok();
        self.kubectl.run(&["annotate", "databasemigrations", "--all", "verdigris.dev/force-finalize=true"]).await.ok();
        if let Err(error) = self.end().await {
            println!("# {error:#}");
        }
    }

    /// One cell: the fault at the point, the way to rest, and the verdict.
    ///
    /// # Errors
    /// The point is never met, the fault is not felt, the run does not come to rest, or something is lost.
    pub(super) async fn cell(&mut self, cell: &Cell, turn: Turn<'_>) -> Result<Outcome> {
        if self.spent || self.cells >= ON_ONE_BLUE && self.over() {
            self.renew().await.context("a new blue")?;
        }
        let load = Load { first: self.cells * CLIENTS, clients: CLIENTS, rate: self.rate, ..Load::default() };
        self.cells += 1;
        let writers = Writers::start(&self.database.clients(), load, self.ledger.clone());
        writers.more(5, SHORT).await?;
        let held = if cell.fault.strikes_the_node() {
            self.prepare().await.context("a run that waits for approval")?;
            Some(turn.node.lock().await)
        } else {
            None
        };
        let from = self.ledger.now();
        let process = self.reach(&cell.point).await?;
        let back = self.migration.as_ref().is_some_and(|migration| is_back(&migration.seen()));
        let (proof, rested, process) = self.strike(cell.fault, process, back).await?;
        drop(held);
        writers.more(20, SHORT).await.context("after the fault was mended")?;
        let gap = self.ledger.report().gap(from, self.ledger.now()).length();
        let ledger = writers.stop().await;
        if turn.falsify {
            falsify(&ledger)?;
        }
        let (blue, green) = self.sides().await?;
        let migration = self.migration.as_ref().context("no migration")?;
        let scene = Scene { kubectl: &self.kubectl, ledger: &ledger, migration, blue: &blue, green: &green, from };
        let verdict = scene.verdict().await?;
        process.kill().await?;
        let gone = migration.seen().object.is_none();
        // Deleted after the cutover: blue stays closed, and no other run may begin there.
        self.spent = gone && ledger.report().reigns().last().is_some_and(|(server, _)| server.starts_with(&green.host));
        Ok(Outcome { back, proof, rest: rested, gap, acknowledged: verdict.acknowledged })
    }

    /// Whether the next cell begins a migration.
    fn over(&self) -> bool {
        self.migration.as_ref().is_none_or(|migration| {
            let seen = migration.seen();
            seen.object.is_none() || seen.phase() == "RolledBack"
        })
    }

    async fn sides(&self) -> Result<(Target, Target)> {
        futures::try_join!(self.database.blue_pod(), self.database.green_pod())
    }

    /// Blue as it was at first, with a ledger of its own. What a run should have taken away makes DROP DATABASE fail.
    async fn renew(&mut self) -> Result<()> {
        let (moved, acknowledged) = self.totals();
        // Green first: where it still serves, a client whose route is stale would write there.
        self.empty_green().await?;
        let blue = self.database.blue_pod().await?.database("postgres");
        blue.run(&format!("DROP DATABASE {} WITH (FORCE)", shop::DATABASE)).await?;
        blue.run(&format!("CREATE DATABASE {} OWNER {}", shop::DATABASE, shop::OWNER)).await?;
        shop::fill(&blue.database(shop::DATABASE).role(shop::OWNER, shop::OWNER_PASSWORD), ROWS).await?;
        give_back(&self.kubectl, "shop-db").await?;
        self.counted = (moved, acknowledged);
        self.ledger = Arc::new(Ledger::new(None)?);
        (self.cells, self.spent) = (0, false);
        Ok(())
    }

    async fn empty_green(&self) -> Result<()> {
        let green = self.database.green_pod().await?.database("postgres");
        green.run(&format!("DROP DATABASE {} WITH (FORCE)", shop::DATABASE)).await?;
        green.run(&format!("CREATE DATABASE {}", shop::DATABASE)).await
    }

    /// The present migration, or a new one with an empty green.
    async fn present(&mut self) -> Result<&Migration> {
        if self.over() {
            self.empty_green().await?;
            self.number += 1;
            let difference = json!({
                "metadata": {"name": format!("run{}", self.number), "labels": self.operator.labels()},
                "spec": {"green": {"provision": null}, "migrations": null}});
            self.migration = Some(Migration::apply(&self.kubectl, difference).await?);
        }
        self.migration.as_ref().context("no migration")
    }

    /// Until the present migration, or a new one, can be asked to switch.
    async fn prepare(&mut self) -> Result<()> {
        if !self.over() {
            return Ok(());
        }
        let process = self.operator.start(None).await?;
        let migration = self.present().await?;
        migration.until("waiting for approval", LONG, awaits_approval).await?;
        process.kill().await
    }

    /// A process that is frozen at the point, in a switchover in either direction.
    async fn reach(&mut self, point: &str) -> Result<Process> {
        for _ in 0..2 {
            let mut process = self.operator.start_with(Some((point, Effect::Stop))).await?;
            let migration = self.present().await?;
            let back = is_back(&migration.seen());
            if back {
                migration.roll_back().await?;
            }
            let met = tokio::select! {
                at = process.frozen(LONG) => { at?; true }
                over = migration.until(goal(back), LONG, |seen| arrived(seen, back)) => { over?; false }
                error = approver(migration) => { error?; false }
            };
            if met {
                return Ok(process);
            }
            process.kill().await?;
        }
        bail!("{point} was not met in two switchovers")
    }

    /// The fault, its end, and the way to rest: how it was seen, where the run rested, and the process that leads now.
    async fn strike(&mut self, fault: Fault, mut process: Process, back: bool) -> Result<(String, String, Process)> {
        let (blue, green) = self.sides().await?;
        let migration = self.migration.as_ref().context("no migration")?;
        let (kubectl, database, node) = (&self.kubectl, &mut self.database, Node::ours()?);
        let mut place = Place { kubectl, database, migration, node, blue, green, back };
        let mut proof = place.make(fault).await?;
        let (mut frozen, mut holder) = (None, String::new());
        match fault {
            Fault::OperatorKilled => {
                process.kill().await?;
                process = self.operator.start(None).await?;
                proof = "killed by SIGKILL".into();
            }
            Fault::OperatorFrozen => {
                // Its Lease runs out by itself.
                holder = self.operator.leader().await?;
                frozen = Some(std::mem::replace(&mut process, self.operator.join(None)?));
            }
            _ => process.thaw().await?,
        }
        if fault.lasts() {
            proof = place.last(fault).await?;
        }
        let rested = rest(migration, fault, back).await?;
        if let Some(mut frozen) = frozen {
            let now = self.operator.leader().await?;
            ensure!(now != holder, "{holder} held the Lease all the time: nobody took over");
            proof = format!("{now} took the Lease over");
            // It wakes up when everything is done: nothing of what it believes is so any more. Writers write on meanwhile.
            ensure!(frozen.is_frozen()?, "the operator did not stay frozen");
            frozen.thaw().await?;
            if frozen.ends(WAKES).await {
                proof.push_str(", the woken one ended");
            } else {
                frozen.kill().await?;
            }
        }
        place.amend(fault, &rested).await?;
        Ok((proof, rested, process))
    }
}

/// An acknowledged write that no database holds.
fn falsify(ledger: &Ledger) -> Result<()> {
    let report = ledger.report();
    let last = report.acknowledged().last().context("nothing was acknowledged")?;
    ledger.record(Entry { seq: last.seq + 1_000_000, numbers: None, ..last.clone() });
    Ok(())
}
