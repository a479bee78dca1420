//! Users' assertions: asked in read-only sessions; their answers leave this room as passed or failed, never as content (I10).
use std::time::Duration;

use tokio::time::Instant;
use verdigris_core::{
    observation::{CheckFacts, CheckResult, Observation},
    phases::verify::{CHECK_SECONDS, CHECKS_SECONDS},
    plan::Plan,
};
use verdigris_crds::Side;

use super::sessions;
use crate::{
    context::Context,
    postgres::{
        connect::{Purpose, Session},
        error::Error,
    },
};

/// Longest run of one check.
const LIMIT: Duration = Duration::from_secs(CHECK_SECONDS);

/// Users' checks, on green, once the comparison is clean; none of them if this process is asked to stop meanwhile.
pub async fn ask_all(context: &Context, plan: &Plan, green: &Session, obs: &Observation) -> Vec<CheckFacts> {
    let clean =
        obs.comparison.known().and_then(Option::as_ref).is_some_and(|c| c.fresh && c.equal && c.finished_at.is_some());
    if !clean || plan.spec.checks.is_empty() {
        return Vec::new();
    }
    tokio::select! {
        all = on_green(context, plan, green) => all,
        () = context.stopped() => Vec::new(),
    }
}

async fn on_green(context: &Context, plan: &Plan, green: &Session) -> Vec<CheckFacts> {
    let target = match sessions::target(context, plan, Side::Green, &green.target().database).await {
        Ok(target) => target,
        Err(problem) => {
            return plan
                .spec
                .checks
                .iter()
                .map(|c| CheckFacts { name: c.name.clone(), result: CheckResult::Error(problem.reason.clone()) })
                .collect();
        }
    };
    let purpose = Purpose::plain(&plan.names, "check", LIMIT).with("default_transaction_read_only", "on");
    let session = Session::open(&target, &purpose).await;
    let end = Instant::now() + Duration::from_secs(CHECKS_SECONDS);
    let mut all = Vec::new();
    for check in &plan.spec.checks {
        let result = match &session {
            Ok(session) => {
                let left = end.saturating_duration_since(Instant::now()).min(LIMIT);
                match limited(session, left).await {
                    Ok(()) => ask(session, &check.sql.query, &check.sql.expected).await,
                    Err(result) => result,
                }
            }
            Err(error) => CheckResult::Error(error.problem().reason),
        };
        all.push(CheckFacts { name: check.name.clone(), result });
    }
    all
}

/// Bounds the next check by what is left of the time for all of them; never by zero, which would be no bound.
async fn limited(session: &Session, left: Duration) -> Result<(), CheckResult> {
    let sql = format!("SET statement_timeout = {}", left.as_millis().max(1));
    session.batch("bounding a check", &sql).await.map_err(|error| refused(&error))
}

fn refused(error: &Error) -> CheckResult {
    CheckResult::Error(error.sqlstate.clone().unwrap_or_else(|| error.problem().reason))
}

async fn ask(session: &Session, query: &str, expected: &str) -> CheckResult {
    use tokio_postgres::SimpleQueryMessage::Row;
    match session.bounded("asking a check", session.client().simple_query(query)).await {
        Err(error) => refused(&error),
        Ok(messages) => {
            let rows: Vec<_> =
                messages.iter().filter_map(|m| if let Row(row) = m { Some(row) } else { None }).collect();
            match rows.as_slice() {
                [row] if row.len() == 1 => CheckResult::of(row.get(0), expected),
                _ => CheckResult::Error("NotOneValue".into()),
            }
        }
    }
}
