//! Who owns `spec.selector` of the client Service, and would they set it back?
use std::fmt::Write as _;

use super::{Reason, Report, text};
use crate::preflight::{FieldOwner, Request, ServiceFacts};

/// Field manager of the operator for `spec.selector` of the client Service, and for nothing else.
pub const FIELD_MANAGER: &str = "verdigris-traffic";

/// Where kubectl keeps what was applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Labels and annotations by which deployment tools mark what is theirs, and the tool.
pub const MARKS: &[(&str, &str)] = &[
    ("argocd.argoproj.io/tracking-id", "Argo CD"),
    ("argocd.argoproj.io/instance", "Argo CD"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux"),
    ("helm.toolkit.fluxcd.io/name", "Flux"),
    ("meta.helm.sh/release-name", "Helm"),
    ("objectset.rio.cattle.io/id", "Fleet"),
    ("kapp.k14s.io/app", "kapp"),
    ("configsync.gke.io/resource-id", "Config Sync"),
];

/// Field managers of deployment tools: how the name begins, in lower case, and the tool.
const TOOLS: &[(&str, &str)] = &[
    ("argocd", "Argo CD"),
    ("kustomize-controller", "Flux"),
    ("helm-controller", "Flux"),
    ("flux", "Flux"),
    ("helm", "Helm"),
    ("fleet", "Fleet"),
    ("pulumi", "Pulumi"),
    ("terraform", "Terraform"),
    ("hashicorp", "Terraform"),
    ("kapp", "kapp"),
    ("configsync", "Config Sync"),
    ("kluctl", "kluctl"),
    ("crossplane", "Crossplane"),
];

/// Commands of a human that leave nothing behind which would set the field back.
const BY_HAND: &[&str] = &[
    "kubectl-create",
    "kubectl-edit",
    "kubectl-patch",
    "kubectl-replace",
    "kubectl-expose",
    "kubectl-run",
    "kubectl-set",
    "before-first-apply",
];

pub(super) fn check(report: &mut Report, subject: &str, service: &ServiceFacts) {
    for owner in service.owners.iter().filter(|owner| owner.controller) {
        let (kind, name) = (text::show(&owner.kind), text::show(&owner.name));
        let message = format!("{subject} belongs to {kind} {name}, which sets its selector back.");
        report.add(Reason::ServiceOwnedByController, subject, message, own_service(report.request, service));
    }
    if service.selector.is_empty() {
        return;
    }
    let request = report.request;
    if !service.managed {
        let message = format!("{subject} carries no managedFields: who would set its selector back cannot be seen.");
        report.add(Reason::SelectorOwnerUnknown, subject, message, take_over(request, service, None));
        return;
    }
    for owner in &service.selector_owners {
        let (manager, operation) = (text::show(&owner.manager), &owner.operation);
        match kind(owner) {
            Kind::Ours | Kind::Manifest => {}
            Kind::Tool(tool) => {
                let message = format!(
                    "The selector of {subject} is owned by {tool} ({manager}, {operation}), which would point clients back at blue."
                );
                report.add(Reason::SelectorOwnedByTool, subject, message, take_over(request, service, Some(tool)));
            }
            Kind::Hand => {
                let message = format!("The selector of {subject} was set by hand ({manager}).");
                report.add(Reason::SelectorSetByHand, subject, message, "");
            }
            Kind::Unrecognized => {
                let message = format!(
                    "The selector of {subject} is owned by {manager} ({operation}), which this release does not know."
                );
                let steps = take_over(request, service, None);
                let accept = acknowledge(Reason::SelectorOwnerUnrecognized);
                let remedy = format!("{steps}\n# or, if it never sets the selector back:\n{accept}");
                report.add(Reason::SelectorOwnerUnrecognized, subject, message, remedy);
            }
        }
    }
    if service.applied_selector || service.selector_owners.iter().any(|owner| matches!(kind(owner), Kind::Manifest)) {
        manifest(report, subject, service);
    }
}

/// What an owner of the field would do.
enum Kind {
    Ours,
    Tool(&'static str),
    Manifest,
    Hand,
    Unrecognized,
}

fn kind(owner: &FieldOwner) -> Kind {
    let name = owner.manager.to_ascii_lowercase();
    let apply = owner.operation == "Apply";
    if owner.manager == "verdigris" || owner.manager.starts_with("verdigris-") {
        Kind::Ours
    } else if let Some((_, tool)) = TOOLS.iter().find(|(prefix, _)| name.starts_with(prefix)) {
        Kind::Tool(tool)
    } else if name == "kubectl-client-side-apply" || name == "kubectl" && apply {
        Kind::Manifest
    } else if BY_HAND.contains(&name.as_str()) && !apply {
        Kind::Hand
    } else {
        Kind::Unrecognized
    }
}

fn manifest(report: &mut Report, subject: &str, service: &ServiceFacts) {
    let mark = service.marks.keys().find_map(|key| MARKS.iter().find(|(mark, _)| mark == key));
    let steps = take_over(report.request, service, mark.map(|(_, tool)| *tool));
    if let Some((_, tool)) = mark {
        let message = format!(
            "The selector of {subject} stands in the manifest that {tool} applies; it would point clients back at blue."
        );
        report.add(Reason::SelectorOwnedByTool, subject, message, steps);
        return;
    }
    let message = format!(
        "The selector of {subject} stands in a manifest that was applied with kubectl; the next apply would point clients back at blue."
    );
    let accept = acknowledge(Reason::SelectorInAppliedManifest);
    let remedy = format!("{steps}\n# or, if nobody applies it before the run is over:\n{accept}");
    report.add(Reason::SelectorInAppliedManifest, subject, message, remedy);
}

fn acknowledge(reason: Reason) -> String {
    format!("# in the DatabaseMigration\nspec:\n  acknowledge: [{}]", reason.as_str())
}

/// How the operator becomes the only owner without a moment in which the field is gone. The order matters: an applier that
/// owns the field alone takes it away with it, and kubectl moves claims of a client-side apply to whoever applies next,
/// those of other fields too.
fn take_over(request: &Request, service: &ServiceFacts, tool: Option<&str>) -> String {
    let (namespace, name) = (&request.namespace, &request.spec.service.name);
    let first = match tool {
        Some("Argo CD") => {
            "# 0. argocd app set NAME --sync-policy none, until all is done: it would sync at once\n# 1. in Git, but not synced yet: remove spec.selector, and add the annotation\n\
             #    argocd.argoproj.io/sync-options: ServerSideApply=true"
        }
        Some("Helm") => {
            "# 1. in the chart, not upgraded yet: remove spec.selector (Helm 4, server-side apply). With Helm 3: annotate the Service\n\
             #    helm.sh/resource-policy: keep, upgrade, then remove its template"
        }
        Some("Flux") => {
            "# 0. flux suspend kustomization NAME, until all is done: it would apply at once\n# 1. in the manifest, not applied yet: remove spec.selector"
        }
        _ => "# 1. in the manifest, not applied yet: remove spec.selector",
    };
    let mut steps = format!("{first}\n# 2. forget who applied it, and let the operator own the field");
    if service.applied_selector {
        let _ = write!(steps, "\nkubectl -n {namespace} annotate service {name} {LAST_APPLIED}-");
    }
    if let Some(patch) = drop_claims(service) {
        let _ = write!(steps, "\nkubectl -n {namespace} patch service {name} --type=json -p '{patch}'");
    }
    let (yaml_name, yaml_namespace, labels) =
        (text::yaml(name), text::yaml(namespace), text::labels(&service.selector));
    let _ = write!(
        steps,
        "\nkubectl apply --server-side --field-manager={FIELD_MANAGER} -f - <<'EOF'\napiVersion: v1\nkind: Service\n\
         metadata: {{name: {yaml_name}, namespace: {yaml_namespace}}}\nspec: {{selector: {labels}}}\nEOF\n\
         # 3. apply the manifest"
    );
    steps
}

/// A patch that takes the claims of those who would set the field back; the last one first, so that places stay right. It
/// fails, and changes nothing, if the list changed meanwhile.
fn drop_claims(service: &ServiceFacts) -> Option<String> {
    let mut others: Vec<_> =
        service.selector_owners.iter().filter(|owner| !matches!(kind(owner), Kind::Ours | Kind::Hand)).collect();
    others.sort_by_key(|owner| std::cmp::Reverse(owner.index));
    let operations: Vec<_> = others
        .iter()
        .flat_map(|owner| {
            let path = format!("/metadata/managedFields/{}", owner.index);
            [
                serde_json::json!({"op": "test", "path": format!("{path}/manager"), "value": owner.manager}),
                serde_json::json!({"op": "remove", "path": path}),
            ]
        })
        .collect();
    let patch = serde_json::Value::from(operations).to_string().replace('\'', "'\\''");
    (!others.is_empty()).then_some(patch)
}

fn own_service(request: &Request, service: &ServiceFacts) -> String {
    format!(
        "# give clients a Service of their own, and name it in spec.service.name\nkubectl create -f - <<'EOF'\napiVersion: v1\n\
         kind: Service\nmetadata: {{name: {}, namespace: {}}}\nspec:\n  selector: {}\n  \
         ports: [{{name: postgresql, port: 5432, targetPort: {}}}]\nEOF",
        text::yaml(&format!("{}-clients", request.spec.service.name)),
        text::yaml(&request.namespace),
        text::labels(&service.selector),
        request.spec.blue.port
    )
}
