//! One attempt: its sessions, and how each statement is said so that faults can strike between sending and reading.
use std::pin::pin;
use std::time::Instant;

use futures::FutureExt;
use uuid::Uuid;
use verdigris_core::fact::Problem;
use verdigris_core::names::Names;
use verdigris_core::record::Epoch;
use verdigris_core::switchover::sequence::Sequence;
use verdigris_core::switchover::{Failure, Step};
use verdigris_crds::Side;

use super::super::connect::{Purpose, Session};
use super::super::error::{Error, Outcome, Reason, Result};
use super::super::faults::{Faults, Point, When};
use super::super::router::RouteError;
use super::super::state;
use super::Request;

/// A step that did not succeed.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) failure: Failure,
    pub(crate) problem: Problem,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let busy = matches!(error.reason, Reason::LockTimeout | Reason::StatementTimeout | Reason::Deadlock);
        let failure = match error.outcome {
            Outcome::Unknown => Failure::Lost,
            Outcome::Refused if busy => Failure::Busy,
            Outcome::Refused => Failure::Refused,
        };
        Self { failure, problem: error.problem() }
    }
}

impl From<RouteError> for Failed {
    fn from(error: RouteError) -> Self {
        let failure = if error == RouteError::Conflict { Failure::Busy } else { Failure::Lost };
        Self { failure, problem: error.problem() }
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self { failure: Failure::Refused, problem }
    }
}

/// What an attempt knows and holds. Dropping it closes its sessions, and the servers let go of everything.
pub(crate) struct Attempt<'r> {
    pub(crate) request: &'r Request,
    pub(crate) faults: &'r dyn Faults,
    pub(crate) epoch: Epoch,
    /// On `from`: admin, hold, marker and linger.
    pub(crate) a: Session,
    pub(crate) h: Option<Session>,
    pub(crate) m: Option<Session>,
    /// On `to`.
    pub(crate) b: Session,
    /// Stream `from → to`: it carries `to`'s turn.
    pub(crate) forward: String,
    /// Stream `to → from`: it carries ours.
    pub(crate) reverse: String,
    pub(crate) origin: String,
    /// Witness that `to` had while it was closed.
    pub(crate) witness: Option<String>,
    pub(crate) nonce: Uuid,
    pub(crate) position: String,
    pub(crate) late: Vec<(String, String, i64)>,
    pub(crate) ceilings: Vec<Sequence>,
    pub(crate) requested: Option<Instant>,
    pub(crate) passed: Vec<String>,
}

impl<'r> Attempt<'r> {
    /// Step 0a: connects to both sides, takes the epoch, and looks whether this is a state to start from.
    pub(crate) async fn claim(request: &'r Request, faults: &'r dyn Faults) -> Result<Self, Failed> {
        let (blue, green) = connect_both(request).await?;
        let epoch = state::claim(&[&blue, &green], &request.names, request.holder).await?;
        let (a, b) = if request.from == Side::Blue { (blue, green) } else { (green, blue) };
        let (stream, witness) = startable(&a, &b).await?;
        Ok(Self {
            request,
            faults,
            epoch,
            a,
            b,
            h: None,
            m: None,
            forward: request.names.stream(request.database, stream),
            reverse: request.names.stream(request.database, epoch.number),
            origin: String::new(),
            witness,
            nonce: Uuid::nil(),
            position: String::new(),
            late: Vec::new(),
            ceilings: Vec::new(),
            requested: None,
            passed: Vec::new(),
        })
    }

    pub(crate) fn names(&self) -> &'r Names {
        &self.request.names
    }

    pub(crate) fn from(&self) -> Side {
        self.request.from
    }

    pub(crate) fn to(&self) -> Side {
        self.request.from.other()
    }

    /// Another session of this attempt.
    pub(crate) async fn open(&self, side: Side, purpose: &Purpose) -> Result<Session> {
        let session = Session::open(self.request.target(side), purpose).await?;
        let record = state::read(&session).await?;
        match record {
            Some(record) if record.side == side && record.same_server && record.uid == self.names().run() => {
                Ok(session)
            }
            _ => Err(Error::condition(&session.place(), Reason::OtherServer, "cannot trust the server")),
        }
    }

    /// The hold's session; there is none only before it was opened.
    pub(crate) fn hold(&self) -> Result<&Session> {
        self.h.as_ref().ok_or_else(|| Error::condition(&self.a.place(), Reason::SessionEnded, "there is no hold"))
    }

    /// The marker's session.
    pub(crate) fn marker(&self) -> Result<&Session> {
        self.m.as_ref().ok_or_else(|| Error::condition(&self.a.place(), Reason::SessionEnded, "there is no marker"))
    }

    /// One message that changes something. A fault may strike when it is sent and before its answer is read.
    pub(crate) async fn say(&self, step: Step, session: &Session, what: &str, sql: &str) -> Result<(), Failed> {
        let mut call = pin!(session.batch(what, sql));
        let point = Point { step, when: When::Sent };
        if self.faults.armed(point) {
            if let Some(answer) = call.as_mut().now_or_never() {
                return Ok(answer?);
            }
            self.faults.hit(point).await?;
        }
        Ok(call.await?)
    }
}

/// Sessions to both sides, without an epoch yet.
pub(crate) async fn connect_both(request: &Request) -> Result<(Session, Session)> {
    let purpose = Purpose::ours(&request.names, super::super::claim::UNCLAIMED, "admin", request.limit());
    tokio::try_join!(Session::open(&request.blue, &purpose), Session::open(&request.green, &purpose))
}

/// `from` open, `to` closed, both the servers they were: returns `to`'s turn and its witness.
async fn startable(a: &Session, b: &Session) -> Result<(i64, Option<String>)> {
    let (from, to) = tokio::try_join!(state::read(a), state::read(b))?;
    let (Some(from), Some(to)) = (from, to) else {
        return Err(Error::condition(&a.place(), Reason::NoRecords, "there is nothing to switch"));
    };
    for (session, record) in [(a, &from), (b, &to)] {
        if !record.same_server || record.side != session.side() {
            return Err(Error::condition(&session.place(), Reason::OtherServer, "cannot trust the server"));
        }
        if record.is_closed().is_none() {
            return Err(Error::condition(&session.place(), Reason::Drift, "cannot tell whether it is open"));
        }
    }
    if from.closed {
        return Err(Error::condition(&a.place(), Reason::Closed, "the writer role cannot be taken from it"));
    }
    if !to.closed {
        return Err(Error::condition(&b.place(), Reason::Open, "the writer role cannot be given to it"));
    }
    Ok((to.turn, to.witness))
}
