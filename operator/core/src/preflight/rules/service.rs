//! The client Service: can its selector move clients, and does it select blue alone today?
use std::collections::BTreeMap;

use super::{Reason, Report, owners, pods, text};
use crate::preflight::{KubernetesFacts, Request, ServiceFacts, Stage};

/// The label value of endpoint slices that follow the selector.
const CONTROLLER: &str = "endpointslice-controller.k8s.io";

pub(super) fn check(report: &mut Report, stage: Stage, facts: &KubernetesFacts) {
    let request = report.request;
    let subject = format!("Service {}/{}", request.namespace, request.spec.service.name);
    let Some(service) = report.need(&facts.service, Reason::ServiceUnknown, &subject) else { return };
    let Some(service) = service else {
        let remedy = format!(
            "kubectl -n {} get services\n# then, in the DatabaseMigration\nspec:\n  service: {{name: …}}",
            request.namespace
        );
        report.add(Reason::ServiceMissing, &subject, format!("{subject} does not exist."), remedy);
        return;
    };
    shape(report, &subject, service);
    owners::check(report, &subject, service);
    if !service.selector.is_empty() {
        selection(report, stage, &subject, service, facts);
    }
    endpoints(report, &subject, service);
}

fn shape(report: &mut Report, subject: &str, service: &ServiceFacts) {
    let request = report.request;
    let own = format!(
        "# give clients a Service with a cluster IP\nkubectl -n {} create service clusterip {}-clients --tcp=5432:{}  # then set its selector, and spec.service.name",
        request.namespace, request.spec.service.name, request.spec.blue.port
    );
    if service.kind == "ExternalName" {
        report.add(
            Reason::ServiceExternalName,
            subject,
            format!("{subject} is of type ExternalName: it has no endpoints that could move."),
            own,
        );
        return;
    }
    if service.headless {
        report.add(
            Reason::ServiceHeadless,
            subject,
            format!("{subject} is headless: clients hold addresses of pods, which no selector moves."),
            own,
        );
    }
    if service.kind == "NodePort" || service.kind == "LoadBalancer" {
        let message = format!(
            "{subject} is of type {}: clients outside the cluster may keep connections to old endpoints.",
            service.kind
        );
        report.add(
            Reason::ServiceReachableFromOutside,
            subject,
            message,
            "# in the DatabaseMigration\nspec:\n  acknowledge: [ServiceReachableFromOutside]",
        );
    }
    if service.selector.is_empty() {
        let remedy = request.spec.blue.selector.as_ref().map_or_else(
            || {
                format!(
                    "kubectl -n {} get pods --show-labels\nkubectl -n {0} set selector service {} KEY=VALUE",
                    request.namespace, request.spec.service.name
                )
            },
            |labels| {
                format!(
                    "kubectl -n {} set selector service {} {}",
                    request.namespace,
                    request.spec.service.name,
                    text::selector(labels)
                )
            },
        );
        report.add(Reason::ServiceWithoutSelector, subject, format!("{subject} has no selector."), remedy);
    }
    if service.publishes_not_ready {
        let remedy = format!(
            "kubectl -n {} patch service {} --type=merge -p '{{\"spec\":{{\"publishNotReadyAddresses\":false}}}}'",
            request.namespace, request.spec.service.name
        );
        report.add(
            Reason::ServicePublishesNotReady,
            subject,
            format!("{subject} publishes pods that are not ready: ready endpoints prove nothing."),
            remedy,
        );
    }
}

/// Blue's selector: as the spec says, else what the Service selects today.
pub(super) fn blue_selector(request: &Request, facts: &KubernetesFacts) -> Option<BTreeMap<String, String>> {
    request.spec.blue.selector.clone().or_else(|| Some(facts.service.known()?.as_ref()?.selector.clone()))
}

fn selection(report: &mut Report, stage: Stage, subject: &str, service: &ServiceFacts, facts: &KubernetesFacts) {
    let request = report.request;
    let green = &request.spec.green.selector;
    let remedy = format!(
        "# in the DatabaseMigration: labels that {} does not match\nspec:\n  green: {{selector: {{app: {}}}}}",
        text::labels(&service.selector),
        text::yaml(&format!("{}-green", request.name))
    );
    if pods::matches(&service.selector, green) {
        let message = format!(
            "{subject} selects {}: it would select green's pods ({}) too, before the switch.",
            text::labels(&service.selector),
            text::labels(green)
        );
        report.add(Reason::ServiceSelectsGreen, subject, message, &remedy);
    }
    let Some(all) = facts.pods.known() else { return };
    let selected: Vec<_> = all.iter().filter(|pod| pods::matches(&service.selector, &pod.labels)).collect();
    if stage == Stage::WithGreen && !green.is_empty() && !pods::matches(&service.selector, green) {
        for pod in selected.iter().filter(|pod| pods::matches(green, &pod.labels)) {
            let message =
                format!("{subject} selects {}, and so pod {} of green.", text::labels(&service.selector), pod.name);
            report.add(Reason::ServiceSelectsGreen, subject, message, &remedy);
        }
    }
    let Some(blue) = &request.spec.blue.selector else { return };
    let of_blue = |labels: &BTreeMap<String, String>| pods::matches(blue, labels);
    if !selected.iter().any(|pod| of_blue(&pod.labels)) || selected.iter().any(|pod| !of_blue(&pod.labels)) {
        let message = format!(
            "{subject} selects {}, which are not blue's pods ({}).",
            text::labels(&service.selector),
            text::labels(blue)
        );
        let remedy = format!(
            "kubectl -n {} set selector service {} {}",
            request.namespace,
            request.spec.service.name,
            text::selector(blue)
        );
        report.add(Reason::ServiceNotOnBlue, subject, message, remedy);
    }
}

fn endpoints(report: &mut Report, subject: &str, service: &ServiceFacts) {
    let request = report.request;
    if service.kind == "ExternalName" {
        return;
    }
    let Some(slices) = report.need(&service.slices, Reason::EndpointsUnknown, &format!("endpoint slices of {subject}"))
    else {
        return;
    };
    if slices.iter().filter(|slice| slice.managed_by == CONTROLLER).map(|slice| slice.ready).sum::<usize>() == 0 {
        let remedy =
            format!("kubectl -n {} get pods --selector {}", request.namespace, text::selector(&service.selector));
        report.add(Reason::NoReadyEndpoint, subject, format!("{subject} has no ready endpoint."), remedy);
    }
    for slice in slices.iter().filter(|slice| slice.managed_by != CONTROLLER) {
        let message = format!(
            "Endpoint slice {} of {subject} is managed by {:?}, not by the selector: it would not move.",
            slice.name, slice.managed_by
        );
        report.add(
            Reason::ForeignEndpoints,
            format!("EndpointSlice {}/{}", request.namespace, slice.name),
            message,
            format!("kubectl -n {} delete endpointslice {}", request.namespace, slice.name),
        );
    }
}
