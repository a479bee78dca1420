//! Everything follows the one side that is open: the Service, clients, poolers, streams. Each line may be said any number of times.
use std::time::Duration;

use verdigris_core::fact::Problem;
use verdigris_core::record::Record;
use verdigris_core::recovery::{Action, converge};
use verdigris_crds::Side;

use super::connect::Session;
use super::error::{Error, Reason};
use super::recovery::{Both, LIMIT, ROUTE};
use super::router::Router;
use super::switchover::attempt::Failed;
use super::{slot, stream, switchover};

impl<R: Router> Both<'_, R> {
    /// Every line of convergence, in order. `held`: the records say that poolers hold clients for us. Returns whether the way back is there.
    pub(super) async fn converge(
        &self,
        writer: Side,
        reader: &Record,
        held: bool,
        stopped: &mut Option<Problem>,
    ) -> Result<bool, Failed> {
        let mut way_back = false;
        for action in converge(writer, reader) {
            match action {
                Action::Route(side) => switchover::route(self.router, self.side(side), self.epoch, ROUTE).await?,
                Action::Writable(side) => switchover::writable(self.side(side), self.epoch).await?,
                Action::EndReadOnlySessions(side) => {
                    switchover::end_read_only_sessions(self.side(side), &self.request.names, self.epoch).await?;
                }
                Action::ResumePoolers => self.resume_poolers(held).await,
                Action::ReadOnly(side) => switchover::read_only(self.side(side), self.epoch).await?,
                Action::EndSessions(side) => {
                    switchover::end_sessions(self.side(side), &self.request.names, self.epoch).await?;
                }
                Action::Sweep { writer, turn } => self.sweep(writer, turn, reader.witness.as_deref()).await?,
                Action::WorkersGone(side) => self.workers_gone(self.side(side)).await?,
                Action::Stream { writer, turn } => way_back = self.stream(writer, turn, stopped).await?,
            }
        }
        Ok(way_back)
    }

    /// A pause that the records do not speak of is an admin's. A pooler that cannot be told keeps nothing else from following; the
    /// records go on saying that it was to hold until a look sees that nobody does.
    async fn resume_poolers(&self, held: bool) {
        if self.request.poolers
            && held
            && let Err(error) = self.router.resume().await
        {
            tracing::warn!(reason = error.problem().reason, "a pooler was not told to let its clients go on");
        }
    }

    /// Every subscription and slot of the run goes but the stream writer → other, and the witness of the other.
    async fn sweep(&self, writer: Side, turn: i64, witness: Option<&str>) -> Result<(), Failed> {
        let names = &self.request.names;
        let prefix = names.prefix();
        let keep = names.stream(self.request.database, turn);
        for side in [writer, writer.other()] {
            let session = self.side(side);
            for row in session.rows(include_str!("sql/recovery/streams.sql"), &[&prefix]).await? {
                let name: String = session.get(&row, 0)?;
                if side == writer || name != keep {
                    stream::drop_subscription(session, self.epoch, &name).await?;
                }
            }
        }
        for side in [writer, writer.other()] {
            let session = self.side(side);
            for row in session.rows(include_str!("sql/recovery/slots.sql"), &[&prefix]).await? {
                let name: String = session.get(&row, 0)?;
                let kept = if side == writer { name == keep } else { Some(name.as_str()) == witness };
                if !kept && name != names.count_slot() {
                    slot::drop_slot(session, self.epoch, &name, LIMIT).await?;
                }
            }
        }
        Ok(())
    }

    async fn workers_gone(&self, session: &Session) -> Result<(), Failed> {
        let until = tokio::time::Instant::now() + LIMIT;
        let prefix = self.request.names.prefix();
        loop {
            let row = session.one(include_str!("sql/recovery/workers.sql"), &[&prefix]).await?;
            if !session.get::<bool>(&row, 0)? {
                return Ok(());
            }
            if tokio::time::Instant::now() > until {
                return Err(Error::condition(&session.place(), Reason::NotSettled, "a worker does not end").into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The stream writer → other runs. It is never made again once it has streamed: gone means no way back.
    async fn stream(&self, writer: Side, turn: i64, stopped: &mut Option<Problem>) -> Result<bool, Failed> {
        let name = self.request.names.stream(self.request.database, turn);
        let reader = self.side(writer.other());
        let Some(subscription) = stream::subscription(reader, &name).await? else { return Ok(false) };
        if !stream::has_slot(self.side(writer), &name).await? {
            return Ok(false);
        }
        if !subscription.enabled {
            stream::enable(reader, self.epoch, &name).await?;
        }
        match super::switchover::streaming(self.side(writer), &name, LIMIT).await {
            Err(error) if error.reason == Reason::NotSettled => *stopped = Some(error.problem()),
            other => other?,
        }
        Ok(stopped.is_none())
    }
}
