//! The fault matrix on the cluster that is up: `faults --all`, or `faults --seed S --cells N` for some of it, or one row, column or cell
//! by `--point P` and `--fault F`. A line a cell. `--write FOLDER` writes all lines and the matrix there. `--selftest`: a cell whose ledger
//! is falsified must fail.
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use rand::{SeedableRng, seq::SliceRandom};
use verdigris_e2e::{
    cluster::{Node, enter, points},
    faults::{Cell, Fault, Options, Row, Totals, cells, markdown, needs_a_pooler, run, tsv},
};

#[derive(Parser)]
struct Arguments {
    /// Every cell.
    #[arg(long)]
    all: bool,
    /// Where the choice of some begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many.
    #[arg(long, default_value_t = 6)]
    cells: usize,
    /// This point only.
    #[arg(long)]
    point: Option<String>,
    /// These faults only.
    #[arg(long)]
    fault: Vec<String>,
    /// Cells at the same time, each in a namespace of its own.
    #[arg(long, default_value_t = 4)]
    lanes: usize,
    /// Transactions a second in each lane.
    #[arg(long, default_value_t = 30)]
    rate: u32,
    /// Folder for `faults.tsv` and `faults.md`.
    #[arg(long)]
    write: Option<PathBuf>,
    /// Cells that passed by the `faults.tsv` in that folder are not run again, but stay in the table.
    #[arg(long, requires = "write")]
    again: bool,
    /// After so many minutes no other cell is begun.
    #[arg(long)]
    minutes: Option<u64>,
    /// Shows that a cell fails whose ledger says more than the databases hold.
    #[arg(long)]
    selftest: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    enter()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(matrix(&arguments))
}

async fn matrix(arguments: &Arguments) -> Result<()> {
    Node::ours()?;
    let points = points().await?;
    let mut wanted = if arguments.selftest {
        vec![Cell { point: "close".into(), fault: Fault::OperatorKilled }]
    } else {
        wanted(arguments, &points)?
    };
    let mut rows: Vec<Row> = Vec::new();
    if let (true, Some(folder)) = (arguments.again, &arguments.write) {
        rows = std::fs::read_to_string(folder.join("faults.tsv"))?.lines().filter_map(Row::parse).collect();
        wanted.retain(|cell| rows.iter().all(|row| row.cell != *cell));
    }
    let kept = rows.len();
    println!("# {} points, {} faults, {} cells", points.len(), Fault::ALL.len(), wanted.len());
    for point in points.iter().filter(|point| needs_a_pooler(point)) {
        println!("# {point}: left out, needs a pooler in the path");
    }
    let began = Instant::now();
    let options =
        Options { rate: arguments.rate, lanes: arguments.lanes.min(wanted.len()), falsify: arguments.selftest };
    let limit = arguments.minutes.map(|minutes| Duration::from_secs(minutes * 60));
    let totals = run(&wanted, options, limit, &mut |row, totals| {
        println!("{:5} {row}", began.elapsed().as_secs());
        rows.push(row);
        if let Some(folder) = &arguments.write {
            // Of a run that is broken off something is there.
            write(folder, &points, &mut rows, &figures(totals, options, began, kept)).ok();
        }
    })
    .await?;
    if arguments.selftest {
        return selftest(&rows);
    }
    println!("{}", figures(&totals, options, began, kept));
    ensure!(totals.failed == 0 && totals.passed == wanted.len(), "not every cell passed");
    Ok(())
}

fn figures(totals: &Totals, options: Options, began: Instant, kept: usize) -> String {
    let before = if kept > 0 { format!(" ({kept} cells are from runs before)") } else { String::new() };
    format!(
        "{} passed, {} failed{before}: {} switchovers, {} acknowledged writes, {} s in {} lanes at {} transactions/s each",
        totals.passed,
        totals.failed,
        totals.switchovers,
        totals.acknowledged,
        began.elapsed().as_secs(),
        options.lanes,
        options.rate
    )
}

fn wanted(arguments: &Arguments, points: &[String]) -> Result<Vec<Cell>> {
    let mut all = cells(points);
    let faults: Vec<Fault> = arguments
        .fault
        .iter()
        .map(|name| Fault::parse(name).with_context(|| format!("no fault {name}")))
        .collect::<Result<_>>()?;
    all.retain(|cell| faults.is_empty() || faults.contains(&cell.fault));
    if let Some(point) = &arguments.point {
        all.retain(|cell| cell.point == *point);
    }
    ensure!(!all.is_empty(), "no such cell");
    all.shuffle(&mut rand::rngs::StdRng::seed_from_u64(arguments.seed));
    if !arguments.all && arguments.point.is_none() && faults.is_empty() {
        all.truncate(arguments.cells);
    }
    Ok(all)
}

/// The falsified cell failed, and for that reason.
fn selftest(rows: &[Row]) -> Result<()> {
    let why = rows.first().and_then(|row| row.outcome.as_ref().err()).context("a falsified ledger was not seen")?;
    ensure!(why.contains("lost 2, duplicated 0, divergent 0"), "the cell failed for another reason: {why}");
    println!("ok a falsified ledger is seen");
    println!("1 passed, 0 failed");
    Ok(())
}

fn write(folder: &Path, points: &[String], rows: &mut [Row], figures: &str) -> Result<()> {
    let place = |row: &Row| (points.iter().position(|point| *point == row.cell.point), row.cell.fault);
    rows.sort_by_key(place);
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("faults.tsv"), tsv(rows))?;
    let (passed, all) = (rows.iter().filter(|row| row.outcome.is_ok()).count(), cells(points).len());
    let table = markdown(points, rows);
    Ok(std::fs::write(
        folder.join("faults.md"),
        format!("# The fault matrix\n\n{LEGEND}\nOf {all} cells {passed} passed. The last run: {figures}.\n\n{table}"),
    )?)
}

const LEGEND: &str = "\
<!-- Written by `make faults`; not by hand. -->

A cell: `→` on the way there or `←` back, where the run rested, and the longest time without an acknowledged write in milliseconds, from
before the switchover to after the fault. In every cell that is not FAILED: lost 0, duplicated 0, divergent 0. How each fault was seen to
be there, and how many writes were looked for, is in `faults.tsv`.
";
