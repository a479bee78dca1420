//! What a Job runs: clone, migrate, compare. Works on the two databases and writes its progress there, in the same
//! transaction as the work. Movers check the clone's id, never the epoch; they decide nothing about the run.
pub mod clone;
mod compare;
mod error;
pub mod failure;
mod hash;
mod matviews;
mod migrate;
pub mod progress;
mod session;
mod settings;
mod tools;
mod walsender;

use std::path::PathBuf;

use clap::Subcommand;

pub use error::Error;
pub use migrate::migrate_failure;
pub use progress::{Progress, progress};
pub use settings::Settings;

/// Exit code of a mover that was asked to stop: that of a process which SIGTERM ended.
pub const STOPPED: i32 = 143;

/// `verdigris mover …`.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Copy blue to green: any number of movers at once.
    Clone(#[command(flatten)] Settings),
    /// Compare all carried tables while the stream runs.
    Compare(#[command(flatten)] Settings),
    /// Run migrations on green and classify what they did; the stream into green must be stopped.
    Migrate {
        /// Where the two sides are.
        #[command(flatten)]
        settings: Settings,
        /// Folder with `plan.json` and the files that it names.
        #[arg(long, env = "VERDIGRIS_MIGRATIONS")]
        migrations: PathBuf,
    },
}

impl Command {
    /// Works until there is nothing left to do, or a lasting failure is recorded in a database: both are `Ok`. Anything
    /// else is an error, and the Job starts another mover.
    pub async fn run(self) -> Result<(), Error> {
        match self {
            Self::Clone(settings) => clone::run(&settings).await,
            Self::Compare(settings) => compare::run(&settings).await,
            Self::Migrate { settings, migrations } => migrate::run(&settings, &migrations).await,
        }
    }
}
