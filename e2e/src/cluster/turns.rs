//! Stories run side by side, but for those that stop, kill or remove the operator that all share: these run alone.
//!
//! The locks are files, because every story is a process of its own; the kernel lets them go when it ends, however it ends.
use std::fs::{File, create_dir_all};

use anyhow::{Context, Result};

use super::enter::root;

/// How a story takes to others at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Company {
    /// It shares the operator.
    Welcome,
    /// It does things to the operator that others would feel.
    Alone,
}

/// Waits for its turn; the turn lasts as long as the file is open.
pub(super) fn take(company: Company) -> Result<File> {
    let file = open("turn")?;
    match company {
        Company::Welcome => file.lock_shared(),
        Company::Alone => file.lock(),
    }
    .context("waiting for the other stories")?;
    Ok(file)
}

/// One at a time: helm refuses a second installation under way.
pub(super) fn installing() -> Result<File> {
    let file = open("install")?;
    tokio::task::block_in_place(|| file.lock()).context("waiting for another installation")?;
    Ok(file)
}

fn open(name: &str) -> Result<File> {
    let folder = root().join("e2e/results");
    create_dir_all(&folder)?;
    let path = folder.join(format!(".{name}.lock"));
    File::options().create(true).append(true).open(&path).with_context(|| path.display().to_string())
}
