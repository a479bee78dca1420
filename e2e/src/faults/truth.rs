//! The verdict after a cell: asked of the databases first, and then whether the status says the same.
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{
    cluster::{Kubectl, Migration, SHORT, Seen, must_be_closed, must_be_open, without_traces},
    ledger::Ledger,
    pg::Target,
    verify::{Other, Verdict, settle, verify},
};

/// Enough for a status or a Service to be put right.
const SOON: Duration = Duration::from_secs(40);

/// What is looked at; the writers stand still.
pub(super) struct Scene<'a> {
    pub kubectl: &'a Kubectl,
    pub ledger: &'a Ledger,
    pub migration: &'a Migration,
    pub blue: &'a Target,
    pub green: &'a Target,
    /// When the cell began, on the ledger's clock.
    pub from: Duration,
}

impl Scene<'_> {
    /// Exactly one side is open, both hold what was acknowledged, nobody wrote on two sides, an ended run left nothing, and status
    /// and Service say the same as the databases.
    pub async fn verdict(&self) -> Result<Verdict> {
        let reigns = self.ledger.report().reigns();
        let (server, since) = reigns.last().context("nothing was acknowledged")?;
        let on_blue = *server == format!("{}:5432", self.blue.host);
        let (live, other) = if on_blue { (self.blue, self.green) } else { (self.green, self.blue) };
        must_be_open(live).await?;
        must_be_closed(other).await?;
        let changes = reigns.iter().filter(|(_, since)| *since > self.from).count();
        ensure!(changes <= 1, "writes went to one side, to the other and back: {reigns:?}");
        self.service(if on_blue { "shop-db" } else { "shop-db-green" }).await?;
        self.status(if on_blue { "Blue" } else { "Green" }).await?;
        let seen = self.migration.seen();
        let ended = seen.object.is_none() || seen.phase() == "RolledBack";
        let expect = if ended {
            // A side that is done with stays closed: that much is meant to be left there.
            without_traces(live, &[], SHORT).await?;
            Other::FrozenAt(*since)
        } else {
            settle(live, other, SHORT).await?;
            Other::InStep
        };
        let verdict = verify(self.ledger, live, other, expect).await?;
        verdict.check()?;
        Ok(verdict)
    }

    /// The client Service selects the side that writes.
    async fn service(&self, app: &str) -> Result<()> {
        let end = tokio::time::Instant::now() + SOON;
        loop {
            let now = self.kubectl.value("service/shop-db", "{.spec.selector.app}").await?;
            if now == app {
                return Ok(());
            }
            ensure!(tokio::time::Instant::now() < end, "the Service selects {now}, but {app} writes");
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// The status names the writer, and agrees with itself.
    async fn status(&self, writer: &str) -> Result<()> {
        let says = |seen: &Seen| {
            let green = writer == "Green";
            seen.object.is_none()
                || seen.status().writer.is_some_and(|side| side.to_string() == writer)
                    && seen.is("BlueClosed", if green { "True" } else { "False" })
                    && seen.is("TrafficOnGreen", if green { "True" } else { "False" })
                    && seen
                        .condition("Ready")
                        .is_some_and(|(_, reason, message)| !reason.is_empty() && !message.is_empty())
        };
        self.migration.until(&format!("saying that {writer} writes"), SOON, says).await.map(drop)
    }
}
