//! What a Job runs: clone, migrate, compare. Works on the two databases and writes its progress there, in the same
//! transaction as the work. Movers check the clone's id, never the epoch; they decide nothing about the run.
pub mod clone;
mod error;
pub mod failure;
mod hash;
mod progress;
mod session;
mod settings;
mod tools;
mod walsender;

use clap::Subcommand;

pub use error::Error;
pub use progress::{Progress, progress};
pub use settings::Settings;

/// `verdigris mover …`.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Copy blue to green: any number of movers at once.
    Clone(#[command(flatten)] Settings),
}

impl Command {
    /// Works until there is nothing left to do, or a lasting failure is recorded in the database: both are `Ok`. Anything
    /// else is an error, and the Job starts another mover.
    pub async fn run(self) -> Result<(), Error> {
        match self {
            Self::Clone(settings) => clone::run(&settings).await,
        }
    }
}
