//! Actions on the two databases. Each opens its own sessions: what an earlier one left is not trusted.
use std::time::Duration;

use verdigris_core::{
    action::Action,
    fact::Problem,
    observation::Observation,
    plan::Plan,
    record::{Epoch, Overrun},
};
use verdigris_crds::Side;

use super::{failure::Failure, router::ServiceRouter};
use crate::{
    context::Context,
    observe::sessions,
    postgres::{
        arm::LargeObjects,
        connect::{Session, Target},
        error::Reason,
        faults::{self, Faults, NoFaults},
        prepare, recovery,
        router::{RouteError, Router},
        sequences, slot, state, stream,
        switchover::{self, Abort, Request, Stop},
    },
    retry,
};

/// Longest wait for a worker to end, or for a lock of ours.
const SETTLE: Duration = Duration::from_secs(10);

/// Performs one action on the databases.
///
/// # Errors
/// What was in the way; a newer epoch of another process makes this one forget its own.
pub async fn perform(
    context: &Context,
    plan: &Plan,
    observation: &Observation,
    action: &Action,
) -> Result<(), Problem> {
    let Some(database) = observation.database.known() else {
        return Err(Problem::transient("DatabaseUnknown", "The name of the database is not known yet."));
    };
    let work = Work { context, plan, observation, database };
    let result = work.one(action).await;
    if let Err(Failure::Database(error)) = &result
        && error.reason == Reason::StaleEpoch
    {
        context.set_epoch(plan.names.run(), None);
    }
    result.map_err(Failure::problem)
}

pub(super) struct Work<'a> {
    pub(super) context: &'a Context,
    pub(super) plan: &'a Plan,
    pub(super) observation: &'a Observation,
    pub(super) database: &'a str,
}

impl Work<'_> {
    async fn one(&self, action: &Action) -> Result<(), Failure> {
        match action {
            Action::InstallBlue => self.install().await,
            Action::Claim => self.claim().await,
            Action::Recover => self.recover().await,
            Action::StartForward => self.start_forward().await,
            Action::StopForward => self.stop_forward().await,
            Action::ResumeForward => self.enable(Side::Green).await,
            Action::ReviveStream { into } => self.enable(*into).await,
            Action::ForgetErrors { into } => self.forget_errors(*into).await,
            Action::ResumePoolers => self.resume_poolers().await,
            Action::Switchover { from, .. } => Box::pin(self.switchover(*from)).await,
            Action::Finish { writer, why } => self.finish(*writer, why).await,
            Action::Undo { why } => self.undo(why).await,
            Action::DropSlots { side, overrun } => self.drop_slots(*side, *overrun).await,
            Action::ExtendWindow { seconds } => {
                let epoch = self.epoch()?;
                Ok(state::extend_window(&self.open(Side::Green, epoch.number).await?, epoch, *seconds).await?)
            }
            _ => Ok(()),
        }
    }

    async fn target(&self, side: Side) -> Result<Target, Problem> {
        sessions::target(self.context, self.plan, side, self.database).await
    }

    pub(super) async fn open(&self, side: Side, epoch: i64) -> Result<Session, Failure> {
        Ok(sessions::open(&self.target(side).await?, self.plan, epoch, "admin").await?)
    }

    fn epoch(&self) -> Result<Epoch, Problem> {
        self.context.epoch(self.plan.names.run()).ok_or_else(|| {
            Problem::transient("EpochUnknown", "This process holds no epoch on the run yet; it takes one next.")
        })
    }

    /// Sides that carry a record, blue first.
    pub(super) fn recorded(&self) -> Vec<Side> {
        let there = |side: Side| {
            let facts = if side == Side::Blue { &self.observation.blue } else { &self.observation.green };
            facts.record.known().is_some_and(Option::is_some)
        };
        [Side::Blue, Side::Green].into_iter().filter(|s| there(*s)).collect()
    }

    async fn install(&self) -> Result<(), Failure> {
        let blue = self.open(Side::Blue, 0).await?;
        let preflight = self.observation.preflight.as_ref().and_then(|fact| fact.known());
        let findings = preflight.map_or(&[][..], |preflight| &preflight.findings);
        state::install_open(&blue, &self.plan.names, &self.plan.key(), findings).await?;
        let epoch = state::claim(&[&blue], &self.plan.names, self.context.holder).await?;
        prepare::blue(&blue, &self.plan.names, epoch).await?;
        // Only now: who holds no epoch claims one, and so comes by here again.
        self.context.set_epoch(self.plan.names.run(), Some(epoch));
        Ok(())
    }

    async fn claim(&self) -> Result<(), Failure> {
        let mut open = Vec::new();
        for side in self.recorded() {
            open.push(self.open(side, 0).await?);
        }
        let sides: Vec<&Session> = open.iter().collect();
        let epoch = state::claim(&sides, &self.plan.names, self.context.holder).await?;
        // What an installation left undone, because its process died or a lock was not to be had. The epoch counts as ours
        // only after it: else the next look would go on without.
        let begun = self.observation.clone.known().is_some_and(Option::is_some);
        if let ([only], [Side::Blue], false) = (sides.as_slice(), self.recorded().as_slice(), begun) {
            prepare::blue(only, &self.plan.names, epoch).await?;
        }
        self.context.set_epoch(self.plan.names.run(), Some(epoch));
        Ok(())
    }

    async fn start_forward(&self) -> Result<(), Failure> {
        let epoch = self.epoch()?;
        let (blue, green) = (self.open(Side::Blue, epoch.number).await?, self.open(Side::Green, epoch.number).await?);
        sequences::set_ahead(&blue, &green, epoch).await?;
        // For the way back: blue's subscription will connect as this role.
        prepare::role(&green, &self.plan.names, epoch).await?;
        let name = self.stream(Side::Green)?;
        Ok(stream::create_forward(
            &green,
            &blue,
            &self.plan.names,
            epoch,
            &sessions::address(self.plan, Side::Blue),
            &name,
        )
        .await?)
    }

    /// Name of the stream into a side, by that side's own record.
    fn stream(&self, into: Side) -> Result<String, Problem> {
        let facts = if into == Side::Blue { &self.observation.blue } else { &self.observation.green };
        let record = facts.ours();
        let record = record
            .ok_or_else(|| Problem::transient("NoRecords", format!("The record of {into} could not be read.")))?;
        Ok(self.plan.names.stream(0, record.turn))
    }

    async fn stop_forward(&self) -> Result<(), Failure> {
        let epoch = self.epoch()?;
        let green = self.open(Side::Green, epoch.number).await?;
        stream::disable(&green, epoch, &self.stream(Side::Green)?, SETTLE).await?;
        // Disabled without an error counted means: by us.
        self.forget_errors(Side::Green).await
    }

    async fn enable(&self, into: Side) -> Result<(), Failure> {
        let epoch = self.epoch()?;
        Ok(stream::enable(&self.open(into, epoch.number).await?, epoch, &self.stream(into)?).await?)
    }

    async fn forget_errors(&self, into: Side) -> Result<(), Failure> {
        let epoch = self.epoch()?;
        Ok(stream::forget_errors(&self.open(into, epoch.number).await?, epoch, &self.stream(into)?).await?)
    }

    /// What a switchover and a recovery need to know.
    async fn request(&self, from: Side) -> Result<Request, Problem> {
        Ok(Request {
            names: self.plan.names.clone(),
            holder: self.context.holder,
            database: 0,
            blue: self.target(Side::Blue).await?,
            green: self.target(Side::Green).await?,
            blue_address: sessions::address(self.plan, Side::Blue),
            green_address: sessions::address(self.plan, Side::Green),
            from,
            budget: Duration::from_millis(
                u64::try_from(self.plan.spec.cutover.max_write_block_milliseconds).unwrap_or(5000),
            ),
            patience: Duration::from_secs(20),
            window_seconds: self.plan.spec.rollback.window_seconds,
            poolers: self.plan.spec.pooler.is_some(),
            large_objects: LargeObjects::of(self.plan),
            abort: Abort::default(),
        })
    }

    fn router(&self) -> ServiceRouter<'_> {
        ServiceRouter::new(self.context, self.plan, self.database)
    }

    fn faults(&self) -> Result<Box<dyn Faults>, Problem> {
        if !self.context.test_faults {
            return Ok(Box::new(NoFaults));
        }
        faults::from_env().map_err(|text| Problem::permanent("FaultUnknown", text))
    }

    async fn recover(&self) -> Result<(), Failure> {
        let request = self.request(Side::Blue).await?;
        self.context.set_epoch(self.plan.names.run(), None);
        let recovered = recovery::run(&request, &self.router()).await?;
        tracing::info!(migration = self.plan.key(), ?recovered, "recovered");
        self.claim().await
    }

    async fn switchover(&self, from: Side) -> Result<(), Failure> {
        let request = self.request(from).await?;
        let run = self.plan.names.run();
        // Whatever comes of it, the attempt takes an epoch of its own, and another one is taken after it.
        self.context.set_epoch(run, None);
        match Box::pin(switchover::run(&request, &self.router(), self.faults()?.as_ref())).await {
            Ok(report) => {
                tracing::info!(migration = self.plan.key(), block_ms = report.block_milliseconds, to = %report.to, "the writer moved");
                self.context.attempt_done(run);
                self.claim().await
            }
            Err(stop) => {
                let mut problem = stop.problem().clone();
                if matches!(stop, Stop::Aborted(_)) {
                    problem.message = format!("{} Nothing was switched.", problem.message);
                }
                let now = k8s_openapi::jiff::Timestamp::now().as_second();
                self.context.attempt_failed(run, problem.clone(), now, |tries| {
                    i64::try_from(retry::attempt(tries).as_secs()).unwrap_or(60)
                });
                Err(problem.into())
            }
        }
    }

    /// A new epoch on the sides that carry a record, in the order of the protocol.
    pub(super) async fn fresh(&self, sides: &[&Session]) -> Result<Epoch, Failure> {
        let run = self.plan.names.run();
        self.context.set_epoch(run, None);
        let epoch = state::claim(sides, &self.plan.names, self.context.holder).await?;
        self.context.set_epoch(run, Some(epoch));
        Ok(epoch)
    }

    /// Every client that a pooler holds goes on. Where this look saw that nobody was held any more, the records say so too, if this
    /// process holds the epoch of the run.
    async fn resume_poolers(&self) -> Result<(), Failure> {
        self.router().resume().await.map_err(RouteError::problem)?;
        if !self.observation.poolers.known().is_some_and(Vec::is_empty) {
            return Ok(());
        }
        let Ok(epoch) = self.epoch() else { return Ok(()) };
        for side in self.recorded() {
            state::poolers(&self.open(side, epoch.number).await?, epoch, false).await?;
        }
        Ok(())
    }

    async fn drop_slots(&self, side: Side, overrun: Overrun) -> Result<(), Failure> {
        // An epoch of this side alone, for the other one may be down; it is not kept, so that both are claimed again.
        let session = self.open(side, 0).await?;
        let epoch = self.fresh(&[&session]).await?;
        self.context.set_epoch(self.plan.names.run(), None);
        state::overrun(&session, epoch, overrun).await?;
        Ok(slot::drop_all(&session, epoch, &self.plan.names.prefix(), SETTLE).await?)
    }
}
