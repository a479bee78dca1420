//! Steps 0b to 1: everything that may wait, while nobody waits for us. Each is idempotent or leaves something that the
//! sweep takes away.
use std::time::Duration;

use verdigris_core::fact::Problem;
use verdigris_core::names::LINGER;
use verdigris_core::switchover::{Calm, Step, calm};

use super::super::connect::{Purpose, Session};
use super::super::error::{Error, Reason, Result};
use super::super::router::Router;
use super::super::sql::Sql;
use super::super::{arm, prepare, sequences, state, stream};
use super::after::end_read_only_sessions;
use super::attempt::{Attempt, Failed};
use super::held::standbys;

/// Longest wait for transactions that hold the gate; then the hold's own tries say who does.
const GATE: Duration = Duration::from_secs(2);

impl Attempt<'_> {
    /// 0f.
    pub(crate) async fn gates<R: Router>(&self, router: &R) -> Result<(), Failed> {
        if self.request.poolers {
            router.ready().await?;
        }
        let prefix = self.names().prefix();
        let application = self.names().application_prefix();
        for session in [&self.a, &self.b] {
            refuse(session, &session.rows(include_str!("../sql/gates/common.sql"), &[&prefix]).await?)?;
        }
        refuse(&self.a, &self.a.rows(include_str!("../sql/gates/from.sql"), &[]).await?)?;
        refuse(&self.b, &self.b.rows(include_str!("../sql/gates/to.sql"), &[&application]).await?)?;
        // Who lags now would lag in the hold, and with both sides closed.
        let standby = Duration::from_millis(self.request.bounds().standby());
        tokio::try_join!(standbys(&self.a, standby), standbys(&self.b, standby))?;
        match stream::subscription(&self.b, &self.forward).await? {
            Some(subscription) if subscription.enabled => {}
            _ => return Err(not_allowed(&self.b, format!("the stream {} does not run", self.forward)).into()),
        }
        // A marker that travels now says more than any counter: the stream lives, and is less than this behind.
        stream::caught_up(&self.a, &self.b, self.epoch, self.request.limit()).await?;
        Ok(())
    }

    /// 0b.
    pub(crate) async fn slot(&self) -> Result<(), Failed> {
        let row = self
            .b
            .maybe(include_str!("../sql/switchover/slot.sql"), &[&self.reverse, &self.epoch.number, &self.epoch.holder])
            .await?;
        match row {
            Some(_) => Ok(()),
            None => Err(Error::condition(&self.b.place(), Reason::StaleEpoch, "cannot make the slot").into()),
        }
    }

    /// 0c.
    pub(crate) async fn subscribe(&mut self) -> Result<(), Failed> {
        let secret = prepare::rotate_password(&self.b, self.names(), self.epoch).await?;
        let address = self.request.address(self.to());
        let sql =
            stream::create_sql(&self.a, &self.b, self.names(), self.epoch, address, &self.reverse, &secret, false);
        prepare::quietly(&self.a, "cannot make the reverse subscription", &sql).await?;
        let made = stream::subscription(&self.a, &self.reverse).await?;
        let made =
            made.ok_or_else(|| Error::condition(&self.a.place(), Reason::ObjectMissing, "no reverse subscription"))?;
        self.origin = made.oid.to_string();
        Ok(())
    }

    /// 0d.
    pub(crate) async fn arm(&self) -> Result<(), Failed> {
        arm::arm(&self.a, self.epoch).await?;
        Ok(arm::arm(&self.b, self.epoch).await?)
    }

    /// 0e, first half.
    pub(crate) async fn ceilings(&self) -> Result<(), Failed> {
        sequences::set_ahead(&self.a, &self.b, self.epoch).await?;
        Ok(())
    }

    /// 0e, second half.
    pub(crate) async fn writable(&self) -> Result<(), Failed> {
        super::after::writable(&self.b, self.epoch).await?;
        Ok(end_read_only_sessions(&self.b, self.names(), self.epoch).await?)
    }

    /// 0g: opens the sessions of the hold and says once everything that is said inside it.
    pub(crate) async fn warm(&mut self) -> Result<(), Failed> {
        let budget = self.request.budget.as_millis().to_string();
        let ours = |purpose: &str| Purpose::ours(self.names(), self.epoch.number, purpose, self.request.limit());
        let mut hold = ours("hold")
            .with("lock_timeout", "150")
            .with("statement_timeout", budget.clone())
            .with("idle_in_transaction_session_timeout", budget.clone());
        if self.a.version >= 170_000 {
            hold = hold.with("transaction_timeout", budget);
        }
        let marker = ours("marker").with("idle_session_timeout", "10000");
        let (h, m) = tokio::try_join!(self.open(self.from(), &hold), self.open(self.from(), &marker))?;
        let publication = self.names().publication(self.from());
        arm::coverage(&h, &self.b, &publication, &self.forward, self.request.large_objects).await?;
        tokio::try_join!(sequences::read(&h), sequences::read(&self.b))?;
        let sql = include_str!("../sql/switchover/position.sql");
        tokio::try_join!(self.a.one(sql, &[]), self.b.one(sql, &[]))?;
        (self.h, self.m) = (Some(h), Some(m));
        Ok(())
    }

    /// 1.
    pub(crate) async fn linger(&self) -> Result<(), Failed> {
        self.marker()?.rows(include_str!("../sql/switchover/linger.sql"), &[&LINGER]).await?;
        Ok(())
    }

    /// 2a: an old writer would keep us waiting, and everybody who writes after us; a transaction that runs through a pooler, everybody
    /// behind that pooler.
    pub(crate) async fn quiet<R: Router>(&self, router: &R, limit: Duration) -> Result<(), Failed> {
        let began = tokio::time::Instant::now();
        loop {
            // Else the marker's session would end for being idle.
            self.marker()?.one(include_str!("../sql/switchover/position.sql"), &[]).await?;
            let waited = began.elapsed();
            let calm = self.calm(router, waited, limit).await?;
            let row = self.a.one(include_str!("../sql/switchover/quiet.sql"), &[]).await?;
            let gate = self.a.get::<bool>(&row, 0)? && waited < limit.min(GATE);
            if calm && !gate {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(if calm { 10 } else { 100 })).await;
        }
    }

    /// Whether poolers may be told to hold their clients, as far as these would wait for a transaction of another.
    async fn calm<R: Router>(&self, router: &R, waited: Duration, limit: Duration) -> Result<bool, Failed> {
        if !self.request.poolers || self.requested.is_some() {
            return Ok(true);
        }
        let busy = router.busy().await?;
        let row = self.a.maybe(include_str!("../sql/switchover/oldest.sql"), &[&busy]).await?;
        let oldest = row.as_ref().map(|row| self.a.get::<i64>(row, 0)).transpose()?.map(i64::unsigned_abs);
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        match calm(oldest, milliseconds(waited), milliseconds(limit), self.request.bounds()) {
            Calm::Now => Ok(true),
            Calm::Wait => Ok(false),
            Calm::GiveUp => {
                let who = row.as_ref().map(|row| self.a.get::<String>(row, 1)).transpose()?.unwrap_or_default();
                let text = format!(
                    "A transaction runs through the pooler for {} s already ({who}): all clients behind the pooler would wait for its end. End it, or let it go past the pooler.",
                    oldest.unwrap_or_default() / 1_000
                );
                Err(Problem::transient("PoolerBusy", text).into())
            }
        }
    }

    /// 2a2: their clients wait from here on. Both sides know it first, so that whoever comes after us lets them go; and whoever was
    /// overtaken holds nobody.
    pub(crate) async fn pause_poolers<R: Router>(&mut self, router: &R, limit: Duration) -> Result<(), Failed> {
        state::poolers(&self.b, self.epoch, true).await?;
        state::poolers(&self.a, self.epoch, true).await?;
        self.requested = Some(std::time::Instant::now());
        Ok(router.pause(limit).await?)
    }

    /// 2.
    pub(crate) async fn take_hold(&mut self) -> Result<(), Failed> {
        self.nonce = uuid::Uuid::new_v4();
        if !self.request.poolers {
            self.requested = Some(std::time::Instant::now());
        }
        let sql = Sql::new(include_str!("../sql/switchover/hold.sql")).guard(self.epoch).render();
        let mut held = self.say(Step::Hold, self.hold()?, "cannot hold the gate", &sql).await;
        if let Err(failed) = &mut held
            && failed.problem.reason == Reason::LockTimeout.as_str()
            && let Ok(blockers) = self.blockers().await
            && !blockers.is_empty()
        {
            failed.problem.message += " It is held by ";
            failed.problem.message += &blockers;
            failed.problem.message.push('.');
        }
        held
    }

    /// Who holds the gate, as far as it is still held.
    async fn blockers(&self) -> Result<String> {
        let rows = self.a.rows(include_str!("../sql/switchover/blockers.sql"), &[]).await?;
        let names = rows.iter().map(|row| self.a.get::<String>(row, 0)).collect::<Result<Vec<_>>>()?;
        Ok(names.join(" and "))
    }
}

fn refuse(session: &Session, rows: &[tokio_postgres::Row]) -> Result<()> {
    match rows.first() {
        None => Ok(()),
        Some(row) => Err(not_allowed(session, session.get::<String>(row, 0)?)),
    }
}

fn not_allowed(session: &Session, what: String) -> Error {
    Error::condition(&session.place(), Reason::NotAllowed, what)
}
