//! Extensions: carried, available on green, and not acting by themselves.
use verdigris_crds::Side;

use super::{Reason, Report, text};
use crate::preflight::{DatabaseFacts, ServerFacts};

/// Extensions whose data lives where logical replication does not carry it.
const NOT_CARRIED: &[&str] = &["timescaledb", "citus", "citus_columnar", "bdr"];
/// Extensions that run jobs or replicate by themselves.
const ACTING: &[&str] = &["pg_cron", "pg_partman", "pglogical", "pg_net", "pgagent", "pg_timetable", "pgq", "londiste"];

pub(super) fn blue(report: &mut Report, facts: &DatabaseFacts) {
    let database = text::show(&facts.name);
    let Some(extensions) =
        report.need(&facts.extensions, Reason::ExtensionsUnknown, &format!("extensions of {database} on blue"))
    else {
        return;
    };
    for extension in extensions {
        let name = text::show(&extension.name);
        let subject = format!("extension {name} of {database} on blue");
        if NOT_CARRIED.contains(&extension.name.as_str()) {
            let message = format!("Extension {name} keeps data where logical replication does not carry it.");
            report.add(
                Reason::ExtensionNotCarried,
                subject,
                message,
                text::sql(
                    Side::Blue,
                    &facts.name,
                    &format!("DROP EXTENSION {};  -- if it is not used", text::ident(&extension.name)),
                ),
            );
        } else if ACTING.contains(&extension.name.as_str()) {
            let message = format!("Extension {name} acts by itself: what it does on blue it would do on green too.");
            report.add(Reason::ExtensionActs, subject, message, "# switch its jobs off on green until the cutover; then, in the DatabaseMigration\nspec:\n  acknowledge: [ExtensionActs]");
        }
    }
}

pub(super) fn pair(report: &mut Report, blue: &ServerFacts, green: &ServerFacts) {
    let Some(blue) = blue.database.known() else { return };
    let database = text::show(&blue.name);
    let Some(extensions) = blue.extensions.known() else { return };
    if extensions.is_empty() {
        return;
    }
    let Some(available) = report.need(&green.available, Reason::ExtensionsUnknown, "extensions available on green")
    else {
        return;
    };
    for extension in extensions {
        let name = text::show(&extension.name);
        let subject = format!("extension {name} of {database} on green");
        match available.iter().find(|offer| offer.name == extension.name) {
            None => {
                let message = format!(
                    "Extension {name} {} is installed on blue and not available on green.",
                    text::show(&extension.version)
                );
                let remedy = match &report.request.spec.green.provision {
                    Some(_) => format!(
                        "# an image that has it; in the DatabaseMigration\nspec:\n  green: {{provision: {{statefulSet: {{image: …}}}}}}\n{}",
                        report.remake
                    ),
                    None => format!("# install the package of {name} on green's server"),
                };
                report.add(Reason::ExtensionMissing, subject, message, remedy);
            }
            Some(offer) if offer.default_version != extension.version => {
                let message = format!(
                    "Extension {name} is {} on blue; green installs {}.",
                    text::show(&extension.version),
                    text::show(&offer.default_version)
                );
                report.add(Reason::ExtensionVersionDiffers, subject, message, "");
            }
            Some(_) => {}
        }
    }
}
