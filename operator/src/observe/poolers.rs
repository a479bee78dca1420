//! The pods of the pooler that the object names, and what they say of themselves.
use futures::future::{join_all, try_join_all};
use verdigris_core::{
    fact::{Fact, Problem},
    names,
    phases::poolers::held_in,
    plan::Plan,
    preflight::{PooledDatabase, PoolerFacts, not_asked},
};
use verdigris_crds::PgBouncer;

use crate::{
    context::Context,
    kubernetes::{sources, workloads},
    postgres::{
        connect::Secret,
        pooler::{Console, Pod},
    },
};

/// The pooler that the object names.
pub fn of(plan: &Plan) -> Option<&PgBouncer> {
    plan.spec.pooler.as_ref().map(|pooler| &pooler.pg_bouncer)
}

/// Pods that run, those that are ending too: one that has ended holds nobody.
///
/// # Errors
/// The Secret or the pods cannot be read.
pub async fn pods(context: &Context, plan: &Plan, pooler: &PgBouncer) -> Result<Vec<Pod>, Problem> {
    let (client, namespace) = (&context.client, &plan.namespace);
    let secret = &pooler.admin_secret_ref.name;
    let pods = workloads::with_ending(client, namespace, &pooler.selector).await.map_err(|error| error.problem())?;
    // Without a pod nobody is held, whatever became of the Secret.
    if pods.is_empty() {
        return Ok(Vec::new());
    }
    let admin = sources::credentials(client, namespace, secret).await.map_err(|error| error.problem())?;
    let running = pods.into_iter().filter_map(|pod| {
        let status = pod.status.filter(|status| status.phase.as_deref() == Some("Running"))?;
        Some(Pod {
            ending: pod.metadata.deletion_timestamp.is_some(),
            name: pod.metadata.name.unwrap_or_default(),
            host: status.pod_ip?,
            port: u16::try_from(pooler.port).unwrap_or(6432),
            user: admin.user.clone(),
            password: Secret::new(admin.password.clone()),
        })
    });
    Ok(running.collect())
}

/// Databases of a pod that lead to that database of the client Service.
///
/// # Errors
/// `PoolerRefused`, `PoolerTooSlow`.
pub async fn ours(console: &Console, plan: &Plan, database: &str) -> Result<Vec<PooledDatabase>, Problem> {
    let hosts = names::service_hosts(&plan.spec.service.name, &plan.namespace);
    let all = console.databases().await?;
    Ok(all.into_iter().filter(|one| one.leads_to(database, &hosts)).collect())
}

/// Which of them hold their clients, as `pod/name`. One that is ending may not answer any more.
pub async fn held(context: &Context, plan: &Plan, database: &str) -> Fact<Vec<String>> {
    let Some(pooler) = of(plan) else { return Fact::Known(Vec::new()) };
    let pods = match pods(context, plan, pooler).await {
        Ok(pods) => pods,
        Err(problem) => return Fact::Unknown(problem),
    };
    let all = join_all(pods.iter().map(|pod| async {
        let ours = ours(&Console::open(pod).await?, plan, database).await?;
        Ok(ours.into_iter().filter(|one| one.paused).map(|one| format!("{}/{}", pod.name, one.name)).collect())
    }));
    let answers = all.await.into_iter().zip(&pods);
    held_in(plan, answers.filter(|(said, pod)| said.is_ok() || !pod.ending).map(|(said, _)| said).collect())
}

/// What each of them says; not asked where the object names none.
pub async fn look(context: &Context, plan: &Plan) -> Fact<Vec<PoolerFacts>> {
    let Some(pooler) = of(plan) else { return not_asked() };
    let looked = async {
        let pods = pods(context, plan, pooler).await?;
        try_join_all(pods.iter().filter(|pod| !pod.ending).map(|pod| async {
            let console = Console::open(pod).await?;
            let settings = console.settings().await?;
            Ok(PoolerFacts {
                pod: pod.name.clone(),
                mode: settings.mode,
                shares_port: settings.shares_port,
                admin: settings.everybody || settings.admins.contains(&pod.user),
                databases: console.databases().await?,
            })
        }))
        .await
    };
    match looked.await {
        Ok(all) => Fact::Known(all),
        Err(problem) => Fact::Unknown(problem),
    }
}
