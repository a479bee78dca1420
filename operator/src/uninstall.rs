//! What the chart asks before it uninstalls: no migration may be left without its operator half way.
use kube::{Client, ResourceExt};
use verdigris_core::fact::Problem;
use verdigris_crds::{DatabaseMigration, Phase};

use crate::{
    kubernetes::{Error, call},
    record::under_way,
    scope::Scope,
};

/// Fails with the list of migrations that are under way, of those that this operator looks after.
///
/// # Errors
/// `MigrationsUnderWay`, or what the API server says.
pub async fn check(client: &Client, scope: &Scope) -> Result<(), Error> {
    let all = call("listing migrations", scope.api::<DatabaseMigration>(client).list(&scope.listed())).await?;
    let busy: Vec<String> = all
        .items
        .iter()
        .filter(|m| {
            m.status
                .as_ref()
                .and_then(|s| s.phase.as_ref())
                .and_then(|p| p.parse::<Phase>().ok())
                .is_some_and(under_way)
        })
        .map(|m| {
            format!(
                "{}/{} ({})",
                m.namespace().unwrap_or_default(),
                m.name_any(),
                m.status.as_ref().and_then(|s| s.phase.clone()).unwrap_or_default()
            )
        })
        .collect();
    if busy.is_empty() {
        return Ok(());
    }
    Err(Error::Problem(Problem::permanent(
        "MigrationsUnderWay",
        format!(
            "These migrations are under way: {}. Wait for them, delete them, or uninstall with --no-hooks.",
            busy.join(", ")
        ),
    )))
}
