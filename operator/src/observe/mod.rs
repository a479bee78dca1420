//! Facts: everything a decision needs, each known or with the problem that hid it. Nothing is decided here.
pub mod backlog;
mod checks;
pub mod databases;
pub mod findings;
pub mod places;
pub mod poolers;
pub mod preflight;
pub mod sessions;

use kube::ResourceExt;
use verdigris_core::{
    action::JobKind,
    fact::{Fact, Problem},
    observation::{JobFacts, Jobs, NOT_READ, ObjectFacts, Observation, PreflightResult, ServiceFacts, SideFacts},
    phases::poolers::wait_for_us,
    plan::Plan,
    record::{self, Record},
};
use verdigris_crds::{DatabaseMigration, Side};

use crate::{
    context::Context,
    kubernetes::{self, jobs, labels, services, sources, workloads},
    postgres::{connect::Session, roles, state, strays},
};
use places::Places;

/// One look at everything.
pub async fn look(context: &Context, object: &DatabaseMigration, plan: &Plan) -> Observation {
    let mut obs = blank(context, object, plan);
    let places = match places::find(context, plan).await {
        Ok(places) => places,
        Err(problem) => {
            obs.service = Fact::Unknown(problem.clone());
            obs.blue.record = Fact::Unknown(problem.clone());
            obs.green.record = Fact::Unknown(problem);
            return obs;
        }
    };
    kubernetes_facts(context, object, plan, &places, &mut obs).await;
    let name = findings::database(context, plan).await;
    obs.database.clone_from(&name);
    match name {
        Fact::Known(name) => {
            obs.poolers = poolers::held(context, plan, &name).await;
            sides(context, plan, &name, &mut obs).await;
        }
        Fact::Unknown(problem) => {
            obs.blue.record = Fact::Unknown(problem.clone());
            obs.green.record = Fact::Unknown(problem);
        }
    }
    // The finalizer comes before our first record: without it a side that cannot be asked carries none, and preflight says
    // all that is in the way at once.
    if !obs.object.finalizer {
        for facts in [&mut obs.blue, &mut obs.green] {
            if matches!(facts.record, Fact::Unknown(_)) {
                facts.record = Fact::Known(None);
            }
        }
    }
    if matches!(obs.blue.record, Fact::Known(None)) && !obs.object.deleting {
        let with_green = matches!(obs.green.ready, Fact::Known(true));
        obs.preflight = Some(Fact::Known(PreflightResult {
            findings: findings::all(context, object, plan, with_green).await,
            with_green,
        }));
    }
    obs
}

fn blank(context: &Context, object: &DatabaseMigration, plan: &Plan) -> Observation {
    let unread = || Problem::transient(NOT_READ, "It has not been read yet.");
    let annotation = |name: &str| object.annotations().get(name).is_some_and(|v| v == "true");
    let side = || SideFacts {
        ready: Fact::Unknown(unread()),
        exists: Fact::Unknown(unread()),
        record: Fact::Unknown(unread()),
        foreign: None,
        version: None,
        retained_bytes: None,
        leftovers: Vec::new(),
        service: false,
    };
    Observation {
        object: ObjectFacts {
            deleting: object.metadata.deletion_timestamp.is_some(),
            finalizer: object.finalizers().iter().any(|f| f == labels::FINALIZER),
            force_finalize: annotation(labels::FORCE_FINALIZE),
        },
        preflight: None,
        noted: Fact::Unknown(unread()),
        database: Fact::Unknown(unread()),
        blue: side(),
        green: side(),
        service: Fact::Unknown(unread()),
        sides_known: false,
        jobs: Jobs::default(),
        clone: Fact::Unknown(unread()),
        migrations: Fact::Unknown(unread()),
        stream: Fact::Unknown(unread()),
        backlog: Fact::Unknown(unread()),
        comparison: Fact::Unknown(unread()),
        checks: Vec::new(),
        plan: Fact::Unknown(unread()),
        roles: Fact::Unknown(unread()),
        catalogs: Fact::Unknown(unread()),
        epoch: context.epoch(plan.names.run()),
        last_attempt: context.attempt(plan.names.run()),
        report: None,
        strays: Fact::Unknown(unread()),
        poolers: Fact::Unknown(unread()),
        sources: Fact::Unknown(unread()),
    }
}

async fn kubernetes_facts(
    context: &Context,
    object: &DatabaseMigration,
    plan: &Plan,
    places: &Places,
    obs: &mut Observation,
) {
    let client = &context.client;
    obs.sides_known = places.blue.is_some();
    obs.blue.service = places.blue_service;
    obs.green.service = places.green_service;
    obs.service = match &places.client {
        Some(service) => Fact::Known(services::facts(service, places.blue.as_ref(), &plan.spec.green.selector)),
        None => Fact::Known(ServiceFacts { exists: false, points_at: None, ours: false, reverted_by: None }),
    };
    for side in [Side::Blue, Side::Green] {
        let (exists, ready) = workload(context, plan, places, side).await;
        let facts = if side == Side::Blue { &mut obs.blue } else { &mut obs.green };
        facts.exists = exists;
        facts.ready = ready;
    }
    let job = |kind| jobs::facts(client, &plan.namespace, &plan.name, plan.names.run(), kind);
    obs.jobs = Jobs {
        clone: job(JobKind::Clone).await.unwrap_or_else(|e| unread_job(&e)),
        migrate: job(JobKind::Migrate).await.unwrap_or_else(|e| unread_job(&e)),
        compare: job(JobKind::Compare).await.unwrap_or_else(|e| unread_job(&e)),
    };
    obs.sources = kubernetes::fact(sources::migrations(client, object).await);
    obs.plan = kubernetes::fact(sources::plan_digest(client, &plan.namespace, &plan.plan_config_map()).await);
}

/// A Job that could not be read counts as one that runs: nothing is started beside it.
fn unread_job(error: &kubernetes::Error) -> JobFacts {
    tracing::warn!("{}", error.problem().message);
    JobFacts::Running { key: String::new(), suspended: false, pods: None }
}

async fn workload(context: &Context, plan: &Plan, places: &Places, side: Side) -> (Fact<bool>, Fact<bool>) {
    let name = match side {
        Side::Blue => Some(plan.spec.blue.workload.name.clone()),
        Side::Green => plan.green_workload(),
    };
    let ready = match places.selector(side, plan) {
        Ok(selector) => {
            let pods = workloads::pods(&context.client, &plan.namespace, &selector).await;
            kubernetes::fact(pods.map(|pods| pods.iter().any(workloads::is_ready)))
        }
        Err(problem) => Fact::Unknown(problem),
    };
    let exists = match name {
        Some(name) => {
            kubernetes::fact(workloads::get(&context.client, &plan.namespace, &name).await.map(|found| found.is_some()))
        }
        None => ready.clone(),
    };
    (exists, ready)
}

/// Both databases, as far as they can be reached.
async fn sides(context: &Context, plan: &Plan, database: &str, obs: &mut Observation) {
    let blue = session(context, plan, Side::Blue, database, obs).await;
    let green = if matches!(obs.green.exists, Fact::Known(false)) {
        obs.green.record = Fact::Known(None);
        None
    } else {
        session(context, plan, Side::Green, database, obs).await
    };
    if let (Some(blue), Fact::Known(Some(_))) = (&blue, &obs.blue.record) {
        obs.noted = findings::recorded(blue).await;
    }
    if let Some(green) = &green
        && matches!(obs.green.record, Fact::Known(Some(_)))
    {
        let recorded = !matches!(obs.blue.record, Fact::Known(None));
        let facts = databases::green(green, blue.as_ref().map(|blue| (blue, recorded))).await;
        (obs.clone, obs.migrations, obs.comparison, obs.catalogs) =
            (facts.clone, facts.migrations, facts.comparison, facts.catalogs);
    }
    match &obs.green.record {
        Fact::Known(None) => {
            let nothing = databases::Green::nothing();
            (obs.clone, obs.migrations, obs.comparison, obs.catalogs) =
                (nothing.clone, nothing.migrations, nothing.comparison, nothing.catalogs);
            obs.stream = Fact::Known(None);
        }
        Fact::Unknown(problem) => {
            let unknown = databases::Green::unknown(problem);
            (obs.clone, obs.migrations, obs.comparison, obs.catalogs) =
                (unknown.clone, unknown.migrations, unknown.comparison, unknown.catalogs);
        }
        Fact::Known(Some(_)) => {}
    }
    if let (Some(blue), Fact::Known(Some(_)), Fact::Known(None)) = (&blue, &obs.blue.record, &obs.green.record) {
        obs.clone = databases::not_begun(blue).await;
    }
    if let (Some(blue), Some(green)) = (blue, green) {
        both(context, plan, &blue, &green, obs).await;
    }
}

/// A session to a side, its record and its version. A database that is not there yet has no record.
async fn session(context: &Context, plan: &Plan, side: Side, database: &str, obs: &mut Observation) -> Option<Session> {
    let opened = match sessions::target(context, plan, side, database).await {
        Ok(target) => sessions::open(&target, plan, 0, "observe")
            .await
            .map_err(|e| (e.sqlstate.as_deref() == Some("3D000"), e.problem())),
        Err(problem) => Err((false, problem)),
    };
    let facts = if side == Side::Blue { &mut obs.blue } else { &mut obs.green };
    match opened {
        Ok(session) => {
            facts.record = match state::observe(&session).await {
                Fact::Known(found) => {
                    let (ours, foreign) = record::sort(found, plan.names.run());
                    facts.foreign = foreign;
                    Fact::Known(ours)
                }
                unknown @ Fact::Unknown(_) => unknown,
            };
            facts.retained_bytes = sessions::retained(&session, &plan.names).await;
            facts.version = Some(format!("{}.{}", session.version / 10_000, session.version % 10_000));
            Some(session)
        }
        Err((true, _)) if side == Side::Green => {
            facts.record = Fact::Known(None);
            None
        }
        Err((_, problem)) => {
            facts.record = Fact::Unknown(problem);
            None
        }
    }
}

fn record(facts: &SideFacts) -> Option<&Record> {
    facts.record.known().and_then(Option::as_ref)
}

async fn both(context: &Context, plan: &Plan, blue: &Session, green: &Session, obs: &mut Observation) {
    let (Some(blue_record), Some(green_record)) = (record(&obs.blue).cloned(), record(&obs.green).cloned()) else {
        return;
    };
    let (open, closed, turn) = match (blue_record.closed, green_record.closed) {
        (false, true) => (blue, green, green_record.turn),
        (true, false) => (green, blue, blue_record.turn),
        _ => return,
    };
    let name = plan.names.stream(0, turn);
    obs.stream = databases::stream(open, closed, &name, obs.epoch).await;
    obs.roles = roles::missing(open, closed).await.map_or_else(|error| Fact::Unknown(error.problem()), Fact::Known);
    for session in [blue, green] {
        let found = databases::leftovers(session, &plan.names, &name).await;
        let facts = if session.side() == Side::Blue { &mut obs.blue } else { &mut obs.green };
        match found {
            Fact::Known(found) => facts.leftovers = found,
            Fact::Unknown(problem) => facts.record = Fact::Unknown(problem),
        }
    }
    // Clients that wait for us do not wait for questions too.
    let held = wait_for_us(plan, &obs.poolers, blue_record.poolers_held || green_record.poolers_held);
    if green_record.closed && !held {
        obs.checks = checks::ask_all(context, plan, green, obs).await;
    } else if !green_record.closed {
        obs.strays = strays::observe(blue, &plan.names, obs.epoch).await;
        obs.report = databases::report(green).await;
    }
    // Last: the session that it may cost is needed for nothing else any more.
    obs.backlog =
        if held { Fact::Known(None) } else { backlog::observe(context, plan, open, &name, &obs.stream).await };
}
