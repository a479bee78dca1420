//! What a mover is told: by flags, or by the environment that the operator gives its pod.
use std::path::PathBuf;

use clap::Args;
use verdigris_core::names::Names;
use verdigris_crds::Side;

/// Where the two sides are and which run this is.
#[derive(Args, Clone)]
pub struct Settings {
    /// UID of the `DatabaseMigration`.
    #[arg(long, env = "VERDIGRIS_RUN")]
    pub run: String,
    /// Database to move; the same name on both sides.
    #[arg(long, env = "VERDIGRIS_DATABASE")]
    pub database: String,
    /// Blue's host.
    #[arg(long, env = "VERDIGRIS_BLUE_HOST")]
    pub blue_host: String,
    /// Blue's port.
    #[arg(long, env = "VERDIGRIS_BLUE_PORT", default_value_t = 5432)]
    pub blue_port: u16,
    /// Superuser of blue.
    #[arg(long, env = "VERDIGRIS_BLUE_USER")]
    pub blue_user: String,
    /// Its password.
    #[arg(long, env = "VERDIGRIS_BLUE_PASSWORD", hide_env_values = true, default_value = "")]
    pub blue_password: String,
    /// Green's host.
    #[arg(long, env = "VERDIGRIS_GREEN_HOST")]
    pub green_host: String,
    /// Green's port.
    #[arg(long, env = "VERDIGRIS_GREEN_PORT", default_value_t = 5432)]
    pub green_port: u16,
    /// Superuser of green.
    #[arg(long, env = "VERDIGRIS_GREEN_USER")]
    pub green_user: String,
    /// Its password.
    #[arg(long, env = "VERDIGRIS_GREEN_PASSWORD", hide_env_values = true, default_value = "")]
    pub green_password: String,
    /// Streams that this mover copies with at the same time.
    #[arg(long, env = "VERDIGRIS_WORKERS", default_value_t = 1)]
    pub workers: usize,
    /// Directory with `<major>/bin/pg_dump`. Default: where Debian's packages put them.
    #[arg(long, env = "VERDIGRIS_PG_BINS", default_value = "/usr/lib/postgresql")]
    pub pg_bins: PathBuf,
    /// File that takes the reason where this mover fails. Must exist.
    #[arg(long, env = "VERDIGRIS_TERMINATION_MESSAGE")]
    pub termination_message: Option<PathBuf>,
}

impl Settings {
    /// Names of everything of this run.
    pub fn names(&self) -> Names {
        Names::new(&self.run)
    }

    /// Host, port, user and password of a side.
    pub fn login(&self, side: Side) -> (&str, u16, &str, &str) {
        match side {
            Side::Blue => (&self.blue_host, self.blue_port, &self.blue_user, &self.blue_password),
            Side::Green => (&self.green_host, self.green_port, &self.green_user, &self.green_password),
        }
    }

    /// The database of a server that everything about databases is done from: never the one that moves.
    pub fn maintenance(&self) -> &'static str {
        if self.database == "postgres" { "template1" } else { "postgres" }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("run", &self.run).field("database", &self.database).finish_non_exhaustive()
    }
}
