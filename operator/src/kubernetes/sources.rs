//! ConfigMaps and Secrets that a migration names, and the plan that we write.
use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    ConfigMap, ConfigMapProjection, KeyToPath, ProjectedVolumeSource, Secret, Volume, VolumeProjection,
};
use kube::{
    Api, Client,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::json;
use verdigris_core::{
    digest,
    fact::Problem,
    names::Names,
    observation::{AppliedFile, SourceFacts},
};
use verdigris_crds::DatabaseMigration;

use super::{Error, call, labels};

/// User name and password of an administrator. Not `Debug`, so that no log can hold it.
pub struct Credentials {
    /// Key `username`.
    pub user: String,
    /// Key `password`.
    pub password: String,
}

/// Reads credentials from a Secret.
///
/// # Errors
/// `SecretMissing`, `SecretIncomplete`, or what the API server says.
pub async fn credentials(client: &Client, namespace: &str, name: &str) -> Result<Credentials, Error> {
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let Some(secret) = call(format!("Secret {namespace}/{name}"), api.get_opt(name)).await? else {
        return Err(Error::Problem(Problem::permanent(
            "SecretMissing",
            format!(
                "Secret {namespace}/{name} does not exist. Make it: `kubectl -n {namespace} create secret generic {name} --from-literal=username=… --from-literal=password=…`."
            ),
        )));
    };
    let data = secret.data.unwrap_or_default();
    let value = |key: &str| {
        data.get(key).and_then(|v| String::from_utf8(v.0.clone()).ok()).filter(|v| !v.is_empty()).ok_or_else(|| {
            Error::Problem(Problem::permanent(
                "SecretIncomplete",
                format!("Secret {namespace}/{name} has no key `{key}`, or it is empty or not UTF-8. Add it."),
            ))
        })
    };
    Ok(Credentials { user: value("username")?, password: value("password")? })
}

async fn config_map(client: &Client, namespace: &str, name: &str) -> Result<Option<ConfigMap>, Error> {
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
    call(format!("ConfigMap {namespace}/{name}"), api.get_opt(name)).await
}

/// The SQL files of every migration, in order, with their checksums.
///
/// # Errors
/// `ConfigMapMissing`, `ConfigMapEmpty`, or what the API server says.
pub async fn migrations(client: &Client, owner: &DatabaseMigration) -> Result<Vec<SourceFacts>, Error> {
    let namespace = owner.metadata.namespace.clone().unwrap_or_default();
    let mut all = Vec::new();
    for migration in &owner.spec.migrations {
        let name = &migration.sql.config_map_ref.name;
        let Some(map) = config_map(client, &namespace, name).await? else {
            return Err(Error::Problem(Problem::permanent(
                "ConfigMapMissing",
                format!(
                    "ConfigMap {namespace}/{name} of migration {} does not exist. Make it: `kubectl -n {namespace} create configmap {name} --from-file=…`.",
                    migration.name
                ),
            )));
        };
        let files: Vec<_> = map
            .data
            .unwrap_or_default()
            .iter()
            .map(|(file, text)| AppliedFile {
                name: migration.name.clone(),
                file: file.clone(),
                checksum: digest::sha256(text),
            })
            .collect();
        if files.is_empty() {
            return Err(Error::Problem(Problem::permanent(
                "ConfigMapEmpty",
                format!("ConfigMap {namespace}/{name} of migration {} holds no file under `data`.", migration.name),
            )));
        }
        all.push(SourceFacts { name: migration.name.clone(), files });
    }
    Ok(all)
}

/// Digest that the plan ConfigMap carries, if it is there.
///
/// # Errors
/// When the API server does.
pub async fn plan_digest(client: &Client, namespace: &str, name: &str) -> Result<Option<String>, Error> {
    let map = config_map(client, namespace, name).await?;
    Ok(map.and_then(|m| m.metadata.annotations?.remove(labels::DIGEST)))
}

/// Writes the plan for users to read.
///
/// # Errors
/// When the API server does.
pub async fn write_plan(
    client: &Client,
    owner: &DatabaseMigration,
    name: String,
    digest: &str,
    body: &str,
) -> Result<(), Error> {
    let mut meta = labels::meta(owner, name, "plan");
    meta.annotations = Some([(labels::DIGEST.to_owned(), digest.to_owned())].into());
    apply(
        client,
        owner,
        ConfigMap {
            metadata: meta,
            data: Some([("digest".to_owned(), digest.to_owned()), ("plan.yaml".to_owned(), body.to_owned())].into()),
            ..ConfigMap::default()
        },
    )
    .await
}

async fn apply(client: &Client, owner: &DatabaseMigration, map: ConfigMap) -> Result<(), Error> {
    let namespace = map.metadata.namespace.clone().unwrap_or_default();
    let name = map.metadata.name.clone().unwrap_or_default();
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), &namespace);
    let what = format!("writing ConfigMap {namespace}/{name}");
    let Some(there) = config_map(client, &namespace, &name).await? else {
        let params = PostParams { field_manager: Some(labels::MANAGER.into()), ..PostParams::default() };
        return call(what, api.create(&params, &map)).await.map(drop);
    };
    let run = Names::new(owner.metadata.uid.as_deref().unwrap_or_default());
    labels::require_ours("ConfigMap", &there.metadata, run.run())?;
    call(what, api.patch(&name, &PatchParams::apply(labels::MANAGER).force(), &Patch::Apply(&map))).await.map(drop)
}

/// The folder that the migration Job reads: `plan.json`, and each file below the number of its migration.
///
/// # Errors
/// When the API server does.
pub async fn migration_volume(
    client: &Client,
    owner: &DatabaseMigration,
    sources: &[SourceFacts],
) -> Result<Volume, Error> {
    let name = format!("{}-migrate", owner.metadata.name.as_deref().unwrap_or_default());
    let role = owner.spec.databases.first().and_then(|d| d.migration_role.clone());
    let list: Vec<_> = owner
        .spec
        .migrations
        .iter()
        .zip(sources)
        .enumerate()
        .map(|(number, (wanted, source))| {
            json!({
                "name": wanted.name,
                "files": source.files.iter().map(|f| json!({ "name": f.file, "path": format!("{number}/{}", f.file), "sha256": f.checksum })).collect::<Vec<_>>(),
                "lockTimeoutSeconds": wanted.lock_timeout_seconds,
                "statementTimeoutSeconds": wanted.statement_timeout_seconds,
            })
        })
        .collect();
    let plan = json!({ "role": role, "migrations": list }).to_string();
    let map = ConfigMap {
        metadata: labels::meta(owner, name.clone(), "migrate"),
        data: Some([("plan.json".to_owned(), plan)].into()),
        ..ConfigMap::default()
    };
    apply(client, owner, map).await?;
    let mut projections = vec![projection(&name, &BTreeMap::from([("plan.json".to_owned(), "plan.json".to_owned())]))];
    for (number, (wanted, source)) in owner.spec.migrations.iter().zip(sources).enumerate() {
        let items = source.files.iter().map(|f| (f.file.clone(), format!("{number}/{}", f.file))).collect();
        projections.push(projection(&wanted.sql.config_map_ref.name, &items));
    }
    Ok(Volume {
        name: "migrations".into(),
        projected: Some(ProjectedVolumeSource { sources: Some(projections), ..ProjectedVolumeSource::default() }),
        ..Volume::default()
    })
}

fn projection(name: &str, items: &BTreeMap<String, String>) -> VolumeProjection {
    let items =
        items.iter().map(|(key, path)| KeyToPath { key: key.clone(), path: path.clone(), mode: None }).collect();
    VolumeProjection {
        config_map: Some(ConfigMapProjection { name: name.to_owned(), items: Some(items), optional: None }),
        ..VolumeProjection::default()
    }
}
