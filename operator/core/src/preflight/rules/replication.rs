//! What replication needs of a server, and what others have there already.
use verdigris_crds::Side;

use super::{Reason, Report, leftovers, text};
use crate::preflight::{ServerFacts, Settings, Transaction};

/// Slots we need on each side: one of a stream, and one of an earlier turn that is about to go, or a count of writes.
const SLOTS: i64 = 2;
/// WAL senders: one of a stream, and one of a lost connection that has not timed out yet.
const SENDERS: i64 = 2;
/// Apply workers: one, and one of an earlier turn that is about to end.
const WORKERS: i64 = 2;
/// Origins: one of a stream, and one of an earlier turn that is about to go.
const ORIGINS: i64 = 2;
/// From this age on a writing transaction is a question, in seconds.
const OLD_WRITER: i64 = 300;
/// From this age on a reading transaction is a note, in seconds.
const OLD_READER: i64 = 3600;

/// Enough free of everything.
pub(super) fn limits(report: &mut Report, side: Side, facts: &ServerFacts, settings: &Settings) {
    let Some(used) = report.need(&facts.usage, Reason::UsageUnknown, &format!("limits in use on {}", side.lower()))
    else {
        return;
    };
    let (origins, origins_name) = match settings.max_active_replication_origins {
        Some(limit) => (limit, "max_active_replication_origins"),
        None => (settings.max_replication_slots, "max_replication_slots"),
    };
    let rows = [
        (
            Reason::ReplicationSlotsTooFew,
            "max_replication_slots",
            settings.max_replication_slots,
            used.replication_slots,
            SLOTS,
        ),
        (Reason::WalSendersTooFew, "max_wal_senders", settings.max_wal_senders, used.wal_senders, SENDERS),
        (
            Reason::LogicalWorkersTooFew,
            "max_logical_replication_workers",
            settings.max_logical_replication_workers,
            used.logical_workers,
            WORKERS,
        ),
        (
            Reason::WorkerProcessesTooFew,
            "max_worker_processes",
            settings.max_worker_processes,
            used.worker_processes,
            WORKERS,
        ),
        (Reason::ReplicationOriginsTooFew, origins_name, origins, used.origins, ORIGINS),
    ];
    for (reason, setting, limit, used, needed) in rows {
        if limit - used < needed {
            let message =
                format!("{setting} of {} is {limit} and {used} are in use; {needed} must be free.", side.lower());
            let remedy = format!(
                "ALTER SYSTEM SET {setting} = {};  -- then restart the server",
                used.saturating_add(needed).max(limit)
            );
            report.add(reason, format!("settings of {}", side.lower()), message, text::server_sql(side, &remedy));
        }
    }
}

pub(super) fn check(report: &mut Report, side: Side, facts: &ServerFacts) {
    transactions(report, side, facts);
    let run = format!("verdigris_{}_", report.request.run);
    if let Some(slots) =
        report.need(&facts.slots, Reason::SlotsUnknown, &format!("replication slots of {}", side.lower()))
    {
        for slot in slots.iter().filter(|slot| !slot.name.starts_with(&run)) {
            let name = text::show(&slot.name);
            let drop = format!("SELECT pg_drop_replication_slot({});", text::literal(&slot.name));
            if slot.name.starts_with("verdigris_") {
                leftovers::add(
                    report,
                    Reason::LeftoverSlot,
                    side,
                    &format!("replication slot {name}"),
                    text::server_sql(side, &drop),
                );
            } else if slot.database.is_some() && side == Side::Blue {
                let state = if slot.active { "in use" } else { "not in use now" };
                let message = format!(
                    "Logical slot {name} of blue is somebody else's ({state}): its consumer does not move to green by itself."
                );
                let remedy = format!(
                    "{drop}  -- if nobody needs it\n-- or, in the DatabaseMigration:\n-- spec: {{acknowledge: [ForeignSlot]}}"
                );
                report.add(
                    Reason::ForeignSlot,
                    format!("replication slot {name} on blue"),
                    message,
                    text::server_sql(side, &remedy),
                );
            }
        }
    }
    subscriptions(report, side, facts, &run);
    if let Some(origins) =
        report.need(&facts.origins, Reason::OriginsUnknown, &format!("replication origins of {}", side.lower()))
    {
        for origin in origins {
            let name = text::show(origin);
            let message = format!(
                "Replication origin {name} of {} belongs to no subscription: whoever uses it writes past the gate.",
                side.lower()
            );
            let remedy = format!(
                "SELECT pg_replication_origin_drop({});  -- once what uses it is stopped",
                text::literal(origin)
            );
            report.add(
                Reason::ForeignOrigin,
                format!("replication origin {name} on {}", side.lower()),
                message,
                text::server_sql(side, &remedy),
            );
        }
    }
    if let Some(roles) = report.need(&facts.roles, Reason::LeftoverUnknown, &format!("roles of {}", side.lower())) {
        for role in roles.iter().filter(|role| !role.starts_with(&run)) {
            let drop = format!("DROP OWNED BY {0};  -- in every database\nDROP ROLE {0};", text::ident(role));
            leftovers::add(
                report,
                Reason::LeftoverRole,
                side,
                &format!("role {}", text::show(role)),
                text::server_sql(side, &drop),
            );
        }
    }
}

fn subscriptions(report: &mut Report, side: Side, facts: &ServerFacts, run: &str) {
    let Some(subscriptions) =
        report.need(&facts.subscriptions, Reason::SubscriptionsUnknown, &format!("subscriptions of {}", side.lower()))
    else {
        return;
    };
    let database = facts.database.known().map(|database| database.name.as_str());
    for subscription in subscriptions.iter().filter(|subscription| !subscription.name.starts_with(run)) {
        let name = text::show(&subscription.name);
        let ident = text::ident(&subscription.name);
        let remedy = text::sql(
            side,
            &subscription.database,
            &format!(
                "ALTER SUBSCRIPTION {ident} DISABLE;\nALTER SUBSCRIPTION {ident} SET (slot_name = NONE);\nDROP SUBSCRIPTION {ident};"
            ),
        );
        if subscription.name.starts_with("verdigris_") {
            leftovers::add(report, Reason::LeftoverSubscription, side, &format!("subscription {name}"), remedy);
        } else if database.is_none_or(|database| database == subscription.database) {
            let message = format!(
                "Subscription {name} writes into database {} of {}: it would write past the gate.",
                text::show(&subscription.database),
                side.lower()
            );
            report.add(
                Reason::ForeignSubscription,
                format!("subscription {name} on {}", side.lower()),
                message,
                remedy,
            );
        }
    }
}

fn transactions(report: &mut Report, side: Side, facts: &ServerFacts) {
    if let Some(prepared) =
        report.need(&facts.prepared, Reason::PreparedUnknown, &format!("prepared transactions of {}", side.lower()))
    {
        report.each(Reason::PreparedTransaction, prepared, "SELECT * FROM pg_prepared_xacts;", |found| {
            let gid = text::show(&found.gid);
            let message = format!(
                "Prepared transaction {gid} of {} in database {} is open since {}.",
                text::show(&found.owner),
                text::show(&found.database),
                found.since
            );
            let remedy = format!("ROLLBACK PREPARED {0};  -- or COMMIT PREPARED {0}", text::literal(&found.gid));
            (
                format!("prepared transaction {gid} on {}", side.lower()),
                message,
                text::sql(side, &found.database, &remedy),
            )
        });
    }
    let Some(open) =
        report.need(&facts.transactions, Reason::TransactionsUnknown, &format!("transactions of {}", side.lower()))
    else {
        return;
    };
    let line = |found: &Transaction| {
        let message = format!(
            "Session {} ({}, {}, database {}) has had a transaction open since {}.",
            found.pid,
            text::show(&found.user),
            text::show(&found.application),
            text::show(&found.database),
            found.since
        );
        (
            format!("session {} on {}", found.pid, side.lower()),
            message,
            text::server_sql(side, &format!("SELECT pg_terminate_backend({});", found.pid)),
        )
    };
    let writers: Vec<_> =
        open.iter().filter(|found| found.writes && found.age_seconds >= OLD_WRITER).cloned().collect();
    let readers: Vec<_> =
        open.iter().filter(|found| !found.writes && found.age_seconds >= OLD_READER).cloned().collect();
    let rest = "SELECT pid, usename, application_name, state, xact_start FROM pg_stat_activity WHERE xact_start IS NOT NULL ORDER BY xact_start;";
    report.each(Reason::OldTransaction, &writers, rest, line);
    report.each(Reason::OldSnapshot, &readers, rest, line);
}
