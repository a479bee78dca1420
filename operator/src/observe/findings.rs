//! Preflight as one look: facts from the API server and both servers, handed to the core as they are.
use verdigris_core::{
    fact::{Fact, Problem},
    plan::Plan,
    preflight::{self as core, ConnectivityFacts, Facts, Finding, Request, ServerFacts, Stage, not_asked},
};
use verdigris_crds::{DatabaseMigration, Side};

use super::{poolers, preflight, sessions};
use crate::{
    context::Context,
    postgres::{
        connect::{Purpose, Session, Target},
        error::Error,
    },
};

/// Database that every server has.
const MAINTENANCE: &str = "postgres";

/// Name of the database that moves: from the spec, from the status of an earlier look, or as blue's only candidate.
pub async fn database(context: &Context, plan: &Plan) -> Fact<String> {
    if let Some(named) = plan.spec.databases.first() {
        return Fact::Known(named.name.clone());
    }
    if let Some(seen) = &plan.previous.database {
        return Fact::Known(seen.clone());
    }
    let session = match maintenance(context, plan, Side::Blue).await {
        Ok(session) => session,
        Err(problem) => return Fact::Unknown(problem),
    };
    match preflight::databases(session.client()).await {
        Fact::Unknown(problem) => Fact::Unknown(problem),
        Fact::Known(all) => match core::choose_database(&plan.spec, &all) {
            Ok(name) => Fact::Known(name),
            Err(_) => Fact::Unknown(Problem::permanent(
                "DatabaseNotChosen",
                "Which database of blue shall move is not clear; name it in spec.databases.",
            )),
        },
    }
}

/// What preflight had to say when the run began, from blue's records.
pub async fn recorded(blue: &Session) -> Fact<Vec<Finding>> {
    let read = async {
        let row = blue.one(include_str!("sql/findings.sql"), &[]).await?;
        blue.get::<String>(&row, 0)
    };
    match read.await {
        Ok(text) => serde_json::from_str(&text).map_or_else(
            |error| {
                Fact::Unknown(Problem::permanent(
                    "RecordsUnreadable",
                    format!("Blue's table verdigris.finding is not as this version writes it ({error})."),
                ))
            },
            Fact::Known,
        ),
        Err(error) => Fact::Unknown(error.problem()),
    }
}

async fn maintenance(context: &Context, plan: &Plan, side: Side) -> Result<Session, Problem> {
    let target = sessions::target(context, plan, side, MAINTENANCE).await?;
    open(&target, plan).await.map_err(|e| e.problem())
}

async fn open(target: &Target, plan: &Plan) -> Result<Session, Error> {
    Session::open(target, &Purpose::plain(&plan.names, "preflight", sessions::LIMIT)).await
}

/// Every finding of this look.
pub async fn all(context: &Context, object: &DatabaseMigration, plan: &Plan, with_green: bool) -> Vec<Finding> {
    let cluster = preflight::Cluster { client: context.client.clone(), namespace: &plan.namespace, migration: object };
    let mut kubernetes = preflight::kubernetes(&cluster).await;
    for side in [Side::Blue, Side::Green] {
        if let (Ok(target), true) =
            (sessions::target(context, plan, side, MAINTENANCE).await, side == Side::Blue || with_green)
        {
            preflight::ask_pods(&mut kubernetes, &plan.spec, &plan.names, side, &target).await;
        }
    }
    let blue = server(context, plan, Side::Blue).await;
    let mut green = not_asked();
    let mut connectivity = ConnectivityFacts::default();
    if with_green {
        green = server(context, plan, Side::Green).await;
        connectivity = ConnectivityFacts {
            green_to_blue: probe(context, plan, Side::Green, Side::Blue).await,
            blue_to_green: probe(context, plan, Side::Blue, Side::Green).await,
        };
    }
    let stage = if with_green { Stage::WithGreen } else { Stage::BeforeGreen };
    let request = Request {
        namespace: plan.namespace.clone(),
        name: plan.name.clone(),
        run: plan.names.run().to_owned(),
        spec: plan.spec.clone(),
    };
    let poolers = poolers::look(context, plan).await;
    core::check(stage, &request, &Facts { kubernetes, blue, green, connectivity, poolers })
}

/// What one server says. A database that is not there yet is known not to be there; one that cannot be asked is unknown.
async fn server(context: &Context, plan: &Plan, side: Side) -> Fact<ServerFacts> {
    let session = match maintenance(context, plan, side).await {
        Ok(session) => session,
        Err(problem) => return Fact::Unknown(problem),
    };
    let databases = preflight::databases(session.client()).await;
    let name = match (databases.known(), plan.spec.databases.first(), &plan.previous.database) {
        (_, Some(named), _) => Some(named.name.clone()),
        (_, None, Some(seen)) => Some(seen.clone()),
        (Some(all), None, None) => core::choose_database(&plan.spec, all).ok(),
        (None, None, None) => None,
    };
    let there = databases.known().zip(name.as_ref()).is_some_and(|(all, name)| all.iter().any(|d| d.name == *name));
    let mut others = not_asked();
    if let (Side::Blue, Some(all), Some(name)) = (side, databases.known(), &name) {
        others = preflight::others(session.client(), session.target(), &plan.names, all, name).await;
    }
    let database = match name {
        Some(name) if there => match sessions::target(context, plan, side, &name).await {
            Ok(target) => match open(&target, plan).await {
                Ok(inside) => Fact::Known(preflight::database(inside.client(), &name).await),
                Err(error) => Fact::Unknown(error.problem()),
            },
            Err(problem) => Fact::Unknown(problem),
        },
        _ => Fact::Unknown(Problem::permanent("DatabaseMissing", format!("{side} has no such database yet."))),
    };
    Fact::Known(ServerFacts { others, ..preflight::server(session.client(), database).await })
}

/// Lets `from`'s server connect to `to`'s, as its subscription will. Between the maintenance databases: the one that moves
/// may not be on green yet.
async fn probe(context: &Context, plan: &Plan, from: Side, to: Side) -> Fact<core::Attempt> {
    let session = match maintenance(context, plan, from).await {
        Ok(session) => session,
        Err(problem) => return Fact::Unknown(problem),
    };
    let target = match sessions::target(context, plan, to, MAINTENANCE).await {
        Ok(target) => target,
        Err(problem) => return Fact::Unknown(problem),
    };
    // The one session of preflight that writes: a role, which standbys need not have.
    let purpose = Purpose::plain(&plan.names, "preflight", sessions::LIMIT)
        .with("default_transaction_read_only", "off")
        .with("synchronous_commit", "local");
    match Session::open(&target, &purpose).await {
        Ok(other) => preflight::probe(session.client(), &other, &plan.names).await,
        Err(error) => Fact::Unknown(error.problem()),
    }
}
