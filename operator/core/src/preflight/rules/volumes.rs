//! Room for green: its volume claims and their size.
use verdigris_crds::{ProvisionStatefulSet, Side, quantity::bytes};

use super::{Reason, Report, databases, green, text};
use crate::preflight::{ClaimFacts, ClaimTemplate, Facts, Stage};

pub(super) fn check(report: &mut Report, stage: Stage, facts: &Facts) {
    let needed = facts.blue.known().and_then(|blue| {
        let databases = blue.databases.known()?;
        let chosen = databases::choose_database(&report.request.spec, databases).ok()?;
        databases.iter().find(|database| database.name == chosen).map(|database| database.bytes)
    });
    let request = report.request;
    match &request.spec.green.provision {
        Some(provision) => provisioned(report, facts, &provision.stateful_set, needed),
        None if stage == Stage::WithGreen => existing(report, facts, needed),
        None => {}
    }
}

fn provisioned(report: &mut Report, facts: &Facts, made: &ProvisionStatefulSet, needed: Option<i64>) {
    claims_are_free(report, facts);
    let Some(Some(blue)) = facts.kubernetes.workload.known() else { return };
    let sound = green::volumes(report, blue);
    let subject = "volume of green";
    if blue.claims.is_empty() {
        if let Some(storage) = &made.storage {
            green::storage(report, blue, &storage.0);
        }
        if sound {
            not_persistent(report, "StatefulSet of blue, which green is made after,");
        }
        return;
    }
    let largest = largest(&blue.claims);
    let asked = match &made.storage {
        None => largest.ok_or_else(|| "The size of blue's volume claim template cannot be read.".to_string()),
        Some(storage) => bytes(storage).ok_or_else(|| {
            format!("spec.green.provision.statefulSet.storage {} is not a size.", text::show(&storage.0))
        }),
    };
    match asked {
        Ok(asked) => room(report, asked, largest, needed, size_remedy(needed.max(largest))),
        Err(message) => report.add(Reason::VolumeSizeUnknown, subject, message, size_remedy(needed)),
    }
}

/// Claims under the names that green's pods will look for, while green is not made yet.
fn claims_are_free(report: &mut Report, facts: &Facts) {
    let namespace = &report.request.namespace;
    let Some(name) = green::name(report.request) else { return };
    if green::is_made(report, facts, &name) != Some(false) {
        return;
    }
    let claims = report.need(&facts.kubernetes.green_claims, Reason::VolumesUnknown, "volume claims of green");
    for claim in claims.into_iter().flatten() {
        let subject = format!("PersistentVolumeClaim {namespace}/{}", claim.name);
        let message = format!("{subject} exists already: green would start with the data in it.");
        let remedy = format!(
            "kubectl -n {namespace} delete pvc {}  # if its data is not needed; else:\n{}",
            claim.name,
            green::rename(&name)
        );
        report.add(Reason::GreenVolumeLeftOver, &subject, message, remedy);
    }
}

fn existing(report: &mut Report, facts: &Facts, needed: Option<i64>) {
    let Some(claims) = report.need(&facts.kubernetes.green_claims, Reason::VolumesUnknown, "volume claims of green")
    else {
        return;
    };
    if claims.is_empty() {
        if facts.kubernetes.pods.known().is_some_and(|pods| {
            pods.iter().any(|pod| super::pods::matches(&report.request.spec.green.selector, &pod.labels))
        }) {
            not_persistent(report, "pod of green");
        }
        return;
    }
    let sizes: Option<Vec<i64>> = claims.iter().map(|claim: &ClaimFacts| claim.bytes).collect();
    match sizes.and_then(|sizes| sizes.into_iter().max()) {
        Some(size) => {
            let remedy = existing_remedy(&report.request.namespace, claims, needed);
            room(report, size, None, needed, remedy);
        }
        None => report.add(
            Reason::VolumeSizeUnknown,
            "volume of green",
            "The size of green's volume claim cannot be read.",
            Reason::VolumeSizeUnknown.mend(),
        ),
    }
}

/// The data of now, a fifth for indexes that are built and WAL that is written on the way, and 256 MiB for an empty server.
fn room(report: &mut Report, has: i64, blue: Option<i64>, needed: Option<i64>, remedy: String) {
    let subject = "volume of green";
    let Some(data) = needed else { return };
    let least = least(data);
    if has < least {
        let message = format!(
            "Green's volume has {}; the database has {} and needs at least {} while it is copied.",
            text::size(has),
            text::size(data),
            text::size(least)
        );
        report.add(Reason::GreenVolumeTooSmall, subject, message, remedy);
    } else if let Some(blue) = blue
        && has < blue
    {
        let message = format!("Green's volume has {}, blue's {}.", text::size(has), text::size(blue));
        report.add(Reason::GreenVolumeSmaller, subject, message, "");
    }
}

fn least(data: i64) -> i64 {
    data.saturating_add(data / 5).saturating_add(256 << 20)
}

fn largest(claims: &[ClaimTemplate]) -> Option<i64> {
    claims.iter().map(|claim| claim.bytes).collect::<Option<Vec<_>>>()?.into_iter().max()
}

fn gibibytes(data: Option<i64>) -> i64 {
    data.map_or(10, |data| (least(data) >> 30) + 1)
}

fn existing_remedy(namespace: &str, claims: &[ClaimFacts], needed: Option<i64>) -> String {
    let name = claims.first().map_or("…", |claim| claim.name.as_str());
    let patch =
        serde_json::json!({"spec": {"resources": {"requests": {"storage": format!("{}Gi", gibibytes(needed))}}}});
    format!("kubectl -n {namespace} patch pvc {name} --type=merge -p '{patch}'")
}

fn size_remedy(data: Option<i64>) -> String {
    let gibibytes = gibibytes(data);
    format!("# in the DatabaseMigration\nspec:\n  green: {{provision: {{statefulSet: {{storage: {gibibytes}Gi}}}}}}")
}

fn not_persistent(report: &mut Report, what: &str) {
    let message = format!("The {what} has no volume claim: {}'s data is gone when its pod is.", Side::Green.lower());
    report.add(Reason::GreenNotPersistent, "volume of green", message, "# in the StatefulSet\nspec:\n  volumeClaimTemplates: […]\n# or, in the DatabaseMigration\nspec:\n  acknowledge: [GreenNotPersistent]");
}
