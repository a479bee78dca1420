//! How a look, and an action, reaches both databases.
use std::time::Duration;

use verdigris_core::{fact::Problem, names::Names, plan::Plan};
use verdigris_crds::Side;

use super::places;
use crate::{
    context::Context,
    kubernetes::sources,
    postgres::{
        connect::{Purpose, Secret, Session, Target},
        error::Error,
        stream::Address,
    },
};

/// Longest run of one statement of a look.
pub const LIMIT: Duration = Duration::from_secs(10);

/// How to reach a side's database.
///
/// # Errors
/// When the Secret cannot be read.
pub async fn target(context: &Context, plan: &Plan, side: Side, database: &str) -> Result<Target, Problem> {
    let secret = places::secret(plan, side);
    let credentials = sources::credentials(&context.client, &plan.namespace, &secret).await.map_err(|e| e.problem())?;
    Ok(Target {
        side,
        host: places::host(plan, side),
        port: places::port(plan, side),
        database: database.to_owned(),
        user: credentials.user,
        password: Secret::new(credentials.password),
    })
}

/// How the other server reaches a side.
pub fn address(plan: &Plan, side: Side) -> Address {
    Address { host: places::host(plan, side), port: places::port(plan, side) }
}

/// A session of ours. `epoch` 0 reads only.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(target: &Target, plan: &Plan, epoch: i64, purpose: &str) -> Result<Session, Error> {
    Session::open(target, &Purpose::ours(&plan.names, epoch, purpose, LIMIT)).await
}

/// Most WAL that a slot of the run retains on this side; `None`: there is none, or it could not be read.
pub async fn retained(session: &Session, names: &Names) -> Option<i64> {
    let row = session.one(include_str!("sql/retained.sql"), &[&names.prefix()]).await.ok()?;
    session.get(&row, 0).ok()?
}
