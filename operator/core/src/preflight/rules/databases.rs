//! Which database moves, and whether green's is like it.
use verdigris_crds::{DatabaseMigrationSpec, Side};

use super::{Reason, Report, text};
use crate::preflight::{Database, ServerFacts};

/// Why no database could be chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotChosen {
    /// The one that the spec names is not there.
    #[error("database {0} does not exist on blue")]
    Missing(String),
    /// Several could be meant.
    #[error("blue has several databases: {}", text::list(.0, 10))]
    Ambiguous(Vec<String>),
    /// None could be meant.
    #[error("blue has no database but postgres")]
    NoCandidate,
}

/// Whether a database is meant by default: it allows connections and is not `postgres`.
pub fn is_candidate(database: &Database) -> bool {
    database.allows_connections && database.name != "postgres"
}

/// The database that moves: the one that the spec names, else the only candidate.
///
/// # Errors
/// When it is not there, or it is not clear which one is meant.
pub fn choose_database(spec: &DatabaseMigrationSpec, databases: &[Database]) -> Result<String, NotChosen> {
    if let Some(wanted) = spec.databases.first() {
        let found = databases.iter().any(|database| database.name == wanted.name);
        return if found { Ok(wanted.name.clone()) } else { Err(NotChosen::Missing(wanted.name.clone())) };
    }
    let mut candidates: Vec<_> =
        databases.iter().filter(|database| is_candidate(database)).map(|database| database.name.clone()).collect();
    candidates.sort();
    match candidates.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(NotChosen::NoCandidate),
        _ => Err(NotChosen::Ambiguous(candidates)),
    }
}

/// SQL that makes an empty database like `database` on another server; run outside a transaction, as superuser.
pub fn create_database(database: &Database) -> String {
    let mut sql = format!(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
        text::ident(&database.name),
        text::literal(&database.encoding),
        text::literal(&database.collate),
        text::literal(&database.ctype)
    );
    let provider = match (database.provider.as_str(), &database.locale) {
        ("icu", Some(locale)) => format!(" LOCALE_PROVIDER icu ICU_LOCALE {}", text::literal(locale)),
        ("builtin", Some(locale)) => format!(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {}", text::literal(locale)),
        _ => " LOCALE_PROVIDER libc".to_string(),
    };
    sql.push_str(&provider);
    sql.push(';');
    sql
}

/// On blue: it is there, and it is clear which one.
pub(super) fn blue(report: &mut Report, facts: &ServerFacts) {
    let Some(databases) = report.need(&facts.databases, Reason::DatabasesUnknown, "databases of blue") else { return };
    let spec = &report.request.spec;
    let names: Vec<_> = databases.iter().map(|database| database.name.clone()).collect();
    let choice = |names: &[String]| {
        let names: Vec<_> = names.iter().take(10).map(|name| text::yaml(name)).collect();
        format!("# in the DatabaseMigration: one of {}\nspec:\n  databases: [{{name: …}}]", names.join(", "))
    };
    match choose_database(spec, databases) {
        Ok(name) => {
            if databases.iter().any(|database| database.name == name && !database.allows_connections) {
                let message = format!("Database {} of blue does not allow connections.", text::show(&name));
                let remedy = text::server_sql(
                    Side::Blue,
                    &format!("ALTER DATABASE {} ALLOW_CONNECTIONS true;", text::ident(&name)),
                );
                report.add(
                    Reason::DatabaseRefusesConnections,
                    format!("database {} on blue", text::show(&name)),
                    message,
                    remedy,
                );
            }
        }
        Err(NotChosen::Missing(name)) => {
            let message =
                format!("Database {} does not exist on blue; there are {}.", text::show(&name), text::list(&names, 10));
            report.add(
                Reason::DatabaseMissing,
                format!("database {} on blue", text::show(&name)),
                message,
                choice(&names),
            );
        }
        Err(NotChosen::Ambiguous(candidates)) => {
            let message = format!(
                "Blue has {} databases that could be meant: {}.",
                candidates.len(),
                text::list(&candidates, 10)
            );
            report.add(Reason::DatabaseAmbiguous, "databases of blue", message, choice(&candidates));
        }
        Err(NotChosen::NoCandidate) => {
            let message =
                format!("Blue has no database that is meant by default; there are {}.", text::list(&names, 10));
            report.add(Reason::DatabaseNoCandidate, "databases of blue", message, choice(&names));
        }
    }
}

/// Green's database beside blue's.
pub(super) fn pair(report: &mut Report, blue: &ServerFacts, green: &ServerFacts) {
    let Some(there) = report.need(&green.databases, Reason::DatabasesUnknown, "databases of green") else { return };
    let Some(here) = blue.databases.known() else { return };
    let Ok(name) = choose_database(&report.request.spec, here) else { return };
    let Some(here) = here.iter().find(|database| database.name == name) else { return };
    let subject = format!("database {} on green", text::show(&name));
    let create = create_database(here);
    let Some(there) = there.iter().find(|database| database.name == name) else {
        let message = format!(
            "Green has no database {}: the clone makes it, with blue's encoding and locale.",
            text::show(&name)
        );
        report.add(Reason::GreenDatabaseMissing, &subject, message, text::server_sql(Side::Green, &create));
        return;
    };
    let again =
        text::server_sql(Side::Green, &format!("DROP DATABASE {};  -- it must be empty\n{create}", text::ident(&name)));
    if there.encoding != here.encoding {
        let message =
            format!("Database {} is {} on blue and {} on green.", text::show(&name), here.encoding, there.encoding);
        report.add(Reason::EncodingDiffers, &subject, message, &again);
    }
    let shown = |database: &Database| {
        format!(
            "{} {}/{}{}",
            database.provider,
            database.collate,
            database.ctype,
            database.locale.as_ref().map_or(String::new(), |locale| format!(" {locale}"))
        )
    };
    if shown(here) != shown(there) {
        let message = format!(
            "Text of database {} is ordered by {} on blue and by {} on green.",
            text::show(&name),
            shown(here),
            shown(there)
        );
        report.add(
            Reason::CollationDiffers,
            &subject,
            message,
            format!("{again}\n-- or, in the DatabaseMigration:\n-- spec: {{acknowledge: [CollationDiffers]}}"),
        );
    } else if let (Some(before), Some(after)) = (&here.collation_version, &there.collation_version)
        && before != after
    {
        let message = format!(
            "The collation library of database {} is version {before} on blue and {after} on green; green's indexes are built with its own.",
            text::show(&name)
        );
        report.add(Reason::CollationVersionDiffers, subject, message, "");
    }
}
