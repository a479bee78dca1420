//! Before the switch: green's roles become as blue's are.
use verdigris_core::{fact::Problem, observation::Observation, plan::Plan};
use verdigris_crds::Side;

use crate::{
    context::Context,
    observe::sessions,
    postgres::{connect::Session, roles},
};

/// Makes green's roles as blue's are.
///
/// # Errors
/// What was in the way, as users read it.
pub async fn carry(context: &Context, plan: &Plan, observation: &Observation) -> Result<(), Problem> {
    let (Some(database), Some(epoch)) = (observation.database.known(), context.epoch(plan.names.run())) else {
        return Err(Problem::transient(
            "EpochUnknown",
            "This process holds no epoch on the run yet; it takes one next.",
        ));
    };
    let open = async |side: Side| -> Result<Session, Problem> {
        let target = sessions::target(context, plan, side, database).await?;
        sessions::open(&target, plan, epoch.number, "admin").await.map_err(|e| e.problem())
    };
    let (blue, green) = (open(Side::Blue).await?, open(Side::Green).await?);
    let made = roles::carry(&blue, &green, epoch).await.map_err(|e| e.problem())?;
    if !made.is_empty() {
        tracing::info!(migration = plan.key(), ?made, "green's roles are as blue's");
    }
    Ok(())
}
