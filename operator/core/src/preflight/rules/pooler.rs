//! The pooler that the object names: it must be there, be in the path of clients, and be able to hold them.
use super::{Reason, Report, choose_database, text};
use crate::{
    names,
    preflight::{Facts, PooledDatabase, PoolerFacts, ServerFacts},
};

pub(super) fn check(report: &mut Report, facts: &Facts, blue: &ServerFacts) {
    let request = report.request;
    if request.spec.pooler.is_none() {
        return;
    }
    // Where it is not clear which database moves, that is said first.
    let Some(Ok(database)) = blue.databases.known().map(|all| choose_database(&request.spec, all)) else { return };
    let subject = "the admin console of the pooler";
    let Some(pods) = report.need(&facts.poolers, Reason::PoolerUnreachable, subject) else { return };
    if pods.is_empty() {
        let message = "No pod that runs is behind spec.pooler.pgBouncer.selector: nobody would hold the clients.";
        report.add(Reason::PoolerMissing, "the pooler", message, Reason::PoolerMissing.mend());
    }
    let hosts = names::service_hosts(&request.spec.service.name, &request.namespace);
    for pod in pods {
        if !pod.admin {
            let message = format!(
                "The user in the Secret of spec.pooler.pgBouncer.adminSecretRef is none of the admin_users of pooler pod {}: it may look, but not hold anybody.",
                pod.pod
            );
            let remedy = "; in pgbouncer.ini\nadmin_users = NAME";
            report.add(Reason::PoolerNotAdmin, format!("pooler pod {}", pod.pod), message, remedy);
        }
        if pod.shares_port {
            let remedy =
                "; in pgbouncer.ini; takes a restart, and more pods where one process is not enough\nso_reuseport = 0";
            report.add(Reason::PoolerSharesPort, format!("pooler pod {}", pod.pod), shares_port(&pod.pod), remedy);
        }
        let ours: Vec<_> = pod.databases.iter().filter(|one| one.leads_to(&database, &hosts)).collect();
        if ours.is_empty() {
            not_in_the_path(report, pod, &database);
        }
        for one in ours.into_iter().filter(|one| mode(pod, one) == "session") {
            let message = format!(
                "Database {} of pooler pod {} is pooled by session: it can hold its clients only when all have left, so that a cutover is put back while any is connected.",
                text::show(&one.name),
                pod.pod
            );
            let remedy = "; in pgbouncer.ini, if the application allows it\npool_mode = transaction";
            report.add(Reason::PoolerSessionMode, format!("pooler pod {}", pod.pod), message, remedy);
        }
    }
}

/// What is wrong with a pod whose processes share a port.
pub(crate) fn shares_port(pod: &str) -> String {
    format!(
        "Pooler pod {pod} has so_reuseport set: several processes may be behind its port, its console is the one of any of them, and clients of the others would not be held, or not be let go."
    )
}

fn mode<'a>(pod: &'a PoolerFacts, one: &'a PooledDatabase) -> &'a str {
    one.mode.as_deref().unwrap_or(&pod.mode)
}

fn not_in_the_path(report: &mut Report, pod: &PoolerFacts, database: &str) {
    let request = report.request;
    let (service, namespace) = (&request.spec.service.name, &request.namespace);
    let message = format!(
        "No database of pooler pod {} leads to database {} of Service {service}: its clients would not be held.",
        pod.pod,
        text::show(database)
    );
    let remedy = format!(
        "; in pgbouncer.ini\n[databases]\n{database} = host={service}.{namespace}.svc.cluster.local port=5432 dbname={database}\n; or take spec.pooler out of the DatabaseMigration"
    );
    report.add(Reason::PoolerNotInPath, format!("pooler pod {}", pod.pod), message, remedy);
}
