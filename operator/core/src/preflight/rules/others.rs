//! Whom the switch leaves behind: other databases of blue's server, whose clients come through the same Service.
use verdigris_crds::Side;

use super::{Reason, Report, choose_database, text};
use crate::{
    fact::Fact,
    preflight::{Facts, OtherDatabase, ServerFacts},
};

/// Names in a message: the remedy has all of them.
const NAMED: usize = 5;

pub(super) fn check(report: &mut Report, facts: &Facts, blue: &ServerFacts) {
    // Where it is not clear which database moves, that is said first.
    let Some(databases) = blue.databases.known() else { return };
    if choose_database(&report.request.spec, databases).is_err() {
        return;
    }
    let Some(others) = report.need(&blue.others, Reason::DatabasesUnknown, "other databases of blue") else { return };
    let used: Vec<&OtherDatabase> = others.iter().filter(|other| is_used(other)).collect();
    if used.is_empty() {
        return;
    }
    let shown = |other: &&OtherDatabase| match other.tables {
        Fact::Known(_) => other.name.clone(),
        Fact::Unknown(_) => format!("{} (which cannot be looked into)", other.name),
    };
    let names: Vec<_> = used.iter().map(shown).collect();
    let message = format!(
        "Blue serves more than the database that moves: {}. Nothing of that is carried to green: after the cutover new sessions through the Service are refused there or find \
         no tables, and open ones go on writing on blue.",
        text::list(&names, NAMED),
    );
    report.add(Reason::OtherDatabases, "other databases of blue", message, remedy(report, facts, &used));
}

/// What cannot be looked into may be in use. Every server has `postgres`, green too: only tables would be missed there.
fn is_used(other: &OtherDatabase) -> bool {
    (other.sessions && other.name != "postgres") || other.tables.known().copied().unwrap_or(true)
}

fn remedy(report: &Report, facts: &Facts, used: &[&OtherDatabase]) -> String {
    let request = report.request;
    let seen = facts.kubernetes.service.known().and_then(Option::as_ref).map(|service| &service.selector);
    let selector = request.spec.blue.selector.as_ref().or(seen).map_or_else(|| "{…}".into(), text::labels);
    let mut steps = format!(
        "# a Service that stays with blue, for the clients of the other databases; kubectl apply it and lead them there:\n\
         apiVersion: v1\nkind: Service\nmetadata: {{namespace: {}, name: {}}}\nspec: {{selector: {selector}, ports: [{{port: {}}}]}}\n\
         # then, or if nobody needs them, in the DatabaseMigration:\n# spec: {{acknowledge: [OtherDatabases]}}",
        text::yaml(&request.namespace),
        text::yaml(&format!("{}-others", request.spec.service.name)),
        request.spec.blue.port,
    );
    let known = used.iter().filter(|other| other.tables.known().is_some() && other.name != "postgres");
    let drop: Vec<_> = known.map(|other| format!("DROP DATABASE {};", text::ident(&other.name))).collect();
    if !drop.is_empty() {
        let sql = text::server_sql(Side::Blue, &drop.join("\n"));
        steps = format!("{steps}\n# or get rid of what nobody needs:\n{sql}");
    }
    steps
}
