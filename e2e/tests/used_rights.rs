//! The operator's rights are those that it used: after the stories, the API server's audit log shows no request of the operator that was
//! refused for want of a right, and none of its rights unused.
//!
//! Its name makes it run after the stories. It needs the test cluster's own node, whose API server keeps the log.
#![allow(clippy::indexing_slicing, reason = "a test that panics is a test that fails")]
mod api_common;

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use api_common::{must, script};

/// The operator's account, as the chart makes it in the test cluster.
const ACCOUNT: &str = "system:serviceaccount:verdigris-system:verdigris";

/// Rights that the log cannot show, or that no story needs, each with the reason.
const UNSEEN: &[&str] = &[
    // Asked for by an admission plugin that some clusters turn on, never by a request of its own.
    "update verdigris.dev databasemigrations/finalizers",
    // A server-side apply that makes its object needs them, and is logged as a patch.
    "create  configmaps",
    "create  services",
    // `spec.suspend` while movers copy: a story for it is missing, so nothing shows that this right suffices.
    "patch batch jobs",
];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What the ClusterRole and the leader's Role allow, as `verb group resource`.
fn allowed() -> Result<BTreeSet<String>> {
    let mut rights = BTreeSet::new();
    for role in [vec!["clusterrole", "verdigris"], vec!["role", "verdigris-leader", "-n", "verdigris-system"]] {
        let role: Value = serde_json::from_str(&must(&[vec!["get", "-o", "json"], role].concat(), &Value::Null)?)?;
        for rule in role["rules"].as_array().into_iter().flatten() {
            let all = |key: &str| rule[key].as_array().cloned().unwrap_or_default();
            for (group, resource) in all("apiGroups").iter().zip(all("resources")) {
                let verbs = all("verbs");
                rights.extend(verbs.iter().map(|verb| format!("{} {} {}", text(verb), text(group), text(&resource))));
            }
            // One group and one resource a rule, or the pairs above would not be all of them.
            ensure!(all("apiGroups").len() == 1 && all("resources").len() == 1, "split this rule: {rule}");
        }
    }
    Ok(rights)
}

/// What the operator asked for while this cluster stood, and what of it was refused.
fn asked() -> Result<(BTreeSet<String>, BTreeSet<String>)> {
    let node = std::env::var_os("NODE_DIR").map_or_else(|| script(".state"), Into::into);
    let path = node.join("log/audit.log");
    let log = fs::read_to_string(&path).with_context(|| format!("{}: run `make cluster`", path.display()))?;
    let (mut asked, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for line in log.lines().filter(|line| line.contains(ACCOUNT)) {
        let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
        if text(&event["user"]["username"]) != ACCOUNT {
            continue;
        }
        let on = &event["objectRef"];
        let resource = match text(&on["subresource"]) {
            "" => text(&on["resource"]).to_owned(),
            sub => format!("{}/{sub}", text(&on["resource"])),
        };
        let right = format!("{} {} {resource}", text(&event["verb"]), text(&on["apiGroup"]));
        if event["responseStatus"]["code"] == 403
            && text(&event["annotations"]["authorization.k8s.io/decision"]) == "forbid"
        {
            refused.insert(right);
        } else {
            asked.insert(right);
        }
    }
    Ok((asked, refused))
}

#[test]
fn rights_are_those_that_are_used() -> Result<()> {
    let allowed = allowed().context("the chart is not installed: run the stories first")?;
    let (asked, refused) = asked()?;
    // A role takes a moment to reach the authorizer after an install: what was granted later is not lacking.
    let lacking: Vec<_> = refused.difference(&asked).collect();
    ensure!(lacking.is_empty(), "the operator lacks rights: {lacking:#?}");
    ensure!(!asked.is_empty(), "the operator asked for nothing: run the stories first");
    let unused: Vec<_> = allowed.difference(&asked).filter(|right| !UNSEEN.contains(&right.as_str())).collect();
    ensure!(
        unused.is_empty(),
        "no story used these rights; take them from charts/verdigris, or add the story: {unused:#?}"
    );
    Ok(())
}
