//! Where both sides are: selectors, Secrets, addresses. Blue's selector is remembered by our own Service of blue, for the
//! client Service selects green after the cutover.
use k8s_openapi::api::core::v1::Service;
use verdigris_core::{fact::Problem, plan::Plan};
use verdigris_crds::Side;

use crate::{
    context::Context,
    kubernetes::{
        labels,
        services::{self, Selector},
    },
};

/// Where both sides are.
#[derive(Clone, Debug)]
pub struct Places {
    /// Labels of blue's pods, if they are known.
    pub blue: Option<Selector>,
    /// The client Service, if it exists.
    pub client: Option<Service>,
    /// Our Service of blue exists.
    pub blue_service: bool,
    /// Our Service of green exists.
    pub green_service: bool,
    /// Names of the Secrets.
    pub secrets: [(Side, String); 2],
}

impl Places {
    /// Labels of a side's pods.
    ///
    /// # Errors
    /// `SelectorUnknown` when nothing says which pods are blue.
    pub fn selector(&self, side: Side, plan: &Plan) -> Result<Selector, Problem> {
        match side {
            Side::Green => Ok(plan.spec.green.selector.clone()),
            Side::Blue => self.blue.clone().ok_or_else(|| {
                Problem::permanent("SelectorUnknown", "Nothing says which pods are blue: the Service does not exist or has no selector. Set spec.blue.selector.")
            }),
        }
    }
}

/// Name of the Secret of a side.
pub fn secret(plan: &Plan, side: Side) -> String {
    let blue = &plan.spec.blue.admin_secret_ref.name;
    match side {
        Side::Blue => blue.clone(),
        Side::Green => plan.spec.green.admin_secret_ref.as_ref().map_or_else(|| blue.clone(), |r| r.name.clone()),
    }
}

/// Address of a side for the operator, the movers and the other server.
pub fn host(plan: &Plan, side: Side) -> String {
    format!("{}.{}.svc", services::side_name(&plan.name, side), plan.namespace)
}

/// Port of a side.
pub fn port(plan: &Plan, side: Side) -> u16 {
    let port = if side == Side::Blue { plan.spec.blue.port } else { plan.spec.green.port };
    u16::try_from(port).unwrap_or(5432)
}

/// Reads the three Services.
///
/// # Errors
/// When the API server cannot be read.
pub async fn find(context: &Context, plan: &Plan) -> Result<Places, Problem> {
    let read = |name: String| async move {
        services::get(&context.client, &plan.namespace, &name).await.map_err(|e| e.problem())
    };
    let client = read(plan.spec.service.name.clone()).await?;
    // Somebody else's Service under that name says nothing about our sides.
    let ours = |service: &Service| labels::made_for(&service.metadata, plan.names.run());
    let blue_side = read(services::side_name(&plan.name, Side::Blue)).await?.filter(ours);
    let green_side = read(services::side_name(&plan.name, Side::Green)).await?.filter(ours);
    let remembered = blue_side.as_ref().map(services::selector).filter(|s| !s.is_empty());
    let today = client.as_ref().map(services::selector).filter(|s| !s.is_empty() && *s != plan.spec.green.selector);
    Ok(Places {
        blue: plan.spec.blue.selector.clone().or(remembered).or(today),
        client,
        blue_service: blue_side.is_some(),
        green_service: green_side.is_some(),
        secrets: [(Side::Blue, secret(plan, Side::Blue)), (Side::Green, secret(plan, Side::Green))],
    })
}
