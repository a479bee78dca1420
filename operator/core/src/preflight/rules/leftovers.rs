//! Things with our names that another run left.
use verdigris_crds::Side;

use super::{Reason, Report, text};
use crate::preflight::DatabaseFacts;

/// Removes gate and records from a side, and opens one that is closed, where transactions are read-only unless they say otherwise. Gate
/// triggers depend on the schema: CASCADE takes them.
fn sweep(database: &str) -> String {
    format!(
        "BEGIN READ WRITE;\nDROP EVENT TRIGGER IF EXISTS verdigris_ddl;\nDROP SCHEMA verdigris CASCADE;\nALTER DATABASE {} RESET default_transaction_read_only;\nCOMMIT;",
        text::ident(database)
    )
}

pub(super) fn add(report: &mut Report, reason: Reason, side: Side, what: &str, remedy: String) {
    let message = format!("The {what} on {} is left from another run.", side.lower());
    report.add(reason, format!("{what} on {}", side.lower()), message, remedy);
}

pub(super) fn database(report: &mut Report, side: Side, facts: &DatabaseFacts) {
    let database = text::show(&facts.name);
    let own = report.request.run.as_str();
    publications(report, side, facts);
    let subject = format!("database {database} on {}", side.lower());
    let start = text::capital(&subject);
    let Some(leftover) =
        report.need(&facts.leftover, Reason::LeftoverUnknown, &format!("schema verdigris in {subject}"))
    else {
        return;
    };
    match &leftover.record {
        Some(record) if record.run == own => {}
        Some(record) if record.tombstone.is_some() => {
            // A tombstone also says how its side is opened with its records kept, which a preflight would refuse.
            let tombstone = record.tombstone.as_deref().unwrap_or_default();
            let why = tombstone.split(". To open").next().unwrap_or_default();
            let message = format!(
                "{start} was retired by {} ({}){}.",
                text::show(&record.migration),
                text::show(why),
                if record.closed { " and is closed: the writers are elsewhere" } else { "" }
            );
            // Green has to be empty, and another one may be the writer: opening it would mend nothing.
            let remedy = match side {
                Side::Green => format!(
                    "-- or another green; this one only if nobody needs what is in it (connected to another database):\nDROP DATABASE {0} WITH (FORCE);\nCREATE DATABASE {0};",
                    text::ident(&facts.name)
                ),
                Side::Blue => format!(
                    "-- only if no other database took over from this one: opens it and forgets that run; clients connect anew\n{}",
                    sweep(&facts.name)
                ),
            };
            report.add(Reason::LeftoverRetired, &subject, message, text::sql(side, &facts.name, &remedy));
        }
        Some(record) => {
            let message = format!(
                "{start} carries the records of {} (run {}).",
                text::show(&record.migration),
                text::show(&record.run)
            );
            let (namespace, name) = record
                .migration
                .split_once('/')
                .unwrap_or((report.request.namespace.as_str(), record.migration.as_str()));
            let remedy = format!(
                "-- first: kubectl -n {} delete dbmig {}\n-- only if that object is gone and this side is the one that serves:\n{}",
                text::show(namespace),
                text::show(name),
                sweep(&facts.name)
            );
            report.add(Reason::LeftoverRecords, &subject, message, text::sql(side, &facts.name, &remedy));
        }
        None if leftover.schema => {
            let message = format!("{start} has a schema verdigris without a record in it.");
            report.add(Reason::LeftoverRecords, &subject, message, text::sql(side, &facts.name, &sweep(&facts.name)));
        }
        None if leftover.triggers > 0 => {
            let message = format!("{start} has {} triggers of a gate whose records are gone.", leftover.triggers);
            report.add(Reason::LeftoverTrigger, &subject, message, text::sql(side, &facts.name, "DROP EVENT TRIGGER IF EXISTS verdigris_ddl;\nSELECT format('DROP TRIGGER verdigris_gate ON %s', tgrelid::regclass) FROM pg_trigger WHERE tgname = 'verdigris_gate' \\gexec"));
        }
        None => {}
    }
}

fn publications(report: &mut Report, side: Side, facts: &DatabaseFacts) {
    let run = format!("verdigris_{}_", report.request.run);
    if let Some(publications) =
        report.need(&facts.publications, Reason::PublicationsUnknown, &format!("publications of {}", side.lower()))
    {
        for publication in publications.iter().filter(|publication| !publication.starts_with(&run)) {
            let drop = format!("DROP PUBLICATION {};", text::ident(publication));
            add(
                report,
                Reason::LeftoverPublication,
                side,
                &format!("publication {}", text::show(publication)),
                text::sql(side, &facts.name, &drop),
            );
        }
    }
}
