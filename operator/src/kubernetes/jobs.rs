//! Jobs of movers. Each has a key: what it was made for. A Job with another key is an old one.
use std::collections::BTreeMap;

use k8s_openapi::{
    api::{
        batch::v1::{Job, JobSpec},
        core::v1::{
            Capabilities, Container, EmptyDirVolumeSource, EnvVar, EnvVarSource, PodSecurityContext, PodSpec,
            PodTemplateSpec, SeccompProfile, SecretKeySelector, SecurityContext, Volume, VolumeMount,
        },
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Api, Client,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use serde_json::json;
use verdigris_core::{action::JobKind, names::Names, observation::JobFacts};
use verdigris_crds::{DatabaseMigration, Side};

use super::{Error, call, labels, movers};

/// Where a mover writes why it ended: Kubernetes makes the file and shows its content in the pod's status.
const TERMINATION_MESSAGE: &str = "/dev/termination-log";

/// What a Job of movers needs beside the migration object.
pub struct Mover<'a> {
    /// What it does.
    pub kind: JobKind,
    /// What for.
    pub key: &'a str,
    /// Image of this operator.
    pub image: &'a str,
    /// When a node fetches it.
    pub pull_policy: &'a str,
    /// The database that moves.
    pub database: &'a str,
    /// Name of the Secret of each side.
    pub secrets: [(Side, String); 2],
    /// ConfigMaps to mount at `/migrations`, with the path of each of their keys.
    pub volumes: Option<Volume>,
    /// `User-Agent`-like environment passed on for tests.
    pub environment: &'a BTreeMap<String, String>,
}

/// Name of the Job.
pub fn name(migration: &str, kind: JobKind) -> String {
    format!("{migration}-{}", kind.as_str())
}

/// Reads a Job of this run as decisions look at it, with its pods where it runs; somebody else's Job under its name is none.
///
/// # Errors
/// When the API server does.
pub async fn facts(
    client: &Client,
    namespace: &str,
    migration: &str,
    run: &str,
    kind: JobKind,
) -> Result<JobFacts, Error> {
    let job = read(client, namespace, migration, kind).await?.filter(|job| labels::made_for(&job.metadata, run));
    let Some(job) = job else { return Ok(JobFacts::Absent) };
    let mut facts = as_facts(&job);
    if let JobFacts::Running { suspended: false, pods, .. } = &mut facts {
        match movers::pods(client, namespace, &job).await {
            Ok(found) => *pods = Some(found),
            // The Job is known, and nothing but what is said depends on its pods.
            Err(error) => tracing::warn!("{}", error.problem().message),
        }
    }
    Ok(facts)
}

async fn read(client: &Client, namespace: &str, migration: &str, kind: JobKind) -> Result<Option<Job>, Error> {
    let name = name(migration, kind);
    let api: Api<Job> = Api::namespaced(client.clone(), namespace);
    call(format!("Job {namespace}/{name}"), api.get_opt(&name)).await
}

fn as_facts(job: &Job) -> JobFacts {
    if let Some(since) = &job.metadata.deletion_timestamp {
        return JobFacts::Deleting { since: since.0.as_second() };
    }
    let key = job.metadata.annotations.as_ref().and_then(|a| a.get(labels::KEY)).cloned().unwrap_or_default();
    let condition = |kind: &str| {
        job.status.iter().flat_map(|s| s.conditions.iter().flatten()).find(|c| c.type_ == kind && c.status == "True")
    };
    if condition("Complete").is_some() {
        return JobFacts::Finished { key };
    }
    if let Some(failed) = condition("Failed") {
        return JobFacts::Failed { key, reason: failed.reason.clone().unwrap_or_else(|| "Failed".into()) };
    }
    let suspended = job.spec.as_ref().and_then(|s| s.suspend).unwrap_or(false);
    JobFacts::Running { key, suspended, pods: None }
}

/// Starts a Job, or goes on with a suspended one of the same key; one with another key is deleted, and made at the next look.
///
/// # Errors
/// When the API server does.
pub async fn start(client: &Client, owner: &DatabaseMigration, mover: &Mover<'_>) -> Result<(), Error> {
    let namespace = owner.metadata.namespace.clone().unwrap_or_default();
    let migration = owner.metadata.name.clone().unwrap_or_default();
    let api: Api<Job> = Api::namespaced(client.clone(), &namespace);
    let name = name(&migration, mover.kind);
    let run = Names::new(owner.metadata.uid.as_deref().unwrap_or_default());
    let there = read(client, &namespace, &migration, mover.kind).await?;
    if let Some(there) = &there {
        labels::require_ours("Job", &there.metadata, run.run())?;
    }
    match there.as_ref().map_or(JobFacts::Absent, as_facts) {
        JobFacts::Absent => {}
        JobFacts::Running { key, suspended, .. } if key == mover.key => {
            return if suspended { suspend(client, &namespace, &migration, mover.kind, false).await } else { Ok(()) };
        }
        // The next look sees when it is gone.
        JobFacts::Deleting { .. } => return Ok(()),
        _ => return delete(client, &namespace, &migration, mover.kind).await,
    }
    match call(format!("making Job {namespace}/{name}"), api.create(&PostParams::default(), &job(owner, mover))).await {
        Err(Error::Api { source, .. }) if matches!(source.as_ref(), kube::Error::Api(s) if s.is_already_exists()) => {
            Ok(())
        }
        other => other.map(|_| ()),
    }
}

/// Stops or lets go the pods of a Job.
///
/// # Errors
/// When the API server does.
pub async fn suspend(
    client: &Client,
    namespace: &str,
    migration: &str,
    kind: JobKind,
    suspend: bool,
) -> Result<(), Error> {
    let api: Api<Job> = Api::namespaced(client.clone(), namespace);
    let name = name(migration, kind);
    let patch = Patch::Merge(json!({ "spec": { "suspend": suspend } }));
    call(format!("suspending Job {namespace}/{name}"), api.patch(&name, &PatchParams::default(), &patch)).await?;
    Ok(())
}

/// Deletes a Job with its pods; nothing to delete is fine.
///
/// # Errors
/// When the API server does.
pub async fn delete(client: &Client, namespace: &str, migration: &str, kind: JobKind) -> Result<(), Error> {
    let api: Api<Job> = Api::namespaced(client.clone(), namespace);
    let name = name(migration, kind);
    match call(format!("deleting Job {namespace}/{name}"), api.delete(&name, &DeleteParams::foreground())).await {
        Err(Error::Api { source, .. }) if matches!(source.as_ref(), kube::Error::Api(s) if s.is_not_found()) => Ok(()),
        other => other.map(|_| ()),
    }
}

fn job(owner: &DatabaseMigration, mover: &Mover<'_>) -> Job {
    let mut meta = labels::meta(owner, name(owner.metadata.name.as_deref().unwrap_or_default(), mover.kind), "mover");
    meta.annotations = Some([(labels::KEY.to_owned(), mover.key.to_owned())].into());
    let pod_labels = meta.labels.clone();
    let parallelism = if mover.kind == JobKind::Clone { owner.spec.clone.workers } else { 1 };
    Job {
        spec: Some(JobSpec {
            parallelism: Some(parallelism),
            // A mover that dies costs the part in its hands, so another one is always worth it.
            backoff_limit: Some(1000),
            ttl_seconds_after_finished: Some(86_400),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta { labels: pod_labels, ..ObjectMeta::default() }),
                spec: Some(pod(owner, mover)),
            },
            ..JobSpec::default()
        }),
        metadata: meta,
        status: None,
    }
}

fn pod(owner: &DatabaseMigration, mover: &Mover<'_>) -> PodSpec {
    let scratch =
        Volume { name: "scratch".into(), empty_dir: Some(EmptyDirVolumeSource::default()), ..Volume::default() };
    let mut mounts = vec![VolumeMount { name: "scratch".into(), mount_path: "/tmp".into(), ..VolumeMount::default() }];
    if let Some(volume) = &mover.volumes {
        mounts.push(VolumeMount {
            name: volume.name.clone(),
            mount_path: "/migrations".into(),
            read_only: Some(true),
            ..VolumeMount::default()
        });
    }
    PodSpec {
        restart_policy: Some("Never".into()),
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            run_as_user: Some(65532),
            seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), ..SeccompProfile::default() }),
            ..PodSecurityContext::default()
        }),
        containers: vec![Container {
            name: "mover".into(),
            image: Some(mover.image.to_owned()),
            image_pull_policy: Some(mover.pull_policy.to_owned()),
            termination_message_path: Some(TERMINATION_MESSAGE.into()),
            args: Some(vec!["mover".into(), mover.kind.as_str().into()]),
            env: Some(environment(owner, mover)),
            volume_mounts: Some(mounts),
            security_context: Some(SecurityContext {
                allow_privilege_escalation: Some(false),
                read_only_root_filesystem: Some(true),
                capabilities: Some(Capabilities { drop: Some(vec!["ALL".into()]), ..Capabilities::default() }),
                ..SecurityContext::default()
            }),
            ..Container::default()
        }],
        volumes: Some([Some(scratch), mover.volumes.clone()].into_iter().flatten().collect()),
        ..PodSpec::default()
    }
}

fn environment(owner: &DatabaseMigration, mover: &Mover<'_>) -> Vec<EnvVar> {
    // Kubernetes reads `$(NAME)` and `$$` in a value: a name of a database may hold either.
    let plain = |name: &str, value: String| EnvVar {
        name: name.into(),
        value: Some(value.replace('$', "$$")),
        ..EnvVar::default()
    };
    let migration = owner.metadata.name.clone().unwrap_or_default();
    let namespace = owner.metadata.namespace.clone().unwrap_or_default();
    let mut all = vec![
        plain("VERDIGRIS_RUN", owner.metadata.uid.clone().unwrap_or_default()),
        plain("VERDIGRIS_DATABASE", mover.database.to_owned()),
        // One stream a pod: the Job runs as many pods as there shall be workers.
        plain("VERDIGRIS_WORKERS", "1".into()),
        plain("VERDIGRIS_MIGRATIONS", "/migrations".into()),
        plain("VERDIGRIS_TERMINATION_MESSAGE", TERMINATION_MESSAGE.into()),
    ];
    for (side, secret) in &mover.secrets {
        let upper = side.lower().to_ascii_uppercase();
        let port = if *side == Side::Blue { owner.spec.blue.port } else { owner.spec.green.port };
        all.push(plain(
            &format!("VERDIGRIS_{upper}_HOST"),
            format!("{}.{namespace}.svc", super::services::side_name(&migration, *side)),
        ));
        all.push(plain(&format!("VERDIGRIS_{upper}_PORT"), port.to_string()));
        for (suffix, key) in [("USER", "username"), ("PASSWORD", "password")] {
            let selector = SecretKeySelector { name: secret.clone(), key: key.into(), optional: None };
            all.push(EnvVar {
                name: format!("VERDIGRIS_{upper}_{suffix}"),
                value_from: Some(EnvVarSource { secret_key_ref: Some(selector), ..EnvVarSource::default() }),
                value: None,
            });
        }
    }
    all.extend(mover.environment.iter().map(|(k, v)| plain(k, v.clone())));
    all
}
