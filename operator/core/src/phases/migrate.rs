//! Schema migrations on green: catch up, stop the stream, run them, look at what they did, resume. Blue is never touched.
use std::{collections::BTreeMap, ops::ControlFlow};

use verdigris_crds::{Phase, Side};

use crate::{
    action::{Action, JobKind},
    decide::{Next, act, known, stalled, wait},
    digest,
    observation::{AppliedFile, FailedFile, JobFacts, MigrationFacts, Observation, SourceFacts},
    phases::{
        movers,
        revive::{by_hand, revive},
        stuck::met,
    },
    plan::Plan,
    preflight,
};

/// No space is left on a server: nothing is wrong with what was asked of it.
const DISK_FULL: &str = "DiskFull";

/// Decides until every migration is applied and what it did is known to be carried both ways.
pub fn decide(plan: &Plan, obs: &Observation, now: i64) -> Next {
    // First: what keeps migrations waiting must not keep the stream off, for its slot keeps WAL on blue. Never while they run.
    if let (Some(stream), false) =
        (obs.stream.known().and_then(Option::as_ref), matches!(obs.jobs.migrate, JobFacts::Running { .. }))
    {
        revive(Phase::CatchingUp, stream)?;
    }
    let facts = known(plan, &obs.migrations)?;
    let sources = known(plan, &obs.sources)?;
    unchanged(facts, sources)?;
    if facts.classified { classified(plan, obs, facts, sources) } else { run(plan, obs, facts, sources, now) }
}

/// Identity of the set of files: another set is another Job.
pub fn key(sources: &[SourceFacts]) -> String {
    let text: String = sources
        .iter()
        .flat_map(|s| s.files.iter().map(|f| format!("{}/{}/{}\n", f.name, f.file, f.checksum)))
        .collect();
    digest::short(&text)
}

fn unchanged(facts: &MigrationFacts, sources: &[SourceFacts]) -> Next {
    let now: BTreeMap<(&str, &str), &str> = sources
        .iter()
        .flat_map(|s| &s.files)
        .map(|f| ((f.name.as_str(), f.file.as_str()), f.checksum.as_str()))
        .collect();
    for AppliedFile { name, file, checksum } in &facts.applied {
        if now.get(&(name.as_str(), file.as_str())) != Some(&checksum.as_str()) {
            return stalled(
                Phase::Migrating,
                "AppliedMigrationChanged",
                format!(
                    "File {file} of migration {name} was applied on green with another content than its ConfigMap holds now; put the applied text back, or start a new migration object."
                ),
            );
        }
    }
    ControlFlow::Continue(())
}

fn run(plan: &Plan, obs: &Observation, facts: &MigrationFacts, sources: &[SourceFacts], now: i64) -> Next {
    movers::going(plan, Phase::Migrating, JobKind::Migrate, &obs.jobs.migrate, now)?;
    // Deleting the Job is how a user says that the cause is mended: then it starts anew.
    if let Some(problem) = facts.failure.as_ref().filter(|p| !p.transient && obs.jobs.migrate != JobFacts::Absent) {
        let message = format!(
            "{} Mend it, then start the migrations again: `kubectl -n {} delete job {}-migrate`.",
            problem.message, plan.namespace, plan.name
        );
        return stalled(Phase::Migrating, &problem.reason, message);
    }
    if let Some(failed) = facts.failed.as_ref().filter(|f| still_the_same(f, sources)) {
        file_failed(plan, obs, failed)?;
    }
    if plan.spec.suspend {
        return wait(Phase::Suspended, "Suspended", "Suspended before the schema migrations.", 60);
    }
    let Some(stream) = known(plan, &obs.stream)? else {
        return wait(Phase::CatchingUp, "StreamMissing", "The stream into green is not there yet.", 1);
    };
    if !stream.stopped {
        if !stream.enabled {
            return apply_failed(plan, obs);
        }
        if !stream.marker_seen {
            return wait(
                Phase::CatchingUp,
                "CatchingUp",
                "Green is applying what blue wrote during the copy; migrations run once it has caught up.",
                2,
            );
        }
        return act(Phase::Migrating, vec![Action::StopForward]);
    }
    let wanted = key(sources);
    let start = |key: String| act(Phase::Migrating, vec![Action::StartJob { kind: JobKind::Migrate, key }]);
    match &obs.jobs.migrate {
        JobFacts::Running { key, pods, .. } if *key == wanted => {
            movers::hindered(plan, Phase::Migrating, JobKind::Migrate, pods.as_ref(), now)?;
            wait(Phase::Migrating, "Applying", format!("{} file(s) applied on green so far.", facts.applied.len()), 2)
        }
        JobFacts::Failed { key, reason } if *key == wanted => stalled(
            Phase::Migrating,
            "MigrationJobFailed",
            format!(
                "The migration Job failed ({reason}); see `kubectl -n {} logs -l job-name={}-migrate --prefix --tail=-1`, mend the cause and delete that Job.",
                plan.namespace, plan.name
            ),
        ),
        _ => start(wanted),
    }
}

/// A file goes on when it is corrected; one that is right and found no room, when its Job is deleted.
fn file_failed(plan: &Plan, obs: &Observation, failed: &FailedFile) -> Next {
    if failed.reason != DISK_FULL {
        return stalled(Phase::Migrating, &failed.reason, failed.message.clone());
    }
    if obs.jobs.migrate == JobFacts::Absent {
        return ControlFlow::Continue(());
    }
    let message = format!(
        "{} Then start the migrations again: `kubectl -n {} delete job {}-migrate`.",
        failed.message, plan.namespace, plan.name
    );
    stalled(Phase::Migrating, DISK_FULL, message)
}

fn still_the_same(failed: &FailedFile, sources: &[SourceFacts]) -> bool {
    sources.iter().flat_map(|s| &s.files).any(|f| *f == failed.file)
}

fn classified(plan: &Plan, obs: &Observation, facts: &MigrationFacts, sources: &[SourceFacts]) -> Next {
    let (ok, message) = preflight::summary(&facts.findings);
    if !ok {
        return stalled(
            Phase::Migrating,
            "MigrationRefused",
            format!(
                "{message} Green stays closed and blue is untouched; delete this object, drop green and start again with a migration that can be carried."
            ),
        );
    }
    let files = sources.iter().map(|s| s.files.len()).sum::<usize>();
    if files > facts.applied.len() {
        return stalled(
            Phase::Migrating,
            "MigrationsAdded",
            "Files were added after the migrations were applied and looked at; remove them, or start a new migration object.",
        );
    }
    match known(plan, &obs.stream)? {
        Some(stream) if stream.stopped => act(Phase::CatchingUp, vec![Action::ResumeForward]),
        _ => ControlFlow::Continue(()),
    }
}

/// The subscription was disabled by the server: apply met an error.
pub fn apply_failed(plan: &Plan, obs: &Observation) -> Next {
    stalled(
        Phase::CatchingUp,
        "ApplyConflict",
        format!(
            "Green could not apply a change of blue, and its subscription was disabled after {} errors in a row; {}. Green's server log says why: \
             a row, or no space left on its disk. Mend that (a row of a closed side: see the break-glass page), then {}; \
             or delete this object and start again.",
            obs.stream.known().and_then(Option::as_ref).map_or(0, |stream| stream.apply_errors),
            met(obs),
            by_hand(plan, obs, Side::Green)
        ),
    )
}
