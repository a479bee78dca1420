//! Users' assertions: asked in read-only sessions; their answers leave this room as passed or failed, never as content (I10).
use verdigris_core::{
    observation::{CheckFacts, CheckResult, Observation},
    plan::Plan,
};
use verdigris_crds::Side;

use super::sessions;
use crate::{
    context::Context,
    postgres::connect::{Purpose, Session},
};

/// Users' checks, on green, once the comparison is clean.
pub async fn ask_all(context: &Context, plan: &Plan, green: &Session, obs: &Observation) -> Vec<CheckFacts> {
    let clean =
        obs.comparison.known().and_then(Option::as_ref).is_some_and(|c| c.fresh && c.equal && c.finished_at.is_some());
    if !clean || plan.spec.checks.is_empty() {
        return Vec::new();
    }
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
    let purpose = Purpose::plain(&plan.names, "check", sessions::LIMIT).with("default_transaction_read_only", "on");
    let session = Session::open(&target, &purpose).await;
    let mut all = Vec::new();
    for check in &plan.spec.checks {
        let result = match &session {
            Ok(session) => ask(session, &check.sql.query, &check.sql.expected).await,
            Err(error) => CheckResult::Error(error.problem().reason),
        };
        all.push(CheckFacts { name: check.name.clone(), result });
    }
    all
}

async fn ask(session: &Session, query: &str, expected: &str) -> CheckResult {
    use tokio_postgres::SimpleQueryMessage::Row;
    match session.bounded("asking a check", session.client().simple_query(query)).await {
        Err(error) => CheckResult::Error(error.sqlstate.clone().unwrap_or_else(|| error.problem().reason)),
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
