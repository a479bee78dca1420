//! Into the cluster's network: the process starts itself again through `e2e/cluster/exec.sh`, with kubectl and helm on PATH.
use std::{
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// Set in the process that runs inside.
const INSIDE: &str = "VERDIGRIS_E2E_INSIDE";

/// Folder of the scripts that bring the cluster up; `VERDIGRIS_CLUSTER` names another clone's.
pub fn scripts() -> PathBuf {
    std::env::var_os("VERDIGRIS_CLUSTER")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("cluster"), PathBuf::from)
}

/// Root of the repository.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Replaces this process by itself in the cluster's network, unless it is there already. Call it before anything else.
///
/// # Errors
/// There is no such script, or it cannot be run; that the cluster is down is said by the script.
pub fn enter() -> Result<()> {
    if std::env::var_os(INSIDE).is_some() {
        return Ok(());
    }
    let script = scripts().join("exec.sh");
    if !script.exists() {
        bail!("{} is missing: run from a clone of the repository", script.display());
    }
    let me = std::env::current_exe().context("own path")?;
    // exec returns only if it failed.
    let failed = Command::new(&script).arg(me).args(std::env::args_os().skip(1)).env(INSIDE, "1").exec();
    Err(failed).with_context(|| script.display().to_string())
}
