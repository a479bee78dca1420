//! The last page of the demo, and its exit code.
use std::time::Duration;

use anyhow::{Result, ensure};
use verdigris_e2e::{
    cluster::{Seen, is_foreign},
    ledger::{Gap, Ledger, Outcome},
    verify::Verdict,
};

/// What was measured.
#[derive(Default)]
pub struct Report {
    /// Longest time without an acknowledged write around the cutover.
    pub cutover: Gap,
    /// The same around the rollback.
    pub rollback: Gap,
    /// Rows that only the new schema can hold.
    pub new_rows: usize,
    /// One comparison per switch.
    pub verdicts: Vec<(&'static str, Verdict)>,
}

impl Report {
    pub fn print(&self, ledger: &Ledger, namespace: &str, seen: &Seen, took: Duration) {
        let figures = ledger.report();
        let total =
            |count: fn(&Verdict) -> usize| self.verdicts.iter().map(|(_, verdict)| count(verdict)).sum::<usize>();
        let tables = self.verdicts.last().map(|(_, verdict)| verdict.compared).unwrap_or_default();
        let one_sided = self.verdicts.first().map(|(_, verdict)| verdict.one_sided.join(", ")).unwrap_or_default();
        println!("\n────────────────────────────────────────────────────────────");
        println!("PostgreSQL 15 → 17 → 15 under write load, {} s in all", took.as_secs());
        println!(
            "  write gap, cutover   {:>6} ms   (longest time without any acknowledged write)",
            self.cutover.length().as_millis()
        );
        println!("  write gap, rollback  {:>6} ms", self.rollback.length().as_millis());
        println!(
            "  acknowledged writes  {:>6}      (ambiguous {}, refused {})",
            figures.count(Outcome::Acknowledged),
            figures.count(Outcome::Ambiguous),
            figures.count(Outcome::Refused)
        );
        println!("  lost                 {:>6}", total(|v| v.lost));
        println!("  duplicated           {:>6}", total(|v| v.duplicated));
        println!(
            "  divergent            {:>6}      ({} tables, {} rows compared by md5 at the end)",
            total(|v| v.divergent),
            tables.0,
            tables.1
        );
        println!(
            "  lost {}, duplicated {}, divergent {}",
            total(|v| v.lost),
            total(|v| v.duplicated),
            total(|v| v.divergent)
        );
        println!("  client errors        {:?}", figures.errors);
        println!(
            "  writers in turn      {}",
            figures.reigns().iter().map(|(server, _)| server.as_str()).collect::<Vec<_>>().join(" → ")
        );
        println!("  {} orders were delivered by the new schema alone; it stays on green: {one_sided}", self.new_rows);
        for (name, verdict) in &self.verdicts {
            for problem in &verdict.problems {
                println!("  ! after the {name}: {problem}");
            }
        }
        println!("  phases               {}", seen.phases.join(" → "));
        println!("────────────────────────────────────────────────────────────");
        look_around(namespace);
    }

    /// # Errors
    /// Something is lost, twice or different, or writes went to two sides at once.
    pub fn check(&self, ledger: &Ledger) -> Result<()> {
        for (_, verdict) in &self.verdicts {
            verdict.check()?;
        }
        let reigns = ledger.report().reigns();
        ensure!(
            reigns.len() == 3,
            "writes were acknowledged by {} servers in turn, not by blue, green, blue: {reigns:?}",
            reigns.len()
        );
        Ok(())
    }
}

/// Commands for afterwards, as they are on this cluster.
fn look_around(namespace: &str) {
    println!("The cluster is still up. Look around:");
    for command in [
        "get dbmig -o wide",
        "describe dbmig shop",
        "events --for dbmig/shop",
        "get configmap shop-plan -o yaml",
        "get pods,services -o wide",
    ] {
        println!("  e2e/cluster/kubectl -n {namespace} {command}");
    }
    if !is_foreign() {
        println!("  make shell          # kubectl, helm and psql inside its network");
        println!("  make cluster-down   # nothing of the running cluster is left\n");
        return;
    }
    println!("It is a cluster of yours. To take away what the demo made there:");
    println!("  e2e/cluster/kubectl -n {namespace} delete dbmig --all");
    println!("  e2e/cluster/kubectl delete namespace {namespace}");
    println!("  e2e/cluster/helm -n verdigris-system uninstall verdigris");
    println!("  e2e/cluster/kubectl delete namespace verdigris-system");
    println!(
        "  e2e/cluster/kubectl delete crd databasemigrations.verdigris.dev   # if nothing else there uses Verdigris\n"
    );
}
