//! A green that the operator makes: its name, what it would take over from blue's pod template, and how it is made anew.
use super::{Reason, Report, Request, text};
use crate::preflight::{Facts, KubernetesFacts, Maker, VolumeFacts, WorkloadFacts};

/// Volumes of a pod template that each pod gets for itself, or only reads.
const OWN: [&str; 7] = ["configMap", "downwardAPI", "emptyDir", "ephemeral", "image", "projected", "secret"];

/// Name of green's StatefulSet, if the operator makes it.
pub(super) fn name(request: &Request) -> Option<String> {
    let made = &request.spec.green.provision.as_ref()?.stateful_set;
    Some(made.name.clone().unwrap_or_else(|| format!("{}-green", request.name)))
}

/// Commands that take away a green that is there. Its claims are those of its own templates, or what blue's will give it.
fn delete(request: &Request, facts: &KubernetesFacts, green: &str) -> String {
    let namespace = &request.namespace;
    let there = [&facts.green_workload, &facts.workload].into_iter().find_map(|fact| fact.known()?.as_ref());
    let claims = there.into_iter().flat_map(|set| &set.claims);
    let claims: Vec<String> = claims.map(|claim| format!("{}-{green}-0", claim.name)).collect();
    let set = format!("kubectl -n {namespace} delete statefulset {green}");
    if claims.is_empty() { set } else { format!("{set}\nkubectl -n {namespace} delete pvc {}", claims.join(" ")) }
}

/// What follows a change of the spec once green is there.
pub(super) fn remake(request: &Request, facts: &KubernetesFacts) -> String {
    let Some(green) = name(request) else { return String::new() };
    format!(
        "# then, because a green that is there is never changed, take it away; it is made anew:\n{}",
        delete(request, facts, &green)
    )
}

/// A Secret of green's own: in blue's somebody else's password stands.
pub(super) fn own_secret(request: &Request) -> String {
    let (namespace, secret) = (&request.namespace, format!("{}-green-admin", request.name));
    let whence = match request.spec.green.provision {
        Some(_) => "what blue's pod template gives a new server, such as its POSTGRES_USER and POSTGRES_PASSWORD",
        None => "a superuser of green",
    };
    format!(
        "# blue's Secret does not fit; one of its own, with {whence}:\nkubectl -n {namespace} create secret generic {secret} --from-literal=username=… --from-literal=password=…\n# in the DatabaseMigration\nspec:\n  green: {{adminSecretRef: {{name: {}}}}}",
        text::yaml(&secret)
    )
}

/// Whether green's name is free, or taken by this run. `true`: it is there already, and all of it is its own.
pub(super) fn is_made(report: &mut Report, facts: &Facts, green: &str) -> Option<bool> {
    let namespace = &report.request.namespace;
    let subject = format!("StatefulSet {namespace}/{green}");
    let found = report.need(&facts.kubernetes.green_workload, Reason::GreenWorkloadUnknown, &subject)?.as_ref();
    let (whose, remedy) = match found.map(|found| found.maker) {
        None => return Some(false),
        Some(Maker::ThisRun) => return Some(true),
        Some(Maker::EarlierRun) => (
            "was made for an earlier migration of this name: its image, settings and data are that one's",
            format!(
                "# only if it serves nobody and its data is not needed:\n{}\n# else another name, and other labels in green.selector:\n{}",
                delete(report.request, &facts.kubernetes, green),
                rename(green)
            ),
        ),
        Some(Maker::Others) => ("was not made by this migration", rename(green)),
    };
    report.add(Reason::GreenNameTaken, &subject, format!("{subject} exists already and {whose}."), remedy);
    None
}

/// Another name for green.
pub(super) fn rename(green: &str) -> String {
    format!(
        "# in the DatabaseMigration\nspec:\n  green: {{provision: {{statefulSet: {{name: {}}}}}}}",
        text::yaml(&format!("{green}-2"))
    )
}

/// Volumes that both servers would use. `true`: there is none.
pub(super) fn volumes(report: &mut Report, blue: &WorkloadFacts) -> bool {
    let workload = format!("StatefulSet {}/{}", report.request.namespace, text::show(&blue.name));
    let shared = |volume: &&VolumeFacts| !OWN.contains(&volume.kind.as_str());
    let mut sound = true;
    for volume in blue.volumes.iter().filter(shared) {
        sound = false;
        let name = text::show(&volume.name);
        let kind = if volume.kind.is_empty() { "of a kind that this release does not know" } else { &volume.kind };
        let message = format!(
            "The pod template of {workload} has the volume {name} ({kind}): a green made after it would mount the same one, and two servers must not write the same files."
        );
        report.add(Reason::VolumeShared, format!("volume {name} of {workload}"), message, by_yourself(report.request));
    }
    sound
}

/// A size for claims that nothing makes.
pub(super) fn storage(report: &mut Report, blue: &WorkloadFacts, asked: &str) {
    let workload = format!("StatefulSet {}/{}", report.request.namespace, text::show(&blue.name));
    let message = format!(
        "spec.green.provision.statefulSet.storage asks for {}, but {workload} has no volume claim template, so green would get no claim.",
        text::show(asked)
    );
    let remedy = format!(
        "# leave spec.green.provision.statefulSet.storage out; or, for a green with a claim,\n{}",
        by_yourself(report.request)
    );
    report.add(Reason::StorageWithoutClaim, "volume of green", message, remedy);
}

fn by_yourself(request: &Request) -> String {
    format!(
        "# make green yourself: a StatefulSet with an empty server, wal_level=logical and the labels of green.selector\n# then, in the DatabaseMigration, without provision\nspec:\n  green: {{selector: {}}}",
        text::labels(&request.spec.green.selector)
    )
}
