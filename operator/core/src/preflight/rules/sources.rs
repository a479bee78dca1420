//! Secrets and ConfigMaps that the spec names, and other migrations beside this one.
use super::{Reason, Report, text};
use crate::preflight::{KubernetesFacts, OtherMigration};

/// Phases that end a run.
const OVER: [&str; 3] = ["Succeeded", "RolledBack", "Failed"];

pub(super) fn check(report: &mut Report, facts: &KubernetesFacts) {
    let namespace = report.request.namespace.clone();
    for secret in &facts.secrets {
        let subject = format!("Secret {namespace}/{} of {}", secret.name, secret.side.lower());
        let Some(keys) = report.need(&secret.keys, Reason::SecretUnknown, &subject) else { continue };
        let create = format!(
            "kubectl -n {namespace} create secret generic {} --from-literal=username=postgres --from-literal=password=…",
            secret.name
        );
        let Some(keys) = keys else {
            report.add(Reason::SecretMissing, &subject, format!("{subject} does not exist."), create);
            continue;
        };
        let missing: Vec<_> =
            ["username", "password"].into_iter().filter(|key| !keys.iter().any(|have| have == key)).collect();
        if !missing.is_empty() {
            let message = format!("{subject} lacks {}, or it is empty.", missing.join(" and "));
            let data: Vec<_> = missing.iter().map(|key| format!("\"{key}\":\"…\"")).collect();
            let remedy = format!(
                "kubectl -n {namespace} patch secret {} --type=merge -p '{{\"stringData\":{{{}}}}}'",
                secret.name,
                data.join(",")
            );
            report.add(Reason::SecretKeyMissing, &subject, message, remedy);
        }
    }
    for map in &facts.config_maps {
        let subject = format!("ConfigMap {namespace}/{} of migration {}", map.name, map.migration);
        let Some(keys) = report.need(&map.keys, Reason::ConfigMapUnknown, &subject) else { continue };
        let create = format!(
            "kubectl -n {namespace} create configmap {} --from-file=migrations/ --dry-run=client -o yaml | kubectl apply -f -",
            map.name
        );
        match keys {
            None => report.add(Reason::ConfigMapMissing, &subject, format!("{subject} does not exist."), create),
            Some(keys) if keys.is_empty() => {
                report.add(Reason::ConfigMapEmpty, &subject, format!("{subject} holds no file."), create);
            }
            Some(_) => {}
        }
    }
    others(report, facts);
}

/// Of two that want the same thing the older one has it, unless the younger one began already: else both would wait for ever.
fn others(report: &mut Report, facts: &KubernetesFacts) {
    let request = report.request;
    let Some(migrations) = report.need(&facts.migrations, Reason::MigrationsUnknown, "other migrations") else {
        return;
    };
    for other in migrations.iter().filter(|other| active(other) && (other.older || begun(other))) {
        let green = request
            .spec
            .green
            .provision
            .as_ref()
            .map(|made| made.stateful_set.name.clone().unwrap_or_else(|| format!("{}-green", request.name)));
        let mut shared = Vec::new();
        if other.service == request.spec.service.name {
            shared.push(format!("the Service {}", other.service));
        }
        if other.blue == request.spec.blue.workload.name {
            shared.push(format!("blue {}", other.blue));
        }
        if other.green.as_deref() == Some(request.spec.blue.workload.name.as_str())
            || green.as_deref() == Some(other.blue.as_str())
        {
            shared.push("a database that is blue in one and green in the other".into());
        }
        if other.green.is_some() && other.green == green {
            shared.push(format!("green {}", other.green.as_deref().unwrap_or_default()));
        }
        if shared.is_empty() {
            continue;
        }
        let phase = other.phase.as_deref().unwrap_or("Pending");
        let message = format!(
            "DatabaseMigration {} is under way (phase {}) on {}.",
            text::show(&other.name),
            text::show(phase),
            shared.join(" and ")
        );
        let remedy = format!(
            "kubectl -n {0} wait dbmig/{1} --for=condition=Succeeded --timeout=24h\n# or, if it is not wanted any more:\nkubectl -n {0} delete dbmig {1}",
            request.namespace, other.name
        );
        report.add(
            Reason::AnotherMigration,
            format!("DatabaseMigration {}/{}", request.namespace, other.name),
            message,
            remedy,
        );
    }
}

fn active(other: &OtherMigration) -> bool {
    other.finalizer || !other.phase.as_deref().is_some_and(|phase| OVER.contains(&phase))
}

fn begun(other: &OtherMigration) -> bool {
    other.finalizer
}
