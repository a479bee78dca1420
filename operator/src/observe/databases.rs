//! What both databases say of the run. One session a side and a look; read-only but for the marker.
use serde::Deserialize;
use verdigris_core::{
    fact::{Fact, Problem},
    names::Names,
    observation::{
        AppliedFile, CatalogFacts, CloneFacts, ComparisonFacts, FailedFile, MigrationFacts, ReportFacts, StreamFacts,
    },
    preflight::Finding,
    record::Epoch,
};

use crate::{
    mover,
    postgres::{connect::Session, error, stream, switchover},
};

/// Green's work as one look sees it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Work {
    applied: Vec<AppliedFile>,
    failed: Option<Failed>,
    classified: bool,
    findings: Vec<Finding>,
    green_only: i64,
    tables: i64,
    comparison: Option<Comparison>,
    comparison_failure: Option<Problem>,
    cloned: Option<String>,
    objects: Option<serde_json::Value>,
    now: String,
    planned: Option<String>,
}

#[derive(Deserialize)]
struct Failed {
    #[serde(flatten)]
    file: AppliedFile,
    line: Option<i32>,
    sqlstate: Option<String>,
    object: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Comparison {
    finished_at: Option<i64>,
    fresh: bool,
    equal: bool,
    done: i64,
    different: Vec<String>,
}

/// Facts that come from green's records.
pub struct Green {
    /// The copy.
    pub clone: Fact<Option<CloneFacts>>,
    /// The migrations.
    pub migrations: Fact<MigrationFacts>,
    /// The last comparison.
    pub comparison: Fact<Option<ComparisonFacts>>,
    /// Both catalogs.
    pub catalogs: Fact<Option<CatalogFacts>>,
}

impl Green {
    /// Green has no records: nothing has begun.
    pub fn nothing() -> Self {
        Self {
            clone: Fact::Known(None),
            migrations: Fact::Known(MigrationFacts::default()),
            comparison: Fact::Known(None),
            catalogs: Fact::Known(None),
        }
    }

    /// Green could not be read.
    pub fn unknown(problem: &Problem) -> Self {
        Self {
            clone: Fact::Unknown(problem.clone()),
            migrations: Fact::Unknown(problem.clone()),
            comparison: Fact::Unknown(problem.clone()),
            catalogs: Fact::Unknown(problem.clone()),
        }
    }
}

/// What kept movers from making green's records at all: they say so on blue.
pub async fn not_begun(blue: &Session) -> Fact<Option<CloneFacts>> {
    match mover::failure::read(blue.client(), mover::clone::STEP).await {
        Ok(None) => Fact::Known(None),
        Ok(failure) => Fact::Known(Some(CloneFacts {
            stage: "begin".into(),
            done_bytes: 0,
            total_bytes: 0,
            tables: 0,
            started_at: 0,
            restarts: 0,
            finished: false,
            failure,
        })),
        Err(error) => Fact::Unknown(error.problem()),
    }
}

/// A session of blue, and whether blue has records: a question to records that are gone stands in its log.
pub type Blue<'a> = (&'a Session, bool);

/// Reads green's records; `blue` adds the fingerprint of its catalog.
pub async fn green(green: &Session, blue: Option<Blue<'_>>) -> Green {
    let clone = match mover::progress::progress(green.client()).await {
        Fact::Known(progress) => Fact::Known(copy(progress)),
        Fact::Unknown(problem) => Fact::Unknown(problem),
    };
    let clone = match (clone, blue) {
        (Fact::Known(Some(mut facts)), Some(blue)) => match said_on_blue(&mut facts, blue).await {
            Ok(()) => Fact::Known(Some(facts)),
            Err(problem) => Fact::Unknown(problem),
        },
        (clone, _) => clone,
    };
    match work(green).await {
        Ok(work) => assemble(green, blue, clone, work).await,
        Err(problem) => Green { clone, ..Green::unknown(&problem) },
    }
}

async fn assemble(green: &Session, blue: Option<Blue<'_>>, clone: Fact<Option<CloneFacts>>, work: Work) -> Green {
    let clone = match clone {
        Fact::Known(Some(mut facts)) => {
            facts.tables = work.tables;
            Fact::Known(Some(facts))
        }
        other => other,
    };
    let failure = mover::migrate_failure(green.client()).await.unwrap_or_else(Some);
    let catalogs = match (&work.cloned, &work.planned, blue) {
        (Some(cloned), Some(planned), Some(blue)) => match catalog(blue, work.objects.as_ref()).await {
            Ok((blue_now, blue_changed)) => Fact::Known(Some(CatalogFacts {
                blue_now,
                blue_cloned: cloned.clone(),
                blue_changed,
                green_now: work.now.clone(),
                green_planned: planned.clone(),
            })),
            Err(error) => Fact::Unknown(error.problem()),
        },
        _ => Fact::Known(None),
    };
    Green {
        clone,
        comparison: Fact::Known(compared(work.comparison, work.comparison_failure, work.tables)),
        catalogs,
        migrations: Fact::Known(MigrationFacts {
            applied: work.applied,
            failed: work.failed.map(failed),
            classified: work.classified,
            findings: work.findings,
            green_only: work.green_only,
            failure,
        }),
    }
}

fn compared(last: Option<Comparison>, failure: Option<Problem>, total: i64) -> Option<ComparisonFacts> {
    // One that failed before it began is there all the same.
    let Comparison { finished_at, fresh, equal, done, different } =
        last.or_else(|| failure.is_some().then(Comparison::default))?;
    Some(ComparisonFacts { finished_at, fresh, equal, done, total, different, failure })
}

/// What a mover could not do for want of green, or of room there, it said on blue.
async fn said_on_blue(clone: &mut CloneFacts, blue: Blue<'_>) -> Result<(), Problem> {
    if clone.finished || clone.failure.as_ref().is_some_and(|problem| !problem.transient) {
        return Ok(());
    }
    let blue = recorded(blue).map_err(|e| e.problem())?;
    let there = mover::failure::read(blue.client(), mover::clone::STEP).await.map_err(|e| e.problem())?;
    if let Some(problem) = there.filter(|problem| !problem.transient) {
        clone.failure = Some(problem);
    }
    Ok(())
}

fn copy(progress: mover::progress::Progress) -> Option<CloneFacts> {
    let started_at = progress.started_at?;
    Some(CloneFacts {
        stage: progress.stage.unwrap_or_else(|| "done".into()),
        done_bytes: progress.done_bytes,
        total_bytes: progress.total_bytes,
        tables: 0,
        started_at,
        restarts: i64::from(progress.restarts),
        finished: progress.finished_at.is_some() && progress.failure.as_ref().is_none_or(|problem| problem.transient),
        failure: progress.failure,
    })
}

fn failed(failed: Failed) -> FailedFile {
    let Failed { file, line, sqlstate, object } = failed;
    let at = line.map_or_else(String::new, |l| format!(" at line {l}"));
    let code = sqlstate.unwrap_or_else(|| "no SQLSTATE".into());
    // Our own refusals carry their reason where the server's errors carry a SQLSTATE.
    let own = code.len() != 5;
    if code == "53100" {
        return FailedFile {
            reason: "DiskFull".into(),
            message: format!(
                "File {} of migration {} failed{at}: no space is left on green's disk ({code}). Green stays closed and blue is untouched. Give green a larger volume.",
                file.file, file.name
            ),
            file,
        };
    }
    let about = object.map_or_else(String::new, |o| format!(", {o}"));
    FailedFile {
        reason: if own { code.clone() } else { "StatementFailed".into() },
        message: format!(
            "File {} of migration {} failed{at}: {code}{about}. The server's words are in verdigris.note on green. Green stays closed and blue is untouched; \
             correct the ConfigMap and the run goes on from this file.",
            file.file, file.name
        ),
        file,
    }
}

async fn work(green: &Session) -> Result<Work, Problem> {
    let row = green.one(include_str!("sql/work.sql"), &[]).await.map_err(|e| e.problem())?;
    let text: String = green.get(&row, 0).map_err(|e: error::Error| e.problem())?;
    serde_json::from_str(&text).map_err(|e| {
        Problem::permanent(
            "RecordsUnreadable",
            format!("Green's records in schema verdigris are not as this version writes them ({e})."),
        )
    })
}

/// Fingerprint of blue's catalog, and what changed since it was cloned.
async fn catalog(blue: Blue<'_>, was: Option<&serde_json::Value>) -> Result<(String, Vec<String>), error::Error> {
    let blue = recorded(blue)?;
    let row = blue.one(include_str!("sql/fingerprint.sql"), &[]).await?;
    let changed = match was {
        Some(was) => blue.rows(include_str!("sql/changed.sql"), &[was]).await?,
        None => Vec::new(),
    };
    let changed = changed.iter().map(|row| blue.get(row, 0)).collect::<Result<_, _>>()?;
    Ok((blue.get(&row, 0)?, changed))
}

fn recorded((blue, there): Blue<'_>) -> Result<&Session, error::Error> {
    let gone = || error::Error::condition(&blue.place(), error::Reason::ObjectMissing, "the records are gone");
    there.then_some(blue).ok_or_else(gone)
}

/// The stream into `closed`, and whether a marker comes through it.
pub async fn stream(open: &Session, closed: &Session, name: &str, epoch: Option<Epoch>) -> Fact<Option<StreamFacts>> {
    let status = match stream::status(closed, open, name).await {
        Ok(status) => status,
        Err(error) => return Fact::Unknown(error.problem()),
    };
    let Some(subscription) = status.subscription else { return Fact::Known(None) };
    let mut marker_seen = false;
    if let (true, Some(epoch)) = (subscription.enabled, epoch) {
        marker_seen = stream::caught_up(open, closed, epoch, std::time::Duration::from_secs(2)).await.is_ok();
    }
    let slot = status.slot;
    Fact::Known(Some(StreamFacts {
        into: closed.side(),
        enabled: subscription.enabled,
        // An error of apply disables it and counts; we disable it without one (and reset the count when we do).
        stopped: !subscription.enabled && subscription.apply_errors == 0,
        apply_errors: subscription.apply_errors,
        applied: subscription.applied,
        lag_bytes: slot.as_ref().and_then(|s| s.lag_bytes),
        retained_bytes: slot.as_ref().and_then(|s| s.retained_bytes),
        slot_lost: slot.is_none_or(|s| s.wal_status.as_deref() == Some("lost")),
        marker_seen,
    }))
}

/// Streams of the run that should not be on this side.
pub async fn leftovers(session: &Session, names: &Names, keep: &str) -> Fact<Vec<String>> {
    let prefix = names.prefix();
    let read = async {
        let rows = session.rows(include_str!("sql/leftovers.sql"), &[&prefix, &keep]).await?;
        rows.iter().map(|row| session.get(row, 0)).collect::<Result<Vec<String>, error::Error>>()
    };
    match read.await {
        Ok(found) => Fact::Known(found),
        Err(error) => Fact::Unknown(error.problem()),
    }
}

/// The last switchover into the side that writes.
pub async fn report(writer: &Session) -> Option<ReportFacts> {
    let last = switchover::reports(writer).await.ok()?.pop()?;
    let write_block_ms = last.block_milliseconds.and_then(|ms| i64::try_from(ms).ok());
    Some(ReportFacts { to: last.to, write_block_ms })
}
