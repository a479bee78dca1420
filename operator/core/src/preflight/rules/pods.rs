//! Pods of both sides: whose they are, and exactly one a side that is not in recovery.
use std::collections::BTreeMap;

use verdigris_crds::Side;

use super::{Reason, Report, service, text};
use crate::{
    fact::Fact,
    preflight::{Facts, PodFacts, ServerFacts, Stage},
};

type Labels = BTreeMap<String, String>;

/// Whether `selector` matches `labels`. An empty selector matches nothing here: it is a finding of its own.
pub(super) fn matches(selector: &Labels, labels: &Labels) -> bool {
    !selector.is_empty() && selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

pub(super) fn check(report: &mut Report, stage: Stage, facts: &Facts) {
    let request = report.request;
    let workload = &request.spec.blue.workload.name;
    let subject = format!("StatefulSet {}/{workload}", request.namespace);
    if let Some(None) = report.need(&facts.kubernetes.workload, Reason::WorkloadUnknown, &subject) {
        let remedy = format!(
            "kubectl -n {} get statefulsets\n# then, in the DatabaseMigration\nspec:\n  blue: {{workload: {{kind: StatefulSet, name: …}}}}",
            request.namespace
        );
        report.add(Reason::WorkloadMissing, &subject, format!("{subject}, blue's workload, does not exist."), remedy);
    }
    let green = &request.spec.green.selector;
    let blue = service::blue_selector(request, &facts.kubernetes);
    let mut sides = vec![];
    if let Some(blue) = &blue {
        sides.push((Side::Blue, blue, &facts.blue));
    }
    if stage == Stage::WithGreen {
        sides.push((Side::Green, green, &facts.green));
    }
    empty_selectors(report, blue.as_ref(), green);
    let Some(pods) = report.need(&facts.kubernetes.pods, Reason::PodsUnknown, "pods of blue and green") else { return };
    if let Some(blue) = &blue {
        of_workload(report, blue, pods);
        if overlap(report, blue, green, pods) {
            return; // which pod is whose is not clear
        }
    }
    for (side, selector, server) in sides {
        if !selector.is_empty() {
            let of_side: Vec<_> = pods.iter().filter(|pod| matches(selector, &pod.labels)).collect();
            one_primary(report, side, selector, &of_side, server);
        }
    }
}

fn empty_selectors(report: &mut Report, blue: Option<&Labels>, green: &Labels) {
    let explicit = blue.filter(|_| report.request.spec.blue.selector.is_some());
    for (side, selector) in [(Side::Blue, explicit), (Side::Green, Some(green))] {
        if selector.is_some_and(BTreeMap::is_empty) {
            let message =
                format!("spec.{}.selector is empty and would match every pod of the namespace.", side.lower());
            let remedy = format!(
                "# in the DatabaseMigration\nspec:\n  {0}: {{selector: {{app: {1}-{0}}}}}",
                side.lower(),
                report.request.name
            );
            report.add(Reason::SelectorEmpty, format!("selector of {}", side.lower()), message, remedy);
        }
    }
}

fn overlap(report: &mut Report, blue: &Labels, green: &Labels, pods: &[PodFacts]) -> bool {
    let remedy = format!(
        "# in the DatabaseMigration: labels that no pod of blue carries, and that {} does not match\nspec:\n  green: {{selector: {{app: {}}}}}",
        text::labels(blue),
        text::yaml(&format!("{}-green", report.request.name))
    );
    let both: Vec<_> = pods
        .iter()
        .filter(|pod| matches(blue, &pod.labels) && matches(green, &pod.labels))
        .map(|pod| pod.name.clone())
        .collect();
    let message = if !both.is_empty() {
        format!(
            "Blue's selector {} and green's {} both match {}.",
            text::labels(blue),
            text::labels(green),
            text::list(&both, 3)
        )
    } else if matches(blue, green) {
        format!(
            "Blue's selector {} matches every pod that green's {} matches.",
            text::labels(blue),
            text::labels(green)
        )
    } else if matches(green, blue) {
        format!(
            "Green's selector {} matches every pod that blue's {} matches.",
            text::labels(green),
            text::labels(blue)
        )
    } else {
        return false;
    };
    report.add(Reason::SelectorsOverlap, "selectors of blue and green", message, remedy);
    true
}

fn of_workload(report: &mut Report, blue: &Labels, pods: &[PodFacts]) {
    let workload = &report.request.spec.blue.workload.name;
    let strange = |pod: &&PodFacts| {
        !pod.owner.as_ref().is_some_and(|owner| owner.kind == "StatefulSet" && owner.name == *workload)
    };
    for pod in pods.iter().filter(|pod| matches(blue, &pod.labels)).filter(strange) {
        let owner =
            pod.owner.as_ref().map_or_else(|| "nobody".to_string(), |owner| format!("{} {}", owner.kind, owner.name));
        let message = format!(
            "Blue's selector matches pod {}, which belongs to {}, not to StatefulSet {workload}.",
            pod.name,
            text::show(&owner)
        );
        let remedy = format!(
            "# in the DatabaseMigration: the workload of that pod, or labels that it does not carry\nspec:\n  blue: {{workload: {{kind: StatefulSet, name: {}}}}}",
            text::yaml(pod.owner.as_ref().map_or("…", |owner| owner.name.as_str()))
        );
        report.add(Reason::PodNotOfWorkload, format!("pod {}", pod.name), message, remedy);
    }
}

fn one_primary(report: &mut Report, side: Side, selector: &Labels, pods: &[&PodFacts], server: &Fact<ServerFacts>) {
    let namespace = &report.request.namespace;
    let subject = format!("pods of {}", side.lower());
    let show = format!("kubectl -n {namespace} get pods --selector {}", text::selector(selector));
    if pods.is_empty() {
        let message = format!("No pod carries the labels {} of {}.", text::labels(selector), side.lower());
        report.add(Reason::NoPod, subject, message, format!("kubectl -n {namespace} get pods --show-labels"));
        return;
    }
    let ready: Vec<_> = pods.iter().filter(|pod| pod.ready).collect();
    if ready.is_empty() {
        let names: Vec<_> = pods.iter().map(|pod| pod.name.clone()).collect();
        report.add(
            Reason::NoReadyPod,
            subject,
            format!("None of {}'s pods is ready: {}.", side.lower(), text::list(&names, 5)),
            format!("kubectl -n {namespace} describe pods --selector {}", text::selector(selector)),
        );
        return;
    }
    let asked = server.known().and_then(|facts| facts.server.known()).map(|server| server.in_recovery);
    let mut primaries = Vec::new();
    let mut unknown = false;
    for pod in pods {
        // The only pod of a side is the server that was asked.
        let in_recovery = match (&pod.in_recovery, asked) {
            (Fact::Unknown(_), Some(asked)) if pods.len() == 1 => Some(asked),
            (Fact::Unknown(_), None) if pods.len() == 1 => return, // the server's own finding says why
            (fact, _) => {
                report.need(fact, Reason::PodRoleUnknown, &format!("whether pod {} is in recovery", pod.name)).copied()
            }
        };
        match in_recovery {
            Some(false) => primaries.push(pod.name.clone()),
            Some(true) => {}
            None => unknown = true,
        }
    }
    if primaries.len() > 1 {
        let message = format!(
            "{} pods of {} are not in recovery: {}. Which one is the database?",
            primaries.len(),
            side.lower(),
            text::list(&primaries, 5)
        );
        report.add(Reason::SeveralPrimaryPods, subject, message, show);
    } else if primaries.is_empty() && !unknown {
        report.add(
            Reason::NoPrimaryPod,
            subject,
            format!("All pods of {} are in recovery: none accepts writes.", side.lower()),
            show,
        );
    }
}
