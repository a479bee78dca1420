//! What the tests of the API share: kubectl of the test cluster, and files of the repository. Nothing of the operator.
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A script of the test cluster; `VERDIGRIS_CLUSTER` names the folder of another clone's.
pub fn script(name: &str) -> PathBuf {
    std::env::var_os("VERDIGRIS_CLUSTER").map_or_else(|| root().join("e2e/cluster"), PathBuf::from).join(name)
}

/// Runs kubectl with `input` and returns what it printed, or what it complained of.
pub fn kubectl(arguments: &[&str], input: &Value) -> Result<Result<String, String>> {
    let mut child = Command::new(script("kubectl"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("start kubectl of the test cluster")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.to_string().as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) })
}

/// As `kubectl`, where a refusal is an error of the test.
pub fn must(arguments: &[&str], input: &Value) -> Result<String> {
    kubectl(arguments, input)?.map_err(|error| anyhow::anyhow!("kubectl {}: {error}", arguments.join(" ")))
}
