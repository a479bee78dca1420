//! What stands in the database that moves, tables aside.
use verdigris_crds::Side;

use super::{Reason, Report, text};
use crate::preflight::{DatabaseFacts, ServerFacts};

/// Reason of the problem that hides a database when it is not clear which one is meant: blue's own finding tells.
const NOT_CHOSEN: &str = "DatabaseNotChosen";

/// The facts of the database; nothing more is said where a finding about the list of databases tells why they are missing.
pub(super) fn known<'f>(report: &mut Report, side: Side, facts: &'f ServerFacts) -> Option<&'f DatabaseFacts> {
    if let (Some(problem), Some(databases)) = (facts.database.problem(), facts.databases.known()) {
        let spec = &report.request.spec;
        let told = match (side, super::choose_database(spec, databases)) {
            (Side::Blue, Err(_)) => true,
            (Side::Blue, Ok(name)) => {
                databases.iter().any(|database| database.name == name && !database.allows_connections)
            }
            (Side::Green, _) => problem.reason == NOT_CHOSEN || problem.reason == "DatabaseMissing",
        };
        if told {
            return None;
        }
    }
    report.need(&facts.database, Reason::DatabaseUnknown, &format!("database on {}", side.lower()))
}

pub(super) fn triggers(report: &mut Report, side: Side, facts: &DatabaseFacts) {
    let place = |what: &str| format!("{what} of {} on {}", text::show(&facts.name), side.lower());
    if let Some(triggers) = report.need(&facts.triggers, Reason::TriggersUnknown, &place("triggers")) {
        let rest =
            "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgenabled IN ('A', 'R') AND NOT tgisinternal;";
        report.each(Reason::TriggerFiresOnApply, triggers, rest, |found| {
            let kind = if found.always { "ALWAYS" } else { "REPLICA" };
            let name = format!("{}.{}.{}", text::show(&found.schema), text::show(&found.table), text::show(&found.name));
            let message = format!("Trigger {name} on {} is enabled {kind}: it fires a second time when the other side applies the row.", side.lower());
            let table = text::qualified(&found.schema, &found.table);
            let remedy = format!("ALTER TABLE {table} ENABLE TRIGGER {0};\n-- or, in the DatabaseMigration:\n-- spec: {{acknowledge: [TriggerFiresOnApply]}}", text::ident(&found.name));
            (format!("trigger {name} on {}", side.lower()), message, text::sql(side, &facts.name, &remedy))
        });
    }
    if let Some(triggers) = report.need(&facts.event_triggers, Reason::EventTriggersUnknown, &place("event triggers")) {
        for found in triggers {
            let kind = if found.always { "ALWAYS" } else { "REPLICA" };
            let name = text::show(&found.name);
            let message = format!(
                "Event trigger {name} on {} is enabled {kind}: it fires inside our own transactions, also in the hold.",
                side.lower()
            );
            let remedy = format!("ALTER EVENT TRIGGER {} ENABLE;", text::ident(&found.name));
            report.add(
                Reason::EventTriggerAlways,
                format!("event trigger {name} on {}", side.lower()),
                message,
                text::sql(side, &facts.name, &remedy),
            );
        }
    }
}

pub(super) fn large_objects(report: &mut Report, facts: &DatabaseFacts) {
    let name = text::show(&facts.name);
    let Some(number) =
        report.need(&facts.large_objects, Reason::LargeObjectsUnknown, &format!("large objects of {name} on blue"))
    else {
        return;
    };
    if *number != 0 {
        let message = format!("Database {name} holds large objects, which are not replicated.");
        let remedy = "SELECT oid, lo_get(oid) FROM pg_largeobject_metadata;  -- move them into a bytea column\n-- or, if nobody needs them on green, in the DatabaseMigration:\n-- spec: {acknowledge: [LargeObjects]}";
        report.add(
            Reason::LargeObjects,
            format!("large objects of {name} on blue"),
            message,
            text::sql(Side::Blue, &facts.name, remedy),
        );
    }
}

/// Green must be empty, unless this run filled it.
pub(super) fn emptiness(report: &mut Report, green: &ServerFacts) {
    let Some(facts) = green.database.known() else { return };
    let run = &report.request.run;
    if facts.leftover.known().is_some_and(|leftover| leftover.record.as_ref().is_some_and(|record| record.run == *run))
    {
        return;
    }
    let name = text::show(&facts.name);
    let Some(objects) = report.need(&facts.objects, Reason::EmptinessUnknown, &format!("objects of {name} on green"))
    else {
        return;
    };
    if objects.count != 0 {
        let message = format!(
            "Database {name} of green is not empty: {} objects, among them {}.",
            objects.count,
            text::list(&objects.first, 5)
        );
        let databases =
            green.databases.known().and_then(|databases| databases.iter().find(|database| database.name == facts.name));
        let create =
            databases.map_or_else(|| format!("CREATE DATABASE {};", text::ident(&facts.name)), super::create_database);
        let remedy =
            format!("-- only if nobody needs what is in it:\nDROP DATABASE {};\n{create}", text::ident(&facts.name));
        report.add(
            Reason::GreenNotEmpty,
            format!("database {name} on green"),
            message,
            text::server_sql(Side::Green, &remedy),
        );
    }
}
