//! The operator's rights are those that it used: after the stories, the API server's audit log shows no request of the operator that was
//! refused for want of a right, and none of its rights unused.
//!
//! Its name makes it run after the stories. It needs the test cluster's own node, whose API server keeps the log.
#![allow(clippy::indexing_slicing, reason = "a test that panics is a test that fails")]
mod api_common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use api_common::{must, script};

/// The operator's account, as the chart makes it in the test cluster.
const ACCOUNT: &str = "system:serviceaccount:verdigris-system:verdigris";

const RBAC: &str = "rbac.authorization.k8s.io";
/// What its rights consist of.
const PARTS: [&str; 4] = [
    "clusterroles/verdigris",
    "clusterrolebindings/verdigris",
    "roles/verdigris-leader",
    "rolebindings/verdigris-leader",
];
/// Time in which a role that was written reaches the authorizer.
const REACH: SignedDuration = SignedDuration::from_secs(5);

/// Rights that the log cannot show, or that no story needs, each with the reason.
const UNSEEN: &[&str] = &[
    // Asked for by an admission plugin that some clusters turn on, never by a request of its own.
    "update verdigris.dev databasemigrations/finalizers",
    // A server-side apply that makes its object is logged as a patch that is allowed. Without these rights, taken from the role on a
    // running cluster, it was answered with 403 `cannot create resource "services"`, and `"configmaps"`, and the run stood still.
    "create  configmaps",
    "create  services",
];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What rules allow, as `verb group resource`.
fn rights(rules: &Value) -> Result<BTreeSet<String>> {
    let mut rights = BTreeSet::new();
    for rule in rules.as_array().into_iter().flatten() {
        let all = |key: &str| rule[key].as_array().cloned().unwrap_or_default();
        // One group and one resource a rule, or the pairs below would not be all of them.
        ensure!(all("apiGroups").len() == 1 && all("resources").len() == 1, "split this rule: {rule}");
        for (group, resource) in all("apiGroups").iter().zip(all("resources")) {
            rights
                .extend(all("verbs").iter().map(|verb| format!("{} {} {}", text(verb), text(group), text(&resource))));
        }
    }
    Ok(rights)
}

/// What the ClusterRole and the leader's Role allow.
fn allowed() -> Result<BTreeSet<String>> {
    let mut allowed = BTreeSet::new();
    for role in [vec!["clusterrole", "verdigris"], vec!["role", "verdigris-leader", "-n", "verdigris-system"]] {
        let role: Value = serde_json::from_str(&must(&[vec!["get", "-o", "json"], role].concat(), &Value::Null)?)?;
        allowed.extend(rights(&role["rules"])?);
    }
    Ok(allowed)
}

/// What the audit log shows of the operator and of its roles, in the order in which it happened.
#[derive(Default)]
struct Seen {
    /// Rights used since the role that grants them holds the rules that it holds now. An uninstall and the next install change no
    /// rules, so what the stories before it used still counts.
    used: BTreeSet<String>,
    /// Requests that were refused for want of a right, while the roles were in force.
    refused: BTreeSet<String>,
    /// Roles and bindings that stand, with the time of their last write.
    standing: BTreeMap<String, Timestamp>,
    /// Rules of each role, as it was written last.
    rules: BTreeMap<String, Value>,
}

impl Seen {
    fn read() -> Result<Self> {
        let node = std::env::var_os("NODE_DIR").map_or_else(|| script(".state"), Into::into);
        let path = node.join("log/audit.log");
        let log = fs::read_to_string(&path).with_context(|| format!("{}: run `make cluster`", path.display()))?;
        let mut seen = Self::default();
        for line in log.lines().filter(|line| line.contains(ACCOUNT) || line.contains(RBAC)) {
            let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
            if text(&event["user"]["username"]) == ACCOUNT {
                seen.request(&event)?;
            } else if event["objectRef"]["apiGroup"] == RBAC {
                seen.role(&event)?;
            }
        }
        ensure!(
            PARTS.iter().all(|part| seen.standing.contains_key(*part)) && seen.rules.len() == 2,
            "{} does not show how the roles were made: take the cluster down, bring it up, run the stories",
            path.display()
        );
        Ok(seen)
    }

    /// A write of one of the operator's roles or bindings.
    fn role(&mut self, event: &Value) -> Result<()> {
        let (on, verb) = (&event["objectRef"], text(&event["verb"]));
        let part = format!("{}/{}", text(&on["resource"]), text(&on["name"]));
        let done = event["responseStatus"]["code"].as_u64().is_some_and(|code| code < 300);
        if !done || !PARTS.contains(&part.as_str()) || !["create", "update", "patch", "delete"].contains(&verb) {
            return Ok(());
        }
        if verb == "delete" {
            self.standing.remove(&part);
            return Ok(());
        }
        self.standing.insert(part.clone(), time(&event["stageTimestamp"])?);
        let rules = &event["responseObject"]["rules"];
        if !rules.is_array() {
            return Ok(());
        }
        if let Some(before) = self.rules.insert(part, rules.clone()).filter(|before| before != rules) {
            // Other rules: what was used of the old ones, or lacking, says nothing about these.
            let before = rights(&before)?;
            self.used.retain(|right| !before.contains(right));
            self.refused.clear();
        }
        Ok(())
    }

    /// A request of the operator.
    fn request(&mut self, event: &Value) -> Result<()> {
        let on = &event["objectRef"];
        let resource = match text(&on["subresource"]) {
            "" => text(&on["resource"]).to_owned(),
            sub => format!("{}/{sub}", text(&on["resource"])),
        };
        let right = |verb: &str| format!("{verb} {} {resource}", text(&on["apiGroup"]));
        let status = &event["responseStatus"];
        // Not by the verb of the request: a server-side apply that would make its object is a patch that lacks `create`. Other
        // refusals with this code, such as that of a namespace that goes away, have other words.
        let lacking =
            text(&status["message"]).split_once("cannot ").and_then(|(_, rest)| rest.split_once(" resource "));
        match lacking.filter(|_| status["code"] == 403) {
            Some((verb, _)) if self.in_force(time(&event["requestReceivedTimestamp"])?) => {
                self.refused.insert(right(verb));
            }
            Some(_) => {}
            None => {
                self.used.insert(right(text(&event["verb"])));
            }
        }
        Ok(())
    }

    /// Whether every role and binding stood, and had the time to reach the authorizer, which follows them by a watch. While the
    /// chart is uninstalled its last pods end without rights.
    fn in_force(&self, at: Timestamp) -> bool {
        PARTS.iter().all(|part| self.standing.get(*part).is_some_and(|since| *since + REACH < at))
    }
}

fn time(value: &Value) -> Result<Timestamp> {
    text(value).parse().with_context(|| format!("no time: {value}"))
}

#[test]
fn rights_are_those_that_are_used() -> Result<()> {
    let allowed = allowed().context("the chart is not installed: run the stories first")?;
    let seen = Seen::read()?;
    ensure!(seen.refused.is_empty(), "the operator lacks rights: {:#?}", seen.refused);
    ensure!(!seen.used.is_empty(), "the operator asked for nothing: run the stories first");
    let unused: Vec<_> = allowed.difference(&seen.used).filter(|right| !UNSEEN.contains(&right.as_str())).collect();
    ensure!(
        unused.is_empty(),
        "no story used these rights; take them from charts/verdigris, or add the story: {unused:#?}"
    );
    Ok(())
}
