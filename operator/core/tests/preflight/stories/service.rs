//! The client Service.
use verdigris_core::{fact::Fact, preflight::*};

use crate::{
    transcript::{Story, early, story},
    world::*,
};

pub fn shape() -> Vec<Story> {
    vec![
        early("The Service does not exist", |_, facts| facts.kubernetes.service = Fact::Known(None)),
        early("The operator may not read the Service", |_, facts| facts.kubernetes.service = unknown()),
        early("The Service is an ExternalName", |_, facts| {
            let service = service(facts);
            service.kind = "ExternalName".into();
            service.selector.clear();
        }),
        early("The Service is headless", |_, facts| service(facts).headless = true),
        early("The Service is a LoadBalancer", |_, facts| service(facts).kind = "LoadBalancer".into()),
        early("The Service is a LoadBalancer, acknowledged", |request, facts| {
            service(facts).kind = "LoadBalancer".into();
            request.spec.acknowledge = vec!["ServiceReachableFromOutside".into()];
        }),
        early("The Service has no selector, and the spec says what blue is", |request, facts| {
            service(facts).selector.clear();
            request.spec.blue.selector = Some(labels("orders-blue"));
        }),
        early("The Service publishes pods that are not ready", |_, facts| service(facts).publishes_not_ready = true),
        story("The Service selects something else than blue", |request, facts| {
            service(facts).selector = labels("elsewhere");
            request.spec.blue.selector = Some(labels("orders-blue"));
        }),
        early("The Service selects a label that green will carry too", |request, facts| {
            let label = ("tier".to_string(), "db".to_string());
            service(facts).selector = [label.clone()].into();
            request.spec.green.selector.insert(label.0, label.1);
            of(&mut facts.kubernetes.pods)[0].labels.insert("tier".into(), "db".into());
        }),
        story("A pod of green carries a label that the Service selects", |_, facts| {
            of(&mut facts.kubernetes.pods)[1].labels.insert("tier".into(), "db".into());
            of(&mut facts.kubernetes.pods)[0].labels.insert("tier".into(), "db".into());
            service(facts).selector = [("tier".to_string(), "db".to_string())].into();
        }),
        early("Endpoint slices cannot be read", |_, facts| service(facts).slices = unknown()),
        early("No endpoint is ready", |_, facts| of(&mut service(facts).slices)[0].ready = 0),
        early("Somebody wrote an endpoint slice by hand", |_, facts| {
            let by_hand = SliceFacts { name: "orders-db-standby".into(), managed_by: "ops".into(), ready: 1 };
            of(&mut service(facts).slices).push(by_hand);
        }),
    ]
}

fn owned(manager: &'static str, operation: &'static str) -> impl Fn(&mut Request, &mut Facts) {
    move |_, facts| service(facts).selector_owners = vec![owner(manager, operation, 0)]
}

pub fn owners() -> Vec<Story> {
    vec![
        early("Argo CD applies the selector", owned("argocd-controller", "Apply")),
        early("Flux applies the selector", owned("kustomize-controller", "Apply")),
        early("Helm 3 set the selector", owned("helm", "Update")),
        early("Somebody ran kubectl apply with the selector in the manifest", |_, facts| {
            let service = service(facts);
            service.applied_selector = true;
            service.selector_owners = vec![owner("kubectl-client-side-apply", "Update", 0)];
        }),
        early("The same, acknowledged", |request, facts| {
            let service = service(facts);
            service.applied_selector = true;
            service.selector_owners = vec![owner("kubectl-client-side-apply", "Update", 0)];
            request.spec.acknowledge = vec!["SelectorInAppliedManifest".into()];
        }),
        early("A Service that Helm marks was applied with kubectl", |_, facts| {
            let service = service(facts);
            service.applied_selector = true;
            service.marks = [("meta.helm.sh/release-name".to_string(), "orders".to_string())].into();
            service.selector_owners = vec![owner("kubectl-client-side-apply", "Update", 0)];
        }),
        early("Somebody edited the selector by hand", owned("kubectl-edit", "Update")),
        early("An unknown controller owns the selector", owned("acme-traffic", "Apply")),
        early("Nothing says who owns the selector", |_, facts| service(facts).managed = false),
        early("The Service belongs to another operator", |_, facts| {
            let cluster = Owner { kind: "Cluster".into(), name: "orders".into(), controller: true };
            service(facts).owners = vec![cluster];
        }),
    ]
}
