//! The cells, in several lanes at once: first those whose faults only their own lane feels, then those that the whole node feels.
use std::{
    path::{Path, PathBuf},
    sync::Mutex as Plain,
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::sync::Mutex;

use super::{Cell, Lane, Row, lane::Turn};
use crate::cluster::{Node, Operator};

/// How cells are run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Transactions a second in each lane.
    pub rate: u32,
    /// Lanes.
    pub lanes: usize,
    /// The ledger is falsified after each cell, so that each must fail.
    pub falsify: bool,
}

/// What came of all of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Cells that passed.
    pub passed: usize,
    /// Cells that failed.
    pub failed: usize,
    /// Times that the writer moved.
    pub switchovers: usize,
    /// Writes acknowledged, all of them found on both sides.
    pub acknowledged: usize,
}

/// What is told of each cell: what came of it, and of all so far.
pub type Told<'a> = &'a mut (dyn FnMut(Row, &Totals) + Send);

/// Which cell comes next, if any.
type Next<'a> = &'a mut (dyn FnMut(&Totals) -> Option<Cell> + Send);

/// Shared by the lanes.
struct Work<'a> {
    options: Options,
    next: Plain<Next<'a>>,
    node: &'a Mutex<()>,
    state: Plain<(&'a mut Totals, Told<'a>)>,
}

/// Runs the cells, first those whose faults only their own lane feels. A cell that fails ends its lane, and another lane begins. After
/// `limit` no cell is begun.
///
/// # Errors
/// The operator or a lane cannot be made.
pub async fn run(cells: &[Cell], options: Options, limit: Option<Duration>, told: Told<'_>) -> Result<Totals> {
    Node::ours()?.mend_all().await;
    Operator::for_stories().await?;
    let began = Instant::now();
    let (node, own): (Vec<Cell>, Vec<Cell>) = cells.iter().cloned().partition(|cell| cell.fault.strikes_the_node());
    let mut lanes = lanes(options);
    let mut totals = Totals::default();
    for part in [own, node] {
        let mut part = part.into_iter();
        let mut next = |_: &Totals| part.next().filter(|_| limit.is_none_or(|limit| began.elapsed() < limit));
        drive(&mut lanes, options, &mut next, &mut totals, told).await?;
    }
    end(lanes).await?;
    Ok(totals)
}

/// Runs one cell after the other as long as there is a next one; whatever one lane's fault does to the node, the others feel.
///
/// # Errors
/// The operator or a lane cannot be made.
pub async fn soak(options: Options, next: Next<'_>, told: Told<'_>) -> Result<Totals> {
    Node::ours()?.mend_all().await;
    Operator::for_stories().await?;
    let mut lanes = lanes(options);
    let mut totals = Totals::default();
    drive(&mut lanes, options, next, &mut totals, told).await?;
    end(lanes).await?;
    Ok(totals)
}

fn lanes(options: Options) -> Vec<Option<Lane>> {
    (0..options.lanes.max(1)).map(|_| None).collect()
}

async fn drive(
    lanes: &mut [Option<Lane>],
    options: Options,
    next: Next<'_>,
    totals: &mut Totals,
    told: Told<'_>,
) -> Result<()> {
    let node = Mutex::new(());
    let work = Work { options, next: Plain::new(next), node: &node, state: Plain::new((totals, told)) };
    let done = futures::future::join_all(lanes.iter_mut().map(|lane| work.lane(lane))).await;
    Node::ours()?.mend_all().await;
    done.into_iter().collect()
}

async fn end(lanes: Vec<Option<Lane>>) -> Result<()> {
    for lane in lanes.into_iter().flatten() {
        lane.end().await?;
    }
    Ok(())
}

impl Work<'_> {
    /// Takes one cell after the other until there is none.
    async fn lane(&self, place: &mut Option<Lane>) -> Result<()> {
        while let Some(cell) = self.next() {
            let mut lane = match place.take() {
                Some(lane) => lane,
                None => Lane::begin(self.options.rate, &results()).await?,
            };
            let (began, before) = (Instant::now(), lane.totals());
            let outcome = lane.cell(&cell, Turn { node: self.node, falsify: self.options.falsify }).await;
            let outcome = outcome.map_err(|error| format!("{error:#} (namespace {})", lane.namespace()));
            let folder = results().join(format!("{}-{}", cell.point, cell.fault).replace(' ', "-"));
            let failed = outcome.is_err();
            self.tell(Row { cell, outcome, took: began.elapsed() }, before, lane.totals());
            if failed {
                lane.abandon(folder).await;
            } else {
                *place = Some(lane);
            }
        }
        Ok(())
    }

    fn next(&self) -> Option<Cell> {
        let totals = *lock(&self.state).0;
        lock(&self.next)(&totals)
    }

    fn tell(&self, row: Row, before: (usize, usize), after: (usize, usize)) {
        let mut state = lock(&self.state);
        let (totals, told) = &mut *state;
        if row.outcome.is_err() {
            totals.failed += 1;
        } else {
            totals.passed += 1;
            // What a failed cell wrote was not shown to be there.
            totals.switchovers += after.0 - before.0;
            totals.acknowledged += after.1 - before.1;
        }
        told(row, totals);
    }
}

fn lock<T>(mutex: &Plain<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What explains a failure is put here.
fn results() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("results/faults")
}
