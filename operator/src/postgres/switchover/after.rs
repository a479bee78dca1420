//! Steps 7a to 8d: clients follow, the reverse stream starts, the old one goes. Recovery says the same statements.
use std::time::Duration;

use tokio::time::{Instant, sleep};
use verdigris_core::names::Names;
use verdigris_core::record::Epoch;
use verdigris_core::switchover::Step;
use verdigris_core::switchover::sequence::passed;

use super::super::connect::Session;
use super::super::error::{Error, Reason, Result};
use super::super::router::{RouteError, Router};
use super::super::sql::Sql;
use super::super::{sequences, stream};
use super::attempt::{Attempt, Failed};

impl Attempt<'_> {
    /// 7a.
    pub(crate) async fn flip<R: Router>(&self, router: &R) -> Result<(), Failed> {
        flip(router, &self.b, self.epoch).await
    }

    /// 7a, second half.
    pub(crate) async fn settle<R: Router>(&self, router: &R, limit: Duration) -> Result<(), Failed> {
        Ok(router.settled(self.to(), limit.min(Duration::from_secs(5))).await?)
    }

    /// 7a3. The records say that clients are held until a look sees that nobody is: a pause may be on its way still.
    pub(crate) async fn resume_poolers<R: Router>(&self, router: &R) -> Result<(), Failed> {
        Ok(router.resume().await?)
    }

    /// 7b.
    pub(crate) async fn read_only(&self) -> Result<(), Failed> {
        let sql = read_only_sql(&self.a, self.epoch);
        self.say(Step::ReadOnly, &self.a, "cannot make the closed side read-only", &sql).await
    }

    /// 7b, second half; then nobody lingers any more.
    pub(crate) async fn end_sessions(&mut self) -> Result<(), Failed> {
        let sql = end_sessions_sql(self.names(), self.epoch);
        self.say(Step::EndSessions, &self.a, "cannot end client sessions", &sql).await?;
        self.m = None;
        self.h = None;
        Ok(())
    }

    /// Sequences once more: who passed the ceiling between 3c′ and 5 has given out numbers that `to` may give out too.
    pub(crate) async fn second_look(&mut self) -> Result<(), Failed> {
        let theirs = sequences::read(&self.a).await?;
        self.passed = passed(&theirs, &self.ceilings);
        if !self.passed.is_empty() {
            sequences::set_ahead(&self.a, &self.b, self.epoch).await?;
        }
        Ok(())
    }

    /// 8a.
    pub(crate) async fn worker_gone(&self, limit: Duration) -> Result<(), Failed> {
        Ok(stream::end_worker(&self.b, self.epoch, &self.forward, limit).await?)
    }

    /// 8b.
    pub(crate) async fn start_reverse(&self) -> Result<(), Failed> {
        let sql = Sql::new(include_str!("../sql/stream/enable.sql")).guard(self.epoch).text("stream", &self.reverse);
        self.say(Step::Reverse, &self.a, "cannot start the reverse stream", &sql.render()).await
    }

    /// 8c.
    pub(crate) async fn drop_forward(&self) -> Result<(), Failed> {
        let sql = Sql::new(include_str!("../sql/stream/drop.sql")).guard(self.epoch).text("stream", &self.forward);
        self.say(Step::DropForward, &self.b, "cannot drop the forward subscription", &sql.render()).await
    }

    /// 8c, second half: the slot of the forward stream stays on the closed side as its witness; the one that `to` had
    /// while it was closed goes.
    pub(crate) async fn drop_slot(&self, limit: Duration) -> Result<(), Failed> {
        if let Some(witness) = &self.witness {
            stream::drop_slot(&self.b, self.epoch, witness, limit).await?;
        }
        Ok(())
    }

    /// 8d.
    pub(crate) async fn streaming(&self, limit: Duration) -> Result<(), Failed> {
        Ok(streaming(&self.b, &self.reverse, limit).await?)
    }
}

/// Sends clients to an open side: the route is read first, then the side, then the route changed if it is still that.
pub(crate) async fn flip<R: Router>(router: &R, to: &Session, epoch: Epoch) -> Result<(), Failed> {
    let version = router.read().await?;
    let row = to.one(include_str!("../sql/switchover/is_open.sql"), &[&epoch.number, &epoch.holder]).await?;
    let (ours, open): (Option<bool>, bool) = (to.get(&row, 0)?, to.get(&row, 1)?);
    if ours != Some(true) {
        return Err(Error::condition(&to.place(), Reason::StaleEpoch, "the Service is not moved").into());
    }
    if !open {
        return Err(Error::condition(&to.place(), Reason::Closed, "the Service is not moved").into());
    }
    Ok(router.apply(&version, to.side()).await?)
}

/// As a step of convergence: tried again while the Service changes under us, and waited for.
pub(crate) async fn route<R: Router>(router: &R, to: &Session, epoch: Epoch, limit: Duration) -> Result<(), Failed> {
    let mut tries = 0;
    loop {
        match flip(router, to, epoch).await {
            Err(failed) if failed.failure == verdigris_core::switchover::Failure::Busy && tries < 5 => tries += 1,
            other => break other?,
        }
    }
    match router.settled(to.side(), limit).await {
        Ok(()) | Err(RouteError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn reset_sql(session: &Session, epoch: Epoch) -> String {
    let database = &session.target().database;
    Sql::new(include_str!("../sql/switchover/reset.sql")).guard(epoch).text("database", database).render()
}

/// New sessions may write again, if they were read-only.
pub(crate) async fn writable(session: &Session, epoch: Epoch) -> Result<()> {
    let row = session.one(include_str!("../sql/switchover/is_read_only.sql"), &[]).await?;
    if session.get::<bool>(&row, 0)? {
        session.batch("cannot make it writable", &reset_sql(session, epoch)).await?;
    }
    Ok(())
}

/// Sessions from before that end.
pub(crate) async fn end_read_only_sessions(session: &Session, names: &Names, epoch: Epoch) -> Result<()> {
    let ours = names.application_prefix();
    let sql = Sql::new(include_str!("../sql/switchover/end_older.sql")).guard(epoch).text("ours", ours);
    session.batch("cannot end read-only sessions", &sql.render()).await
}

fn read_only_sql(session: &Session, epoch: Epoch) -> String {
    Sql::new(include_str!("../sql/switchover/read_only.sql"))
        .guard(epoch)
        .text("owner", &session.target().user)
        .text("database", &session.target().database)
        .render()
}

/// New sessions on a closed side are read-only.
pub(crate) async fn read_only(session: &Session, epoch: Epoch) -> Result<()> {
    session.batch("cannot make the closed side read-only", &read_only_sql(session, epoch)).await
}

fn end_sessions_sql(names: &Names, epoch: Epoch) -> String {
    let ours = names.application_prefix();
    Sql::new(include_str!("../sql/switchover/end_sessions.sql")).guard(epoch).text("ours", ours).render()
}

/// Client sessions on a closed side end.
pub(crate) async fn end_sessions(session: &Session, names: &Names, epoch: Epoch) -> Result<()> {
    session.batch("cannot end client sessions", &end_sessions_sql(names, epoch)).await
}

/// Waits until somebody reads from a slot.
pub(crate) async fn streaming(publisher: &Session, stream: &str, limit: Duration) -> Result<()> {
    let until = Instant::now() + limit;
    while !stream::slot(publisher, stream).await?.is_some_and(|slot| slot.active) {
        if Instant::now() > until {
            let what = format!("the stream {stream} does not start");
            return Err(Error::condition(&publisher.place(), Reason::NotSettled, what));
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
