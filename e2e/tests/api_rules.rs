//! A real API server judges the cases in `crds/tests/cases`: what is valid is accepted, what is not is refused with the message
//! that a user reads.
//!
//! The definition is installed again under groups of its own, so that no operator touches the objects. This file talks
//! to kubectl of the test cluster and to no other code of the project; without a cluster it fails.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]
mod api_common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use api_common::{kubectl, must, root};

/// Cases that are judged at the same time: each waits for kubectl most of its life.
const THREADS: usize = 4;

/// One attempt and what it shall lead to.
struct Case {
    /// Group and case, for the report.
    what: String,
    /// Part of the refusal; `None` if it shall be accepted.
    refusal: Option<String>,
    /// The object that is there before, if any, and its status.
    before: Option<(Value, Value)>,
    /// The object that a user tries.
    object: Value,
}

/// A YAML file below the root.
fn read(path: &str) -> Result<Value> {
    let text = fs::read_to_string(root().join(path)).with_context(|| path.to_owned())?;
    verdigris_crds::yaml::from_str(&text).with_context(|| path.to_owned())
}

/// The patch of RFC 7386: objects are merged, null removes, anything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            target.as_object_mut().map(|object| object.remove(key));
        } else {
            merge(&mut target[key], value);
        }
    }
}

/// One case of a file. `before` or `status` make it a change of an object that is there.
fn case(base: &Value, group: &str, entry: &Value, refusal: Option<&str>, number: usize) -> Case {
    let mut before = base.clone();
    merge(&mut before["spec"], &entry.get("before").cloned().unwrap_or_else(|| json!({})));
    let changes = entry.get("before").is_some() || entry.get("status").is_some();
    if changes {
        before["metadata"]["name"] = json!(format!("case-{number}"));
    }
    let mut object = before.clone();
    merge(&mut object["spec"], &entry.get("spec").cloned().unwrap_or_else(|| json!({})));
    if let Some(name) = entry.get("name") {
        object["metadata"]["name"] = name.clone();
    }
    Case {
        what: format!("{}: {group}", entry["what"].as_str().unwrap_or("a case without a name")),
        refusal: refusal.map(str::to_owned),
        before: changes.then(|| (before, entry.get("status").cloned().unwrap_or(Value::Null))),
        object,
    }
}

/// Every case of every file.
fn cases(fixture: &Fixture) -> Result<Vec<Case>> {
    let base = fixture.base()?;
    let mut found = Vec::new();
    for file in fs::read_dir(root().join("crds/tests/cases"))? {
        let name = file?.file_name();
        let groups = read(&format!("crds/tests/cases/{}", name.to_string_lossy()))?;
        for group in groups.as_array().context("a file is a list of groups")? {
            let message = group["message"].as_str().context("a group has a message")?;
            for (key, refusal) in [("valid", None), ("invalid", Some(message))] {
                for entry in group[key].as_array().into_iter().flatten() {
                    found.push(case(&base, message, entry, refusal, found.len()));
                }
            }
        }
    }
    Ok(found)
}

/// Lets the API server judge one case.
fn judge(fixture: &Fixture, case: &Case) -> Result<()> {
    let verb = if let Some((before, status)) = &case.before {
        must(&["create", "-f", "-"], before)?;
        if !status.is_null() {
            fixture.set_status(before["metadata"]["name"].as_str().unwrap_or_default(), status)?;
        }
        "replace"
    } else {
        "create"
    };
    match (kubectl(&[verb, "--dry-run=server", "-f", "-"], &case.object)?, &case.refusal) {
        (Ok(_), None) => Ok(()),
        (Ok(_), Some(refusal)) => bail!("accepted, and should be refused with: {refusal}"),
        (Err(said), None) => bail!("refused: {said}"),
        (Err(said), Some(refusal)) => {
            ensure!(said.contains(refusal.as_str()), "refused, but not with: {refusal}\nbut with: {said}");
            Ok(())
        }
    }
}

/// The definition under a group of its own, and a namespace; both go when this goes.
struct Fixture {
    group: &'static str,
    definition: String,
    namespace: String,
}

impl Fixture {
    fn install(group: &'static str) -> Result<Self> {
        let mut crd = read("crds/generated/databasemigrations.yaml")?;
        let namespace = format!("{}-{}", group.replace('.', "-"), std::process::id());
        let fixture = Self { group, definition: format!("databasemigrations.{group}"), namespace };
        crd["metadata"]["name"] = json!(fixture.definition);
        crd["spec"]["group"] = json!(group);
        must(&["apply", "--server-side", "-f", "-"], &crd)?;
        for condition in ["NamesAccepted", "Established"] {
            let wait = format!("--for=condition={condition}");
            must(&["wait", &wait, "crd", &fixture.definition, "--timeout=30s"], &Value::Null)?;
        }
        must(&["create", "namespace", &fixture.namespace], &Value::Null)?;
        Ok(fixture)
    }

    /// The smallest object, in the namespace.
    fn base(&self) -> Result<Value> {
        let mut base = read("crds/tests/base.yaml")?;
        base["apiVersion"] = json!(format!("{}/v1alpha1", self.group));
        base["metadata"]["namespace"] = json!(self.namespace);
        Ok(base)
    }

    /// Writes a status as an operator does.
    fn set_status(&self, name: &str, status: &Value) -> Result<()> {
        let patch = json!({ "status": status }).to_string();
        let what =
            [&self.definition, name, "-n", &self.namespace, "--subresource=status", "--type=merge", "-p", &patch];
        must(&[["patch"].as_slice(), &what].concat(), &Value::Null)?;
        Ok(())
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        for (kind, name) in [("crd", &self.definition), ("namespace", &self.namespace)] {
            if let Err(error) = must(&["delete", kind, name, "--wait=false"], &Value::Null) {
                eprintln!("left behind: {kind} {name}: {error:#}");
            }
        }
    }
}

#[test]
fn the_api_server_judges_every_case() -> Result<()> {
    let fixture = Fixture::install("rules.verdigris.dev")?;
    let cases = cases(&fixture)?;
    ensure!(cases.len() > 60, "only {} cases were found", cases.len());
    let next = AtomicUsize::new(0);
    let failures: Vec<String> = thread::scope(|scope| {
        let work = || {
            let mut failures = Vec::new();
            while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(error) = judge(&fixture, case) {
                    failures.push(format!("{}\n  {error:#}", case.what));
                }
            }
            failures
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|_| vec!["a thread panicked".into()]))
            .collect()
    });
    ensure!(failures.is_empty(), "{} of {} cases failed:\n{}", failures.len(), cases.len(), failures.join("\n"));
    println!("{} cases", cases.len());
    Ok(())
}

#[test]
fn kubectl_shows_the_columns() -> Result<()> {
    let fixture = Fixture::install("columns.verdigris.dev")?;
    must(&["create", "-f", "-"], &fixture.base()?)?;
    let condition = |kind: &str, status: &str, reason: &str| json!({ "type": kind, "status": status, "reason": reason, "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z" });
    let status = json!({
        "phase": "RollbackWindow", "step": "9/9 RollbackWindow", "progress": "63% ~12m", "writer": "Green",
        "lag": { "bytes": 1480 }, "writeBlock": { "measuredMilliseconds": 213 },
        "rollback": { "until": "2999-01-01T00:00:00Z" }, "plan": { "versions": "15.19 -> 17.11" },
        "conditions": [condition("Ready", "True", "CutoverVerified"), condition("Approved", "True", "ApprovedInSpec")],
    });
    fixture.set_status("orders-42", &status)?;
    let show = |more: &[&str]| -> Result<Vec<Vec<String>>> {
        let arguments = [["get", &fixture.definition, "-n", &fixture.namespace].as_slice(), more].concat();
        let text = must(&arguments, &Value::Null)?;
        // Columns are three spaces or more apart; values hold at most one.
        let cells =
            |line: &str| line.split("   ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect();
        Ok(text.lines().map(cells).collect())
    };
    let short = show(&[])?;
    ensure!(short[0] == ["NAME", "PHASE", "STEP", "PROGRESS", "LAG", "WRITER", "READY", "AGE"], "{short:?}");
    let row = ["orders-42", "RollbackWindow", "9/9 RollbackWindow", "63% ~12m", "1480", "Green", "True"];
    ensure!(short[1][..7] == row, "{short:?}");
    let wide = show(&["-o", "wide"])?;
    let more = ["REASON", "APPROVED", "WRITE-BLOCK", "ROLLBACK-UNTIL", "VERSIONS", "AGE"];
    ensure!(wide[0][7..] == more, "{wide:?}");
    ensure!(wide[1][7..12] == ["CutoverVerified", "True", "213", "2999-01-01T00:00:00Z", "15.19 -> 17.11"], "{wide:?}");
    Ok(())
}
