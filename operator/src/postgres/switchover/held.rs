//! Steps 2b to 6: writers wait while everything is proved, `from` closes, `to` opens.
use std::time::Duration;

use tokio::time::{Instant, sleep};
use verdigris_core::switchover::Step;
use verdigris_core::switchover::sequence::{Share, behind};
use verdigris_crds::Side;

use super::super::connect::Session;
use super::super::error::{Error, Reason, Result};
use super::super::sql::Sql;
use super::super::{arm, prepare, sequences, stream};
use super::attempt::{Attempt, Failed};

impl Attempt<'_> {
    /// 2b.
    pub(crate) async fn coverage(&self) -> Result<(), Failed> {
        let publication = self.names().publication(self.from());
        Ok(arm::coverage(self.hold()?, &self.b, &publication, &self.forward, self.request.large_objects).await?)
    }

    /// 3a.
    pub(crate) async fn commit_marker(&self) -> Result<(), Failed> {
        let sql = Sql::new(include_str!("../sql/switchover/marker.sql"))
            .text("marker", prepare::marker(self.from()))
            .text("nonce", self.nonce.to_string())
            .number("turn", self.epoch.number)
            .render();
        self.say(Step::Marker, self.marker()?, "cannot commit the marker", &sql).await
    }

    /// 3c.
    pub(crate) async fn drain(&self, limit: Duration) -> Result<(), Failed> {
        Ok(stream::seen(&self.b, self.from(), self.nonce, Instant::now() + limit).await?)
    }

    /// 3c′: of both sides as they are, not as they were remembered: TRUNCATE … RESTART IDENTITY travels too.
    pub(crate) async fn sequences(&mut self) -> Result<(), Failed> {
        let (theirs, ours) = tokio::try_join!(sequences::read(self.hold()?), sequences::read(&self.b))?;
        self.late = behind(&theirs, &ours, Share::Half);
        self.ceilings = ours;
        for (schema, name, value) in &self.late {
            let found = self.ceilings.iter_mut().find(|sequence| sequence.schema == *schema && sequence.name == *name);
            if let Some(sequence) = found {
                sequence.last = Some(*value);
            }
        }
        Ok(())
    }

    /// 3d.
    pub(crate) async fn prove(&self) -> Result<(), Failed> {
        let mut sql = Sql::new(include_str!("../sql/switchover/proof.sql"))
            .guard(self.epoch)
            .text("nonce", self.nonce.to_string())
            .number("turn", self.epoch.number)
            .render();
        if let Some(values) = sequences::set_sql(&self.late, self.epoch) {
            sql = format!("{values}\n{sql}");
        }
        self.say(Step::Proof, &self.b, "cannot commit the proof", &sql).await
    }

    /// 3d, standbys.
    pub(crate) async fn proof_standbys(&self, limit: Duration) -> Result<(), Failed> {
        Ok(standbys(&self.b, limit).await?)
    }

    /// 4.
    pub(crate) async fn read_position(&mut self) -> Result<(), Failed> {
        let row = self.b.one(include_str!("../sql/switchover/position.sql"), &[]).await?;
        self.position = self.b.get(&row, 0)?;
        Ok(())
    }

    /// 5: `deadline` is until when a recovery may still go forward.
    pub(crate) async fn close(&self, deadline: Duration) -> Result<(), Failed> {
        let milliseconds = i64::try_from(deadline.as_millis()).unwrap_or(i64::MAX);
        let sql = Sql::new(include_str!("../sql/switchover/close.sql"))
            .text("origin", &self.origin)
            .text("position", &self.position)
            .text("nonce", self.nonce.to_string())
            .text("witness", &self.forward)
            .number("turn", self.epoch.number)
            .number("milliseconds", milliseconds)
            .render();
        self.say(Step::Close, self.hold()?, "cannot close", &sql).await
    }

    /// 5b.
    pub(crate) async fn close_standbys(&self, limit: Duration) -> Result<(), Failed> {
        Ok(standbys(&self.a, limit).await?)
    }

    /// The way back from 5.
    pub(crate) async fn reopen(&self) -> Result<(), Failed> {
        let sql = Sql::new(include_str!("../sql/switchover/reopen.sql")).guard(self.epoch).render();
        self.say(Step::Reopen, &self.a, "cannot open again", &sql).await
    }

    /// 6.
    pub(crate) async fn open_to(&self) -> Result<(), Failed> {
        let nonce = self.nonce.to_string();
        let sql =
            open_sql(self.to(), self.epoch, &self.forward, &nonce, self.epoch.number, self.request.window_seconds);
        self.say(Step::Open, &self.b, "cannot open", &sql).await
    }
}

/// Step 6: the window is green's; a rollback ends it.
pub(crate) fn open_sql(
    to: Side,
    epoch: verdigris_core::record::Epoch,
    forward: &str,
    nonce: &str,
    turn: i64,
    window_seconds: i64,
) -> String {
    let window = if to == Side::Green { window_seconds.to_string() } else { "NULL".to_owned() };
    Sql::new(include_str!("../sql/switchover/open.sql"))
        .guard(epoch)
        .text("nonce", nonce)
        .number("turn", turn)
        .text("stream", forward)
        .raw("window", window)
        .render()
}

/// Waits until every physical standby that streams has what is written until now.
pub(crate) async fn standbys(session: &Session, limit: Duration) -> Result<()> {
    let until = Instant::now() + limit;
    let row = session.one(include_str!("../sql/switchover/position.sql"), &[]).await?;
    let position: String = session.get(&row, 0)?;
    loop {
        let row = session.one(include_str!("../sql/switchover/standbys.sql"), &[&position]).await?;
        if session.get::<i64>(&row, 0)? == 0 {
            return Ok(());
        }
        if Instant::now() > until {
            let what = "a physical standby lags behind";
            return Err(Error::condition(&session.place(), Reason::StandbyTooSlow, what));
        }
        sleep(Duration::from_millis(2)).await;
    }
}
