//! Whose rights migrations run with.
use verdigris_crds::Side;

use super::{Reason, Report, choose_database, text};
use crate::preflight::ServerFacts;

pub(super) fn check(report: &mut Report, blue: &ServerFacts) {
    let request = report.request;
    let Some(databases) = blue.databases.known() else { return };
    let Ok(name) = choose_database(&request.spec, databases) else { return };
    let named = request.spec.databases.first().and_then(|database| database.migration_role.as_ref());
    let owner = databases.iter().find(|database| database.name == name).map(|database| &database.owner);
    let (Some(role), false) = (named.or(owner), request.spec.migrations.is_empty()) else { return };
    let Some(superusers) = report.need(&blue.superusers, Reason::RoleUnknown, "superusers of blue") else { return };
    if !superusers.contains(role) {
        return;
    }
    let database = text::show(&name);
    let why = if named.is_some() { "named in spec.databases[].migrationRole" } else { "owner of the database" };
    let message = format!(
        "Migrations of {database} would run as role {}, {why}, which is a superuser or may become one: their SQL could run programs and read files on green's server.",
        text::show(role),
    );
    let sql = format!(
        "CREATE ROLE app_owner;  -- or take one that owns the tables already\nALTER DATABASE {} OWNER TO app_owner;\nALTER TABLE … OWNER TO app_owner;  -- each table that migrations change",
        text::ident(&name)
    );
    let remedy = format!(
        "{}\n-- or only, in the DatabaseMigration:\n-- spec: {{databases: [{{name: {}, migrationRole: …}}]}}\n-- or:\n-- spec: {{acknowledge: [MigrationsAsSuperuser]}}",
        text::sql(Side::Blue, &name, &sql),
        text::yaml(&name),
    );
    report.add(Reason::MigrationsAsSuperuser, format!("migrations of {database}"), message, remedy);
}
