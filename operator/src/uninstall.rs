//! What the chart asks before it uninstalls: no migration may be left without its operator half way.
use kube::{Api, Client, ResourceExt, api::ListParams};
use verdigris_core::fact::Problem;
use verdigris_crds::{DatabaseMigration, Phase};

use crate::{
    kubernetes::{Error, call},
    record::under_way,
};

/// Fails with the list of migrations that are under way, in one namespace or in all of them.
///
/// # Errors
/// `MigrationsUnderWay`, or what the API server says.
pub async fn check(client: &Client, namespace: Option<&str>) -> Result<(), Error> {
    let api: Api<DatabaseMigration> = match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    };
    let all = call("listing migrations", api.list(&ListParams::default())).await?;
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
