//! One server: reachable, of a version that works, with the rights and the settings that the stream needs.
use verdigris_crds::{Side, quantity::bytes};

use super::{Reason, Report, green, text};
use crate::{
    fact::Fact,
    preflight::{Server, ServerFacts, Settings},
};

/// Oldest major version that has what the protocol needs, and the newest that it was tried on.
const MAJORS: std::ops::RangeInclusive<i32> = 15..=18;

/// The facts of a server; or why it could not be asked.
pub(super) fn reachable<'f>(report: &mut Report, side: Side, fact: &'f Fact<ServerFacts>) -> Option<&'f ServerFacts> {
    let problem = match fact {
        Fact::Known(facts) => return Some(facts),
        Fact::Unknown(problem) => problem,
    };
    let word = problem.reason.to_ascii_lowercase();
    let reason = if word.contains("credential") || word.contains("password") || word.contains("auth") {
        Reason::CredentialsRejected
    } else if word.contains("reach") || word.contains("host") || word.contains("connect") || word.contains("timeout") {
        Reason::ServerUnreachable
    } else {
        Reason::ServerUnknown
    };
    let request = report.request;
    let secret = match side {
        Side::Blue => &request.spec.blue.admin_secret_ref,
        Side::Green => request.spec.green.admin_secret_ref.as_ref().unwrap_or(&request.spec.blue.admin_secret_ref),
    };
    let remedy = match reason {
        Reason::CredentialsRejected if side == Side::Green && request.spec.green.admin_secret_ref.is_none() => {
            green::own_secret(request)
        }
        Reason::CredentialsRejected => format!(
            "kubectl -n {} patch secret {} --type=merge -p '{{\"stringData\":{{\"username\":\"…\",\"password\":\"…\"}}}}'",
            request.namespace, secret.name
        ),
        Reason::ServerUnreachable => {
            format!("kubectl -n {} get pods,endpointslices,networkpolicies -o wide", request.namespace)
        }
        _ => reason.mend().into(),
    };
    let message = format!(
        "The server of {} could not be asked: {} ({}).",
        side.lower(),
        problem.message.trim_end_matches('.'),
        problem.reason
    );
    report.add(reason, format!("server of {}", side.lower()), message, remedy);
    None
}

pub(super) fn check(report: &mut Report, side: Side, facts: &ServerFacts) {
    let subject = format!("server of {}", side.lower());
    if let Some(server) = report.need(&facts.server, Reason::ServerUnknown, &subject) {
        version(report, side, server);
        if server.in_recovery {
            let message = format!("The server of {} is in recovery: a standby cannot take part.", side.lower());
            report.add(
                Reason::InRecovery,
                &subject,
                message,
                text::server_sql(side, "SELECT pg_promote();  -- if this is the server that shall write"),
            );
        }
    }
    if let Some(settings) =
        report.need(&facts.settings, Reason::SettingsUnknown, &format!("settings of {}", side.lower()))
    {
        self::settings(report, side, settings);
        super::replication::limits(report, side, facts, settings);
    }
    if let Some(role) = report.need(&facts.role, Reason::RoleUnknown, &format!("admin role of {}", side.lower()))
        && !role.superuser
    {
        let message = format!("Role {} of {} is not a superuser.", text::show(&role.name), side.lower());
        report.add(
            Reason::RoleNotSuperuser,
            format!("admin role of {}", side.lower()),
            message,
            text::server_sql(side, &format!("ALTER ROLE {} SUPERUSER;", text::ident(&role.name))),
        );
    }
}

fn version(report: &mut Report, side: Side, server: &Server) {
    let major = server.version / 10_000;
    if !MAJORS.contains(&major) {
        let message = format!(
            "The server of {} is PostgreSQL {}; this release moves 15 to 18.",
            side.lower(),
            shown(server.version)
        );
        let remedy = match side {
            Side::Blue if major < *MAJORS.start() => {
                "# upgrade blue to PostgreSQL 15 first, for example with pg_upgrade".to_string()
            }
            Side::Blue => "# use a release of Verdigris that knows this version".to_string(),
            Side::Green => image(report, MAJORS.end().min(&major.max(*MAJORS.start())).to_owned()),
        };
        report.add(Reason::VersionUnsupported, format!("server of {}", side.lower()), message, remedy);
    }
}

/// `15.19` of 150019.
fn shown(version: i32) -> String {
    format!("{}.{}", version / 10_000, version % 10_000)
}

fn image(report: &Report, major: i32) -> String {
    if report.request.spec.green.provision.is_some() {
        format!(
            "# in the DatabaseMigration\nspec:\n  green: {{provision: {{statefulSet: {{image: \"postgres:{major}\"}}}}}}\n{}",
            report.remake
        )
    } else {
        format!("# make green with PostgreSQL {major}")
    }
}

fn settings(report: &mut Report, side: Side, settings: &Settings) {
    let subject = format!("settings of {}", side.lower());
    if settings.wal_level != "logical" {
        let message = format!("wal_level of {} is {}, not logical.", side.lower(), settings.wal_level);
        report.add(
            Reason::WalLevelNotLogical,
            &subject,
            message,
            text::server_sql(side, "ALTER SYSTEM SET wal_level = 'logical';  -- then restart the server"),
        );
    }
    if let Some(seconds) = settings.idle_replication_slot_timeout.filter(|seconds| *seconds != 0) {
        let message = format!(
            "idle_replication_slot_timeout of {} is {seconds} s: a stream that rests longer would lose its slot.",
            side.lower()
        );
        report.add(
            Reason::IdleSlotTimeout,
            &subject,
            message,
            text::server_sql(side, "ALTER SYSTEM SET idle_replication_slot_timeout = 0;\nSELECT pg_reload_conf();"),
        );
    }
    if settings.synchronous_standby_names.contains('*') {
        let message =
            format!("synchronous_standby_names of {} contains *: commits would wait for our stream.", side.lower());
        report.add(Reason::SynchronousStandbyWildcard, &subject, message, text::server_sql(side, "ALTER SYSTEM SET synchronous_standby_names = '…';  -- the names of the standbys\nSELECT pg_reload_conf();"));
    }
    wal_limit(report, side, settings, &subject);
}

fn wal_limit(report: &mut Report, side: Side, settings: &Settings, subject: &str) {
    let Some(wanted) = bytes(&report.request.spec.budget.retained_wal) else { return };
    let message = match settings.max_slot_wal_keep_bytes {
        None => format!(
            "max_slot_wal_keep_size of {} is not set: if no operator is alive, nothing limits the WAL that a slot retains.",
            side.lower()
        ),
        Some(limit) if limit < wanted => format!(
            "max_slot_wal_keep_size of {} is {}, less than the budget of {}: the stream is lost there.",
            side.lower(),
            text::size(limit),
            text::size(wanted)
        ),
        Some(_) => return,
    };
    let remedy =
        format!("ALTER SYSTEM SET max_slot_wal_keep_size = '{}MB';\nSELECT pg_reload_conf();", (wanted >> 20).max(1));
    report.add(Reason::SlotWalLimit, subject, message, text::server_sql(side, &remedy));
}

/// What can only be said of both servers together.
pub(super) fn pair(report: &mut Report, blue: &ServerFacts, green: &ServerFacts) {
    let (Some(blue), Some(green)) = (blue.server.known(), green.server.known()) else { return };
    if green.version / 10_000 < blue.version / 10_000 {
        let message =
            format!("Green is PostgreSQL {}, older than blue's {}.", shown(green.version), shown(blue.version));
        report.add(Reason::GreenOlderThanBlue, "server of green", message, image(report, blue.version / 10_000));
    }
    if green.system_identifier == blue.system_identifier {
        let message =
            "Blue and green have the same system identifier: they are one server, or green is a physical copy of blue.";
        report.add(
            Reason::SameServer,
            "server of green",
            message,
            "# make green with initdb on an empty volume, and check that spec.green.selector matches its pods alone",
        );
    }
}
