//! The API server's audit log: what the operator's account asked for, by namespace.
use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use verdigris_e2e::cluster::scripts;

const ACCOUNT: &str = "system:serviceaccount:verdigris-system:verdigris";
const WRITES: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

/// Counted requests.
pub struct Requests {
    /// By namespace (empty: of no namespace, or of all), verb, resource.
    counts: BTreeMap<(String, String, String), usize>,
}

impl Requests {
    /// Those that the API server took since this time.
    ///
    /// # Errors
    /// The log cannot be read, or shows nothing of the operator: then it is not this cluster's.
    pub fn since(since: jiff::Timestamp) -> Result<Self> {
        let node = std::env::var_os("NODE_DIR").map_or_else(|| scripts().join(".state"), Into::into);
        let path = node.join("log/audit.log");
        let log = fs::read_to_string(&path).with_context(|| format!("{}: run `make cluster`", path.display()))?;
        let mut counts = BTreeMap::new();
        for line in log.lines().filter(|line| line.contains(ACCOUNT)) {
            let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
            let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            let at: Option<jiff::Timestamp> = text("/requestReceivedTimestamp").parse().ok();
            if text("/user/username") != ACCOUNT
                || text("/stage") != "ResponseComplete"
                || at.is_none_or(|at| at < since)
            {
                continue;
            }
            let resource = [text("/objectRef/resource"), text("/objectRef/subresource")];
            let resource = resource.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("/");
            *counts.entry((text("/objectRef/namespace"), text("/verb"), resource)).or_default() += 1;
        }
        ensure!(!counts.is_empty(), "{} shows no request of the operator", path.display());
        Ok(Self { counts })
    }

    /// Writes and reads of each group of namespaces.
    pub fn print(&self, minutes: u64, groups: &[(String, Vec<String>)]) {
        println!("requests of the operator, from the API server's audit log:");
        let mut named = Vec::new();
        for (what, namespaces) in groups {
            self.group(minutes, what, |namespace| namespaces.iter().any(|n| n == namespace));
            named.extend(namespaces);
        }
        self.group(minutes, "elsewhere", |namespace| named.iter().all(|n| *n != namespace));
    }

    fn group(&self, minutes: u64, what: &str, belongs: impl Fn(&str) -> bool) {
        let mut writes = BTreeMap::<String, usize>::new();
        let mut reads = 0;
        for ((namespace, verb, resource), count) in &self.counts {
            if !belongs(namespace) {
                continue;
            }
            if WRITES.contains(&verb.as_str()) {
                *writes.entry(format!("{verb} {resource}")).or_default() += count;
            } else {
                reads += count;
            }
        }
        let each = writes.iter().map(|(what, count)| format!("{count} {what}")).collect::<Vec<_>>().join(", ");
        let told = if each.is_empty() { "no writes".to_owned() } else { each };
        println!("  {what}: {told}; {reads} reads, {} a minute", reads / usize::try_from(minutes.max(1)).unwrap_or(1));
    }

    /// Every write but that of the Lease.
    pub fn writes_but_the_lease(&self) -> usize {
        let beyond =
            |(_, verb, resource): &(String, String, String)| WRITES.contains(&verb.as_str()) && resource != "leases";
        self.counts.iter().filter(|(key, _)| beyond(key)).map(|(_, count)| count).sum()
    }
}
