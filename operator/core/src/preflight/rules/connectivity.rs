//! Can each server connect to the other, as the stream will?
use verdigris_crds::Side;

use super::{Reason, Report, text};
use crate::names::Names;
use crate::preflight::{Attempt, ConnectivityFacts, Outcome};

pub(super) fn check(report: &mut Report, facts: &ConnectivityFacts) {
    let names = Names::new(&report.request.run);
    for (from, fact) in [(Side::Green, &facts.green_to_blue), (Side::Blue, &facts.blue_to_green)] {
        let subject = format!("connection from {} to {}", from.lower(), from.other().lower());
        if let Some(attempt) = report.need(fact, Reason::ConnectivityUnknown, &subject)
            && attempt.outcome != Outcome::Connected
        {
            let (what, remedy) = explain(from, attempt, &names);
            let message = format!(
                "The server of {} cannot connect to {} for replication at {}: {what}.",
                from.lower(),
                from.other().lower(),
                text::show(&attempt.target)
            );
            report.add(Reason::CannotConnect, subject, message, remedy);
        }
    }
}

fn explain(from: Side, attempt: &Attempt, names: &Names) -> (&'static str, String) {
    let to = from.other();
    match attempt.outcome {
        Outcome::Connected => ("it connected", String::new()),
        Outcome::NameUnknown => (
            "the name does not resolve there",
            format!("# from a pod of {}:\ngetent hosts {}", from.lower(), host(&attempt.target)),
        ),
        Outcome::Refused => (
            "nobody listens there",
            text::server_sql(
                to,
                "ALTER SYSTEM SET listen_addresses = '*';  -- then restart; and check the port in the spec",
            ),
        ),
        Outcome::NoAnswer => ("no answer came in time", network_policy(from)),
        Outcome::HbaRejected => ("pg_hba.conf has no entry that lets it in", hba(to, names)),
        Outcome::PasswordRejected => ("name or password was rejected", hba(to, names)),
        Outcome::NoSuchDatabase => (
            "the database does not exist there",
            format!("-- on {}\nCREATE DATABASE …;  -- see GreenDatabaseMissing", to.lower()),
        ),
        Outcome::Busy => (
            "no WAL sender or connection is free",
            text::server_sql(to, "ALTER SYSTEM SET max_wal_senders = 20;  -- then restart; see also max_connections"),
        ),
        Outcome::Other => (
            "the server refused for another reason, see its log",
            format!("# look at the log of {} at the time of this message", from.lower()),
        ),
    }
}

fn host(target: &str) -> &str {
    target.rsplit_once(':').map_or(target, |(host, _)| host)
}

/// The role of the streams, the one that is tried, and on green the one that runs migrations: their names need no quoting.
fn hba(to: Side, names: &Names) -> String {
    let migrator = if to == Side::Green { format!(",{}", names.migrator_role()) } else { String::new() };
    format!(
        "# in pg_hba.conf of {}, above any line that matches before it; then SELECT pg_reload_conf();\nhost  all  {},{}{migrator}  all  scram-sha-256",
        to.lower(),
        names.replication_role(),
        names.probe()
    )
}

fn network_policy(from: Side) -> String {
    format!(
        "# a NetworkPolicy may be in the way; this one lets {} in (fill in the labels of {}'s pods):\n\
         apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: verdigris-{}-to-{}}}\nspec:\n  podSelector: {{matchLabels: {{…}}}}\n  \
         ingress: [{{from: [{{podSelector: {{matchLabels: {{…}}}}}}], ports: [{{port: 5432}}]}}]",
        from.lower(),
        from.other().lower(),
        from.lower(),
        from.other().lower(),
    )
}
