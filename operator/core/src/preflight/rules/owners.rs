//! Who owns `spec.selector` of the client Service, and would they set it back?
use std::fmt::Write as _;

use super::{Reason, Report, text};
use crate::preflight::{FieldOwner, ServiceFacts};

/// Field manager of the operator for `spec.selector` of the client Service, and for nothing else.
pub const FIELD_MANAGER: &str = "verdigris-traffic";

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
        let message = format!(
            "{subject} belongs to {} {}, which sets its selector back.",
            text::show(&owner.kind),
            text::show(&owner.name)
        );
        report.add(Reason::ServiceOwnedByController, subject, message, own_service(report.request, service));
    }
    if service.selector.is_empty() {
        return;
    }
    if !service.managed {
        let message = format!("{subject} carries no managedFields: who would set its selector back cannot be seen.");
        report.add(Reason::SelectorOwnerUnknown, subject, message, take_over(report.request, service, None));
        return;
    }
    let mark = service.marks.keys().find_map(|key| MARKS.iter().find(|(mark, _)| mark == key).map(|(_, tool)| *tool));
    let mut applied = service.applied_selector;
    for owner in service.selector_owners.iter().filter(|owner| !ours(owner)) {
        let name = owner.manager.to_ascii_lowercase();
        if let Some((_, tool)) = TOOLS.iter().find(|(prefix, _)| name.starts_with(prefix)) {
            tool_owns(report, subject, service, owner, tool);
        } else if name == "kubectl-client-side-apply" || name == "kubectl" && owner.operation == "Apply" {
            applied = true;
        } else if BY_HAND.contains(&name.as_str()) && owner.operation == "Update" {
            report.add(
                Reason::SelectorSetByHand,
                subject,
                format!("The selector of {subject} was set by hand ({}).", owner.manager),
                "",
            );
        } else {
            let message = format!(
                "The selector of {subject} is owned by {} ({}), which this release does not know.",
                text::show(&owner.manager),
                owner.operation
            );
            let remedy = format!(
                "{}\n# or, if it never sets the selector back:\n{}",
                take_over(report.request, service, Some(owner)),
                acknowledge(Reason::SelectorOwnerUnrecognized)
            );
            report.add(Reason::SelectorOwnerUnrecognized, subject, message, remedy);
        }
    }
    if applied {
        manifest(report, subject, service, mark);
    }
}

fn tool_owns(report: &mut Report, subject: &str, service: &ServiceFacts, owner: &FieldOwner, tool: &str) {
    let message = format!(
        "The selector of {subject} is owned by {tool} ({}, {}), which would point clients back at blue.",
        text::show(&owner.manager),
        owner.operation
    );
    let first = match tool {
        "Argo CD" => {
            "# 1. in Git: remove spec.selector from the Service and add this annotation, then sync\n#    metadata: {annotations: {argocd.argoproj.io/sync-options: ServerSideApply=true}}"
        }
        "Helm" => {
            "# 1. in the chart: remove spec.selector, and upgrade with server-side apply (Helm 4);\n#    with Helm 3 keep the Service out of the release: annotate it, upgrade, remove its template, upgrade\n#    metadata: {annotations: {helm.sh/resource-policy: keep}}"
        }
        _ => "# 1. in the source of the manifest: remove spec.selector from the Service, and apply it server-side",
    };
    let remedy = format!(
        "# 0. before step 1, let the operator own the field too, so that it does not vanish\n{}\n{first}\n# 2. if the tool's claim is still there\n{}",
        own(report.request, service),
        drop_claim(report.request, owner)
    );
    report.add(Reason::SelectorOwnedByTool, subject, message, remedy);
}

fn manifest(report: &mut Report, subject: &str, service: &ServiceFacts, mark: Option<&str>) {
    let owner = service.selector_owners.iter().find(|owner| owner.manager.starts_with("kubectl"));
    if let Some(tool) = mark {
        let message = format!(
            "The selector of {subject} stands in the manifest that {tool} applies; it would point clients back at blue."
        );
        report.add(Reason::SelectorOwnedByTool, subject, message, take_over(report.request, service, owner));
        return;
    }
    let message = format!(
        "The selector of {subject} stands in a manifest that was applied with kubectl; the next apply would point clients back at blue."
    );
    let remedy = format!(
        "{}\n# or, if nobody applies it before the run is over:\n{}",
        take_over(report.request, service, owner),
        acknowledge(Reason::SelectorInAppliedManifest)
    );
    report.add(Reason::SelectorInAppliedManifest, subject, message, remedy);
}

fn ours(owner: &FieldOwner) -> bool {
    owner.manager == "verdigris" || owner.manager.starts_with("verdigris-")
}

fn acknowledge(reason: Reason) -> String {
    format!("# in the DatabaseMigration\nspec:\n  acknowledge: [{}]", reason.as_str())
}

/// The selector of now, applied in the operator's name: nothing changes but the ownership.
fn own(request: &crate::preflight::Request, service: &ServiceFacts) -> String {
    format!(
        "kubectl apply --server-side --field-manager={FIELD_MANAGER} -f - <<'EOF'\napiVersion: v1\nkind: Service\nmetadata: {{name: {}, namespace: {}}}\nspec: {{selector: {}}}\nEOF",
        text::yaml(&request.spec.service.name),
        text::yaml(&request.namespace),
        text::labels(&service.selector)
    )
}

fn take_over(request: &crate::preflight::Request, service: &ServiceFacts, owner: Option<&FieldOwner>) -> String {
    let mut steps = format!(
        "# remove spec.selector from the manifest, then let the operator own the field\n{}",
        own(request, service)
    );
    if service.applied_selector {
        let _ = write!(
            steps,
            "\nkubectl -n {} annotate service {} kubectl.kubernetes.io/last-applied-configuration-",
            request.namespace, request.spec.service.name
        );
    }
    if let Some(owner) = owner {
        steps.push('\n');
        steps.push_str(&drop_claim(request, owner));
    }
    steps
}

fn drop_claim(request: &crate::preflight::Request, owner: &FieldOwner) -> String {
    let patch = serde_json::json!([
        {"op": "test", "path": format!("/metadata/managedFields/{}/manager", owner.index), "value": owner.manager},
        {"op": "remove", "path": format!("/metadata/managedFields/{}", owner.index)},
    ]);
    format!(
        "kubectl -n {} patch service {} --type=json -p '{}'",
        request.namespace,
        request.spec.service.name,
        patch.to_string().replace('\'', "'\\''")
    )
}

fn own_service(request: &crate::preflight::Request, service: &ServiceFacts) -> String {
    format!(
        "# give clients a Service of their own, and name it in spec.service.name\nkubectl apply -f - <<'EOF'\napiVersion: v1\nkind: Service\n\
         metadata: {{name: {}, namespace: {}}}\nspec:\n  selector: {}\n  ports: [{{name: postgresql, port: 5432, targetPort: {}}}]\nEOF",
        text::yaml(&format!("{}-clients", request.spec.service.name)),
        text::yaml(&request.namespace),
        text::labels(&service.selector),
        request.spec.blue.port
    )
}
