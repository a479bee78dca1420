//! The poolers of one migration: every pod behind the selector, and in each the databases that lead to the client Service. Holding and
//! letting go is all that is done to them.
use std::time::Duration;

use futures::future::{join_all, try_join_all};
use tokio::sync::Mutex;
use verdigris_core::{
    fact::Problem,
    phases::poolers::{accepted, to_hold, who_holds},
    plan::Plan,
};

use crate::{
    context::Context,
    observe::poolers,
    postgres::pooler::{Console, Pod},
};

/// The poolers, if the object names one.
pub struct Poolers<'a> {
    context: &'a Context,
    plan: &'a Plan,
    database: &'a str,
    /// None: nobody was asked yet, or a session failed since.
    ready: Mutex<Option<Vec<Ready>>>,
}

/// A pod that can be told at once: neither the API server nor a new connection is asked for any more.
struct Ready {
    pod: String,
    /// It answers a pause when the last connection to a server is gone, and nothing else before.
    holds: Console,
    lets_go: Console,
    databases: Vec<String>,
}

impl Ready {
    async fn pause(&self, limit: Duration) -> Result<(), Problem> {
        // One after the other: the console keeps one answer that waits.
        for database in &self.databases {
            self.holds.pause(database, limit).await?;
        }
        Ok(())
    }
}

impl<'a> Poolers<'a> {
    /// Those of this migration, which is of this database.
    pub fn new(context: &'a Context, plan: &'a Plan, database: &'a str) -> Self {
        Self { context, plan, database, ready: Mutex::default() }
    }

    /// Sessions on the console of every pod that is not ending, and what each is to be told.
    ///
    /// # Errors
    /// There is none, one cannot be reached, none of its databases leads here, or one is paused already.
    pub async fn ready(&self) -> Result<(), Problem> {
        let Some(pooler) = poolers::of(self.plan) else { return Ok(()) };
        let pods = poolers::pods(self.context, self.plan, pooler).await?;
        let asked = join_all(pods.iter().filter(|pod| !pod.ending).map(|pod| self.open(pod))).await;
        *self.ready.lock().await = Some(who_holds(self.plan, asked)?);
        Ok(())
    }

    /// Server processes with which their clients are in a transaction.
    ///
    /// # Errors
    /// One does not answer.
    pub async fn busy(&self) -> Result<Vec<i32>, Problem> {
        let ready = self.ready.lock().await;
        let all = ready.iter().flatten().map(|pod| pod.holds.busy(&pod.databases));
        Ok(try_join_all(all).await?.concat())
    }

    /// Holds every client; done when no pod has a connection to the database left.
    ///
    /// # Errors
    /// One has not done it within `limit`: then those that did go on holding.
    pub async fn pause(&self, limit: Duration) -> Result<(), Problem> {
        let ready = self.ready.lock().await;
        try_join_all(ready.iter().flatten().map(|pod| pod.pause(limit))).await.map(drop)
    }

    /// Lets every client go on, on the sessions that are there already; without those on new ones.
    ///
    /// # Errors
    /// A pod that runs, is not ending, and must answer, cannot be told.
    pub async fn resume(&self) -> Result<(), Problem> {
        let Some(pooler) = poolers::of(self.plan) else { return Ok(()) };
        let (mut ready, mut done) = (self.ready.lock().await, Vec::new());
        if let Some(pods) = ready.as_ref() {
            // Every one of them is told, whatever another says.
            let told = join_all(pods.iter().map(|pod| resume(&pod.lets_go, &pod.databases))).await;
            done = pods.iter().zip(&told).filter(|(_, said)| said.is_ok()).map(|(pod, _)| pod.pod.clone()).collect();
            if done.len() == told.len() {
                return Ok(());
            }
        }
        // A session that failed once is not asked again.
        *ready = None;
        let pods = poolers::pods(self.context, self.plan, pooler).await?;
        let left: Vec<_> = pods.iter().filter(|pod| !done.contains(&pod.name)).collect();
        let all = join_all(left.iter().map(|pod| async {
            let console = Console::open(pod).await?;
            let ours: Vec<_> = poolers::ours(&console, self.plan, self.database).await?;
            resume(&console, &ours.into_iter().map(|one| one.name).collect::<Vec<_>>()).await
        }));
        let mut result = Ok(());
        for (said, pod) in all.await.into_iter().zip(left) {
            match said {
                Err(problem) if pod.ending || accepted(self.plan, &problem) => {
                    tracing::info!(
                        pod = pod.name,
                        reason = problem.reason,
                        "a pooler pod that need not answer was not told"
                    );
                }
                other => result = result.and(other),
            }
        }
        result
    }

    async fn open(&self, pod: &Pod) -> Result<Ready, Problem> {
        let (holds, lets_go) = tokio::try_join!(Console::open(pod), Console::open(pod))?;
        let (settings, ours) = (holds.settings().await?, poolers::ours(&holds, self.plan, self.database).await?);
        let databases = to_hold(self.plan, self.database, &pod.name, settings.shares_port, &ours)?;
        Ok(Ready { pod: pod.name.clone(), holds, lets_go, databases })
    }
}

async fn resume(console: &Console, databases: &[String]) -> Result<(), Problem> {
    // All of them, and then the first that failed.
    join_all(databases.iter().map(|database| console.resume(database))).await.into_iter().collect()
}
