//! Ends of a run on the two databases: after it moved the writer, and before.
use verdigris_core::{fact::Fact, record::Epoch};
use verdigris_crds::Side;

use super::{databases::Work, failure::Failure};
use crate::postgres::{cleanup, connect::Session};

impl Work<'_> {
    pub(super) async fn finish(&self, writer: Side, why: &str) -> Result<(), Failure> {
        tracing::info!(migration = self.plan.key(), %writer, why, "the run ends");
        let (blue, green) = (self.open(Side::Blue, 0).await?, self.open(Side::Green, 0).await?);
        let recorded = self.recorded();
        let sides: Vec<&Session> = [&blue, &green].into_iter().filter(|s| recorded.contains(&s.side())).collect();
        let epoch = self.fresh(&sides).await?;
        let (open, closed) = if writer == Side::Blue { (&blue, &green) } else { (&green, &blue) };
        Ok(cleanup::after_cutover(open, closed, &self.plan.names, epoch).await?)
    }

    pub(super) async fn undo(&self, why: &str) -> Result<(), Failure> {
        tracing::info!(migration = self.plan.key(), why, "everything is put back");
        let blue = self.open(Side::Blue, 0).await?;
        let recorded = self.recorded();
        let green = match self.observation.green.exists {
            Fact::Known(false) => None,
            // A database that is not there yet has nothing of ours.
            _ if !recorded.contains(&Side::Green) => self.open(Side::Green, 0).await.ok(),
            _ => Some(self.open(Side::Green, 0).await?),
        };
        let sides: Vec<&Session> =
            [Some(&blue), green.as_ref()].into_iter().flatten().filter(|s| recorded.contains(&s.side())).collect();
        let epoch = if sides.is_empty() {
            Epoch { number: 0, holder: self.context.holder }
        } else {
            self.fresh(&sides).await?
        };
        match &green {
            Some(green) => cleanup::before_cutover(&blue, green, &self.plan.names, epoch).await?,
            None => cleanup::release(&blue, &self.plan.names, epoch).await?,
        }
        Ok(())
    }
}
