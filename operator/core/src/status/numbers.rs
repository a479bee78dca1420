//! Figures of the status. Those of the stream, which never stand still, have a room of their own.
use verdigris_crds::{CheckStatus, LagStatus, Phase, PlanStatus, RollbackStatus, Side, WriteBlockStatus};

use super::{loss, time};
use crate::{
    decide::writing_side,
    observation::{CheckResult, Observation},
    phases::end,
    plan::Plan,
};

/// The plan and what it speaks of.
pub fn plan(plan: &Plan, obs: &Observation) -> Option<PlanStatus> {
    let mut status = plan.previous.plan.clone().unwrap_or_default();
    if let Some(Some(digest)) = obs.plan.known()
        && digest.starts_with("sha256:")
    {
        status.digest = Some(digest.clone());
        status.config_map = Some(plan.plan_config_map());
        status.reversibility = Some("Lossless".into());
    }
    status.blue_version = obs.blue.version.clone().or(status.blue_version);
    status.green_version = obs.green.version.clone().or(status.green_version);
    if let (Some(blue), Some(green)) = (&status.blue_version, &status.green_version) {
        status.versions = Some(format!("{blue} → {green}"));
    }
    if let Some(clone) = obs.clone.known().and_then(Option::as_ref) {
        status.tables = Some(clone.tables);
        status.bytes = Some(clone.total_bytes);
    }
    (status != PlanStatus::default()).then_some(status)
}

/// How long writers waited at the last switchover.
pub fn write_block(plan: &Plan, obs: &Observation) -> Option<WriteBlockStatus> {
    match &obs.report {
        Some(report) => Some(WriteBlockStatus { measured_milliseconds: report.write_block_ms }),
        None => plan.previous.write_block.clone(),
    }
}

/// Results of checks, the comparison first.
pub fn checks(plan: &Plan, obs: &Observation, now: i64) -> Vec<CheckStatus> {
    let old = &plan.previous.checks;
    let mut all = Vec::new();
    if let Some(last) = obs.comparison.known().and_then(Option::as_ref).filter(|c| c.finished_at.is_some()) {
        let result = if last.equal { "Passed" } else { "Failed" };
        all.push(CheckStatus {
            name: "verdigris/comparison".into(),
            result: result.into(),
            at: last.finished_at.map(time),
            ..CheckStatus::default()
        });
    }
    for check in &obs.checks {
        let (result, observed) = match &check.result {
            CheckResult::Passed => ("Passed", None),
            CheckResult::Failed => ("Failed", None),
            CheckResult::Null => ("Failed", Some("NULL".into())),
            CheckResult::Error(why) => ("Error", Some(why.clone())),
        };
        let kept = old.iter().find(|c| c.name == check.name && c.result == result).and_then(|c| c.at.clone());
        all.push(CheckStatus {
            name: check.name.clone(),
            result: result.into(),
            observed,
            at: kept.or_else(|| Some(time(now))),
        });
    }
    // What was not asked anew, such as in the window, keeps its last result.
    let kept: Vec<_> = old.iter().filter(|last| all.iter().all(|new| new.name != last.name)).cloned().collect();
    all.extend(kept);
    all
}

/// The way back; its lag is that of the stream, as it is shown.
pub fn rollback(plan: &Plan, obs: &Observation, lag: Option<&LagStatus>, now: i64) -> Option<RollbackStatus> {
    let last = || plan.previous.rollback.clone();
    match writing_side(obs) {
        Some(Side::Green) => {}
        Some(Side::Blue) if end::is_back(obs) => {
            return Some(RollbackStatus { loss: loss::gone_back(plan, obs, now), ..last().unwrap_or_default() });
        }
        None if matches!(plan.last_phase(), Phase::RollbackWindow | Phase::RollingBack | Phase::CuttingOver) => {
            return Some(RollbackStatus { loss: loss::unseen(plan, obs, now), ..last()? });
        }
        Some(Side::Blue) | None => return last(),
    }
    let green = obs.green.record.known()?.as_ref()?;
    Some(RollbackStatus {
        until: green.window_until.map(time),
        reverse_lag_bytes: lag.and_then(|lag| lag.bytes),
        stray_writes: obs.strays.known().copied(),
        green_only_tables: obs.migrations.known().map(|m| m.green_only),
        loss: loss::view(plan, obs, now),
    })
}
