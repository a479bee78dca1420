//! What a switchover took: for status and metrics, and kept in `verdigris.report` on the new writer.
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;
use verdigris_core::switchover::Step;
use verdigris_crds::Side;

use super::super::connect::Session;
use super::super::error::{Error, Reason, Result};
use super::super::sql::Sql;
use super::attempt::Attempt;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTime {
    /// Its number in the protocol.
    pub id: String,
    /// Its name.
    pub step: String,
    /// How long it took, in microseconds.
    pub microseconds: u64,
}

/// A switchover that moved the writer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Run.
    pub run: String,
    /// Side that lost the writer role.
    pub from: Side,
    /// Side that has it now.
    pub to: Side,
    /// Turn.
    pub turn: i64,
    /// Nonce of the proof.
    pub nonce: Uuid,
    /// Position at which the reverse stream started.
    pub position: String,
    /// Tries for the hold.
    pub tries: u32,
    /// From the hold to `from` closed, in milliseconds. Absent: not measured, for a recovery finished it.
    pub closed_milliseconds: Option<u64>,
    /// From the hold to `to` open, in milliseconds.
    pub opened_milliseconds: Option<u64>,
    /// From the hold to client sessions ended, the Service moved: how long writers waited at most.
    pub block_milliseconds: Option<u64>,
    /// Sequences that passed their ceiling while the writer moved: numbers that both sides may have given out.
    pub sequences_passed: Vec<String>,
    /// Steps in the order they were done.
    pub steps: Vec<StepTime>,
}

/// Times of an attempt, as they are measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times {
    pub(crate) steps: Vec<StepTime>,
    pub(crate) closed: Option<Duration>,
    pub(crate) opened: Option<Duration>,
    pub(crate) block: Option<Duration>,
}

impl Times {
    /// A step is done; `since` is how long ago the hold was asked for.
    pub(crate) fn done(&mut self, step: Step, took: Duration, since: Option<Duration>) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.steps.push(StepTime { id: step.id().to_owned(), step: step.as_str().to_owned(), microseconds });
        match step {
            Step::Close => self.closed = since,
            Step::Open => self.opened = since,
            Step::EndSessions => self.block = since,
            _ => {}
        }
    }
}

impl Report {
    pub(crate) fn of(attempt: &Attempt<'_>, times: &Times, tries: u32) -> Self {
        let milliseconds =
            |time: Option<Duration>| time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        Self {
            run: attempt.names().run().to_owned(),
            from: attempt.from(),
            to: attempt.to(),
            turn: attempt.epoch.number,
            nonce: attempt.nonce,
            position: attempt.position.clone(),
            tries,
            closed_milliseconds: milliseconds(times.closed),
            opened_milliseconds: milliseconds(times.opened),
            block_milliseconds: milliseconds(times.block),
            sequences_passed: attempt.passed.clone(),
            steps: times.steps.clone(),
        }
    }

    /// Keeps it on the new writer.
    pub(crate) async fn keep(&self, writer: &Session, epoch: verdigris_core::record::Epoch) -> Result<()> {
        let body = serde_json::to_string(self)
            .map_err(|_| Error::condition(&writer.place(), Reason::Unexpected, "the report cannot be written"))?;
        let sql = Sql::new(include_str!("../sql/switchover/report.sql"))
            .guard(epoch)
            .number("turn", self.turn)
            .text("body", body)
            .render();
        writer.batch("cannot keep the report", &sql).await
    }
}

/// Reports of the switchovers into a side, the latest last.
pub async fn reports(side: &Session) -> Result<Vec<Report>> {
    let rows = side.rows(include_str!("../sql/switchover/reports.sql"), &[]).await?;
    let bodies = rows.iter().map(|row| side.get::<String>(row, 0)).collect::<Result<Vec<_>>>()?;
    Ok(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
}
