//! Recovery: takes an epoch, reads both databases, does what `verdigris_core::recovery` says, and makes everything follow
//! the one side that is open. Safe at any time, by anybody, any number of times.
use std::time::Duration;

use verdigris_core::fact::{Fact, Problem};
use verdigris_core::record::{Epoch, Record};
use verdigris_core::recovery::{Decision, Hardened, decide, hardened};
use verdigris_crds::Side;

use super::claim::UNCLAIMED;
use super::connect::{Purpose, Session};
use super::error::{Error, Reason, Result};
use super::router::Router;
use super::sql::Sql;
use super::switchover::{Request, attempt::Failed};
use super::{state, switchover};

/// What recovery found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The side that accepts writes.
    pub writer: Side,
    /// Whether the way back is there: the stream from the writer to the other side. False also when it was never made.
    pub way_back: bool,
    /// The stream is whole and was told to run, but does not: its servers try on by themselves, and nothing else waits for it.
    pub stopped: Option<Problem>,
    /// What was done beside converging.
    pub did: Did,
}

/// What recovery did beside converging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// One side was open.
    Nothing,
    /// The side that was to write was opened.
    Opened,
    /// The side that had closed was opened again.
    Reopened,
}

/// How long the Service may take to follow.
pub(super) const ROUTE: Duration = Duration::from_secs(10);
/// How long one line of convergence may wait.
pub(super) const LIMIT: Duration = Duration::from_secs(20);

pub(super) struct Both<'r, R> {
    pub(super) request: &'r Request,
    pub(super) router: &'r R,
    pub(super) epoch: Epoch,
    pub(super) blue: Session,
    pub(super) green: Session,
}

/// Reads both databases and makes everything follow. An error says why nothing was decided, or which line of convergence
/// has to be done again; what was done stays. With `request.abort` asked, a switchover that is not finished goes back.
pub async fn run<R: Router>(request: &Request, router: &R) -> Result<Recovered, Problem> {
    take_over(request, router, &mut None).await
}

/// The same; `taken` becomes the epoch that it took, however it ends: for who asks later whether it is still his.
pub(crate) async fn take_over<R: Router>(
    request: &Request,
    router: &R,
    taken: &mut Option<Epoch>,
) -> Result<Recovered, Problem> {
    let purpose = Purpose::ours(&request.names, UNCLAIMED, "recovery", request.limit());
    let (blue, green) = tokio::join!(Session::open(&request.blue, &purpose), Session::open(&request.green, &purpose));
    let (blue, green) = match (blue, green) {
        (Ok(blue), Ok(green)) => (blue, green),
        (Ok(only), Err(error)) | (Err(error), Ok(only)) => {
            return alone(request, router, &only, error.problem(), taken).await;
        }
        (Err(error), Err(_)) => return Err(error.problem()),
    };
    begun(&blue, &green).await?;
    let epoch = state::claim(&[&blue, &green], &request.names, request.holder).await?;
    *taken = Some(epoch);
    let both = Both { request, router, epoch, blue, green };
    both.settle().await.map_err(|failed| failed.problem)
}

/// Both sides have records, and none a tombstone: else there is nothing to take an epoch of.
async fn begun(blue: &Session, green: &Session) -> Result<(), Problem> {
    let (blue, green) = tokio::try_join!(state::read(blue), state::read(green))?;
    match decide(&Fact::Known(blue), &Fact::Known(green), &Fact::Known(false), true) {
        Decision::NotBegun => Err(not_begun()),
        Decision::Over => Err(over()),
        _ => Ok(()),
    }
}

fn not_begun() -> Problem {
    Problem::permanent("NoRecords", "One of the sides has no records of this migration: there is nothing to recover.")
}

fn over() -> Problem {
    Problem::permanent("Over", "The migration is over: a side carries its tombstone.")
}

/// Whether the epoch that we took is still the one on both sides. A problem: it is not, another operator is at work.
pub(crate) async fn still_ours(request: &Request, epoch: Epoch) -> Result<(), Problem> {
    let purpose = Purpose::ours(&request.names, UNCLAIMED, "look", request.limit());
    for target in [&request.blue, &request.green] {
        // A side that cannot be reached says nothing; recovery will say so.
        let Ok(session) = Session::open(target, &purpose).await else { continue };
        if let Ok(Some(record)) = state::read(&session).await
            && (record.epoch, record.holder) != (epoch.number, Some(epoch.holder))
            && record.epoch >= epoch.number
        {
            return Err(
                Error::condition(&session.place(), Reason::StaleEpoch, "the switchover is not ours any more").problem()
            );
        }
    }
    Ok(())
}

/// Whether a newer attempt than ours told poolers to hold their clients, as far as the sides say.
pub(crate) async fn held_after(request: &Request, epoch: Epoch) -> bool {
    let purpose = Purpose::ours(&request.names, UNCLAIMED, "look", request.limit());
    let look = async |target| state::read(&Session::open(target, &purpose).await?).await;
    let (blue, green) = tokio::join!(look(&request.blue), look(&request.green));
    [blue, green].into_iter().filter_map(Result::ok).flatten().any(|record| record.held_after(epoch))
}

/// One side cannot be reached: a closed side is never reopened; the Service goes to an open one, nothing else.
async fn alone<R: Router>(
    request: &Request,
    router: &R,
    only: &Session,
    problem: Problem,
    taken: &mut Option<Epoch>,
) -> Result<Recovered, Problem> {
    let epoch = state::claim(&[only], &request.names, request.holder).await?;
    *taken = Some(epoch);
    let found = state::read(only).await?;
    let known = Fact::Known(found);
    let unknown = Fact::Unknown(problem.clone());
    let (blue, green) = if only.side() == Side::Blue { (known, unknown) } else { (unknown, known) };
    if let Decision::Route { .. } = decide(&blue, &green, &Fact::Unknown(problem.clone()), request.abort.is_asked()) {
        switchover::route(router, only, epoch, ROUTE).await.map_err(|failed| failed.problem)?;
    }
    Err(problem)
}

impl<R: Router> Both<'_, R> {
    pub(super) fn side(&self, side: Side) -> &Session {
        match side {
            Side::Blue => &self.blue,
            Side::Green => &self.green,
        }
    }

    async fn settle(&self) -> Result<Recovered, Failed> {
        let mut did = Did::Nothing;
        let mut abort = self.request.abort.is_asked();
        // Forward, back, converge: more rounds than that mean that somebody else changes things.
        for _ in 0..4 {
            let (blue, green) = tokio::try_join!(state::read(&self.blue), state::read(&self.green))?;
            let proof = self.proof(blue.as_ref(), green.as_ref()).await;
            match decide(&Fact::Known(blue.clone()), &Fact::Known(green.clone()), &proof, abort) {
                Decision::Converge(writer) => {
                    let held = [&blue, &green].iter().any(|record| record.as_ref().is_some_and(|r| r.poolers_held));
                    let reader = if writer == Side::Blue { green } else { blue };
                    let Some(reader) = reader else { break };
                    let mut stopped = None;
                    let way_back = self.converge(writer, &reader, held, &mut stopped).await?;
                    return Ok(Recovered { writer, way_back, stopped, did });
                }
                Decision::GoForward(hardened) => {
                    if self.forward(hardened).await? {
                        did = Did::Opened;
                    } else {
                        abort = true;
                    }
                }
                Decision::Reopen(side) => {
                    let sql = Sql::new(include_str!("sql/switchover/reopen.sql")).guard(self.epoch).render();
                    self.side(side).batch("cannot open again", &sql).await?;
                    did = Did::Reopened;
                }
                Decision::CloseAndStall { side, problem } => {
                    let sql = Sql::new(include_str!("sql/switchover/shut.sql")).guard(self.epoch).render();
                    self.side(side).batch("cannot close", &sql).await?;
                    return Err(problem.into());
                }
                Decision::Stalled(problem) | Decision::Wait(problem) | Decision::Route { problem, .. } => {
                    return Err(problem.into());
                }
                Decision::NotBegun => return Err(not_begun().into()),
                Decision::Over => return Err(over().into()),
            }
        }
        Err(Problem::transient("Unsettled", "The two sides changed while they were read; they are read again.").into())
    }

    async fn proof(&self, blue: Option<&Record>, green: Option<&Record>) -> Fact<bool> {
        let (Some(blue), Some(green)) = (blue, green) else { return Fact::Known(false) };
        let Some(hardened) = hardened(blue, green) else { return Fact::Known(false) };
        match state::has_proof(self.side(hardened.from.other()), hardened.nonce, hardened.turn).await {
            Ok(there) => Fact::Known(there),
            Err(error) => Fact::Unknown(error.problem()),
        }
    }

    /// 5b and 6. False: 5b said no.
    async fn forward(&self, hardened: Hardened) -> Result<bool, Failed> {
        let standby = Duration::from_millis(self.request.bounds().standby());
        if let Err(error) = switchover::standbys(self.side(hardened.from), standby).await {
            return if error.reason == Reason::StandbyTooSlow { Ok(false) } else { Err(error.into()) };
        }
        let to = hardened.from.other();
        let stream = self.request.names.stream(self.request.database, hardened.stream);
        let nonce = hardened.nonce.to_string();
        let sql = switchover::open_sql(to, self.epoch, &stream, &nonce, hardened.turn, self.request.window_seconds);
        self.side(to).batch("cannot open", &sql).await?;
        Ok(true)
    }
}
