//! Switchovers there and back under load, each with a random fault at a random point, until there were enough of them and of writes:
//! `soak --seed S --switchovers N --writes W`. The seed chooses the faults. A line a cell and a verdict; the first cell after which
//! anything is lost, doubled, different or left over fails the soak.
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Parser;
use rand::{SeedableRng, seq::IndexedRandom};
use verdigris_e2e::{
    cluster::{Node, enter, points},
    faults::{Options, cells, soak},
};

#[derive(Parser)]
struct Arguments {
    /// Where the choice of faults begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Times that the writer must have moved.
    #[arg(long, default_value_t = 100)]
    switchovers: usize,
    /// Writes that must have been acknowledged, and found on both sides.
    #[arg(long, default_value_t = 1_000_000)]
    writes: usize,
    /// Databases that move at the same time.
    #[arg(long, default_value_t = 4)]
    lanes: usize,
    /// Transactions a second in each lane.
    #[arg(long, default_value_t = 400)]
    rate: u32,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    enter()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(go(&arguments))
}

async fn go(arguments: &Arguments) -> Result<()> {
    Node::ours()?;
    let all = cells(&points().await?);
    ensure!(!all.is_empty(), "the program names no fault points");
    let mut random = rand::rngs::StdRng::seed_from_u64(arguments.seed);
    let options = Options { rate: arguments.rate, lanes: arguments.lanes, falsify: false };
    println!("# seed {}: {} lanes at {} transactions/s each", arguments.seed, options.lanes, options.rate);
    let began = Instant::now();
    let totals = soak(
        options,
        &mut |totals| {
            let enough = totals.switchovers >= arguments.switchovers && totals.acknowledged >= arguments.writes;
            if enough || totals.failed > 0 { None } else { all.choose(&mut random).cloned() }
        },
        &mut |row, totals| {
            println!(
                "{:5} {row}\t{} switchovers, {} writes",
                began.elapsed().as_secs(),
                totals.switchovers,
                totals.acknowledged
            );
        },
    )
    .await?;
    println!(
        "seed {}: {} faults, {} switchovers, {} acknowledged writes in {} s",
        arguments.seed,
        totals.passed,
        totals.switchovers,
        totals.acknowledged,
        began.elapsed().as_secs()
    );
    ensure!(totals.failed == 0, "{} failed", totals.failed);
    println!("lost 0, duplicated 0, divergent 0, left over 0");
    println!("{} passed, 0 failed", totals.passed);
    Ok(())
}
