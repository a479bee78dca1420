//! The loop: performs what the machine commands, tells it what came of that.
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rand::Rng;
use verdigris_core::fact::Problem;
use verdigris_core::record::Epoch;
use verdigris_core::switchover::{Command, Event, Machine, Outcome, Step};

use super::super::error::Reason;
use super::super::faults::{Faults, Point, When};
use super::super::recovery;
use super::super::router::Router;
use super::attempt::{Attempt, Failed};
use super::report::{Report, Times};
use super::{Request, Stop};

/// Longest look whose the clients are that poolers hold: they wait meanwhile.
const LOOK: Duration = Duration::from_secs(2);

/// Moves the writer from `request.from` to the other side. If it stops half-way it puts everything back, or goes on as the
/// databases say, before it returns; it may be dropped at any point, `recovery::run` finds out the rest.
pub async fn run<R: Router>(request: &Request, router: &R, faults: &dyn Faults) -> Result<Report, Stop> {
    let mut drive = Drive {
        request,
        router,
        faults,
        began: Instant::now(),
        attempt: None,
        epoch: None,
        times: Times::default(),
        told: false,
        paused: false,
    };
    let done = through(&mut drive).await;
    // However it ended: nobody waits in a pooler for an attempt that is over.
    if done.is_err() && drive.paused {
        drive.resume().await;
    }
    done
}

async fn through<R: Router>(drive: &mut Drive<'_, R>) -> Result<Report, Stop> {
    let request = drive.request;
    let mut machine = Machine::new(request.from, request.bounds());
    let mut queue = VecDeque::from(machine.step(Event::Started { at: drive.now() }));
    while let Some(command) = queue.pop_front() {
        if request.abort.is_asked() && !drive.told {
            drive.told = true;
            let problem =
                Problem::transient("AbortAsked", "The switchover was stopped on request, before anything was closed.");
            queue.extend(machine.step(Event::AbortAsked { problem }));
        }
        match command {
            Command::Do { step, limit } => {
                let event = drive.perform(step, Duration::from_millis(limit)).await;
                // A newer operator is at work: nothing is for us to put back.
                if let Event::Failed { problem, .. } = &event
                    && problem.reason == Reason::StaleEpoch.as_str()
                {
                    return Err(Stop::Overtaken(problem.clone()));
                }
                queue.extend(machine.step(event));
            }
            Command::Release => drive.release().await,
            Command::Pause { least, most } => {
                let pause = rand::rng().random_range(least..=most.max(least));
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            Command::PutBack => {
                let (stopped, problem) = drive.put_back().await?;
                // Of a stream that does not run an attempt sees only that nothing arrives: this says why.
                if let Some(problem) = stopped {
                    queue.extend(machine.step(Event::AbortAsked { problem }));
                }
                queue.extend(machine.step(Event::PutBack { problem }));
            }
            Command::Finish(outcome) => return drive.finish(outcome, machine.tries()).await,
        }
    }
    Err(Stop::Unsettled(Problem::transient(
        "Unsettled",
        "The switchover ended without an outcome; the databases are asked.",
    )))
}

struct Drive<'r, R> {
    request: &'r Request,
    router: &'r R,
    faults: &'r dyn Faults,
    began: Instant,
    attempt: Option<Attempt<'r>>,
    epoch: Option<Epoch>,
    times: Times,
    told: bool,
    paused: bool,
}

impl<R: Router> Drive<'_, R> {
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    async fn perform(&mut self, step: Step, limit: Duration) -> Event {
        let start = Instant::now();
        let done = match tokio::time::timeout(limit, self.one(step, limit)).await {
            Ok(done) => done,
            Err(_) => Err(Failed {
                failure: verdigris_core::switchover::Failure::Lost,
                problem: Problem::transient(
                    "StepTooSlow",
                    format!("Step {step} did not end within {} ms.", limit.as_millis()),
                ),
            }),
        };
        let done = match done {
            Ok(()) => {
                let since = self.attempt.as_ref().and_then(|attempt| attempt.requested).map(|at| at.elapsed());
                self.times.done(step, start.elapsed(), since);
                let point = Point { step, when: When::Done };
                if self.faults.armed(point) { self.faults.hit(point).await.map_err(Failed::from) } else { Ok(()) }
            }
            failed => failed,
        };
        tracing::debug!(%step, ok = done.is_ok(), milliseconds = start.elapsed().as_millis(), "switchover step");
        match done {
            Ok(()) => Event::Done { step, at: self.now() },
            Err(Failed { failure, problem, .. }) => Event::Failed { step, at: self.now(), failure, problem },
        }
    }

    async fn one(&mut self, step: Step, limit: Duration) -> Result<(), Failed> {
        if step == Step::Claim {
            let attempt = Attempt::claim(self.request, self.faults).await?;
            self.epoch = Some(attempt.epoch);
            self.attempt = Some(attempt);
            return Ok(());
        }
        let Some(it) = self.attempt.as_mut() else {
            return Err(Problem::permanent("Unexpected", format!("Step {step} came before the first one.")).into());
        };
        // Half of the limit for what polls, so that its own message is seen and not ours.
        let poll = limit.mul_f32(0.9);
        match step {
            Step::Claim => Ok(()),
            Step::Gates | Step::GatesAgain => it.gates(self.router).await,
            Step::Slot => it.slot().await,
            Step::Subscribe => it.subscribe().await,
            Step::Arm => it.arm().await,
            Step::Ceilings => it.ceilings().await,
            Step::Writable => it.writable().await,
            Step::Warm => it.warm().await,
            Step::Linger => it.linger().await,
            Step::PausePoolers => {
                self.paused = true;
                it.pause_poolers(self.router, poll).await
            }
            Step::Quiet => it.quiet(self.router, poll).await,
            Step::Hold => it.take_hold().await,
            Step::Coverage => it.coverage().await,
            Step::Marker => it.commit_marker().await,
            Step::Drain => it.drain(poll).await,
            Step::Sequences => it.sequences().await,
            Step::Proof => it.prove().await,
            Step::ProofStandbys => it.proof_standbys(poll).await,
            Step::Position => it.read_position().await,
            Step::Close => it.close(limit).await,
            Step::CloseStandbys => it.close_standbys(poll).await,
            Step::Reopen => it.reopen().await,
            Step::Open => it.open_to().await,
            Step::Flip => it.flip(self.router).await,
            Step::Settle => it.settle(self.router, poll).await,
            Step::ResumePoolers => it.resume_poolers(self.router).await,
            Step::ReadOnly => it.read_only().await,
            Step::EndSessions => it.end_sessions().await,
            Step::SecondLook => it.second_look().await,
            Step::WorkerGone => it.worker_gone(poll).await,
            Step::Reverse => it.start_reverse().await,
            Step::DropForward => it.drop_forward().await,
            Step::DropSlot => it.drop_slot(poll).await,
            Step::Streaming => it.streaming(poll).await,
        }
    }

    /// Lets the hold go: rolled back, or by the end of the session.
    async fn release(&mut self) {
        let Some(attempt) = self.attempt.as_mut() else { return };
        let Some(hold) = attempt.h.as_ref() else { return };
        let rolled_back =
            tokio::time::timeout(Duration::from_millis(500), hold.batch("cannot let go", "ROLLBACK")).await;
        if !matches!(rolled_back, Ok(Ok(()))) {
            attempt.h = None;
        }
    }

    /// Everything as it was: our sessions end, then recovery reads the databases with a new epoch and converges on the
    /// side that writes. It must not do so where a newer operator is at work. First: why the stream does not run, if so;
    /// second: what kept everything from being as it was.
    async fn put_back(&mut self) -> Result<(Option<Problem>, Option<Problem>), Stop> {
        self.attempt = None;
        // Before anything that may be slower: that side writes.
        if self.paused {
            self.resume().await;
        }
        let from = self.request.from;
        match self.recover(true).await? {
            Ok(recovered) if recovered.writer == from => Ok((recovered.stopped, None)),
            Ok(recovered) => {
                let moved = format!("{} writes after all.", recovered.writer);
                Ok((None, Some(Problem::transient("Moved", moved))))
            }
            Err(problem) => Ok((None, Some(problem))),
        }
    }

    /// Poolers let their clients go on, unless a newer attempt holds them by now: ours may have been overtaken, and would hear of it last.
    /// Who cannot be asked that soon keeps nobody waiting. Where one cannot be told the records still say that it was to hold: the next look takes that up.
    async fn resume(&self) {
        if let Some(epoch) = self.epoch {
            let theirs = tokio::time::timeout(LOOK, recovery::held_after(self.request, epoch)).await;
            if theirs.unwrap_or(false) {
                tracing::info!("poolers are not told to let their clients go on: a newer attempt holds them");
                return;
            }
        }
        if let Err(error) = self.router.resume().await {
            tracing::warn!(reason = error.problem().reason, "a pooler was not told to let its clients go on");
        }
    }

    async fn recover(&mut self, abort: bool) -> Result<Result<recovery::Recovered, Problem>, Stop> {
        if let Some(epoch) = self.epoch {
            recovery::still_ours(self.request, epoch).await.map_err(Stop::Overtaken)?;
        }
        let request = Request { abort: if abort { asked() } else { super::Abort::default() }, ..self.request.clone() };
        // From here on the epoch of recovery is ours: one that stands on the sides later is a rival's only if it is newer.
        Ok(recovery::take_over(&request, self.router, &mut self.epoch).await)
    }

    async fn finish(&mut self, outcome: Outcome, tries: u32) -> Result<Report, Stop> {
        match outcome {
            Outcome::Moved => {
                let Some(attempt) = self.attempt.as_ref() else {
                    return Err(Stop::Unsettled(Problem::permanent("Unexpected", "The attempt is gone.")));
                };
                let report = Report::of(attempt, &self.times, tries);
                if let Err(error) = report.keep(&attempt.b, attempt.epoch).await {
                    tracing::warn!(reason = error.reason.as_str(), "the report could not be kept");
                }
                Ok(report)
            }
            Outcome::Aborted(problem) => Err(Stop::Aborted(problem)),
            Outcome::Recover(problem) => {
                let report = self.attempt.as_ref().map(|attempt| Report::of(attempt, &self.times, tries));
                self.attempt = None;
                match (self.recover(false).await?.map(|recovered| recovered.writer), report) {
                    (Ok(writer), Some(report)) if writer == report.to => Ok(report),
                    (Ok(writer), _) if writer == self.request.from => Err(Stop::Aborted(problem)),
                    (Ok(_), _) => Err(Stop::Unsettled(problem)),
                    (Err(other), _) => Err(Stop::Unsettled(other)),
                }
            }
        }
    }
}

fn asked() -> super::Abort {
    let abort = super::Abort::default();
    abort.ask();
    abort
}
