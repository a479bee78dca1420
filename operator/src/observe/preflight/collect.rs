//! Puts the questions in order: API server, both servers, their databases, and the way between them. A server that cannot be
//! reached leaves its facts unknown and stops nothing else: preflight tells everything at once.
use std::time::Duration;

use verdigris_core::{
    fact::{Fact, Problem},
    names::Names,
    preflight::{
        ConnectivityFacts, Database, DatabaseFacts, Facts, PodFacts, ServerFacts, Stage, choose_database, not_asked,
    },
};
use verdigris_crds::{DatabaseMigrationSpec, Side};

use super::{Cluster, attempt, database, databases, in_recovery, kubernetes, server};
use crate::postgres::connect::{Purpose, Session, Target};

/// Bound of the sessions; each question has a shorter one of its own.
const LIMIT: Duration = Duration::from_secs(15);
/// Databases to look around from when none is named.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// How to reach each side, in whichever database; or why that is not known (a Secret that is missing).
pub struct Places {
    /// Blue.
    pub blue: Result<Target, Problem>,
    /// Green; not looked at before it is there.
    pub green: Result<Target, Problem>,
}

/// The database that moves, as the spec or blue itself says.
///
/// # Errors
/// `DatabaseNotChosen` when it is not clear which one; else why blue could not be asked.
pub async fn chosen(blue: &Target, names: &Names, spec: &DatabaseMigrationSpec) -> Result<String, Problem> {
    if let Some(wanted) = spec.databases.first() {
        return Ok(wanted.name.clone());
    }
    let session = around(blue, names, spec).await?;
    match databases(session.client()).await {
        Fact::Known(found) => choose(spec, &found),
        Fact::Unknown(problem) => Err(problem),
    }
}

/// Everything that preflight looks at.
pub async fn facts(cluster: &Cluster<'_>, names: &Names, stage: Stage, places: &Places) -> Facts {
    let spec = &cluster.migration.spec;
    let mut kubernetes = kubernetes(cluster).await;
    if let Fact::Known(pods) = &mut kubernetes.pods {
        roles_of_pods(pods, spec, names, places).await;
    }
    let (blue, name) = match &places.blue {
        Ok(target) => side(target, names, spec, None).await,
        Err(problem) => (Fact::Unknown(problem.clone()), Err(problem.clone())),
    };
    let mut facts = Facts { kubernetes, blue, green: not_asked(), connectivity: ConnectivityFacts::default() };
    if stage == Stage::WithGreen {
        facts.green = match &places.green {
            Ok(target) => side(target, names, spec, Some(&name)).await.0,
            Err(problem) => Fact::Unknown(problem.clone()),
        };
        facts.connectivity = ways(names, &name, places).await;
    }
    facts
}

/// One side: the server, and the database that moves if it is known.
async fn side(
    target: &Target,
    names: &Names,
    spec: &DatabaseMigrationSpec,
    name: Option<&Result<String, Problem>>,
) -> (Fact<ServerFacts>, Result<String, Problem>) {
    let session = match around(target, names, spec).await {
        Ok(session) => session,
        Err(problem) => return (Fact::Unknown(problem.clone()), Err(problem)),
    };
    let name = match name {
        Some(name) => name.clone(),
        None => match databases(session.client()).await {
            Fact::Known(found) => choose(spec, &found),
            Fact::Unknown(problem) => Err(problem),
        },
    };
    let inside = match &name {
        Ok(name) => look_inside(target, names, name).await,
        Err(problem) => Fact::Unknown(problem.clone()),
    };
    (Fact::Known(server(session.client(), inside).await), name)
}

async fn look_inside(target: &Target, names: &Names, name: &str) -> Fact<DatabaseFacts> {
    match open(&target.with_database(name), names).await {
        Ok(session) => Fact::Known(database(session.client(), name).await),
        Err(problem) => Fact::Unknown(problem),
    }
}

fn choose(spec: &DatabaseMigrationSpec, found: &[Database]) -> Result<String, Problem> {
    choose_database(spec, found).map_err(|error| Problem::permanent("DatabaseNotChosen", error.to_string()))
}

/// A session in a database that is there: the first one that lets us in.
async fn around(target: &Target, names: &Names, spec: &DatabaseMigrationSpec) -> Result<Session, Problem> {
    let wanted = spec.databases.first().map(|database| database.name.as_str());
    let mut last = None;
    for name in MAINTENANCE.into_iter().chain(wanted) {
        match open(&target.with_database(name), names).await {
            Ok(session) => return Ok(session),
            // Another database may let us in; another reason is the same for all of them.
            Err(problem) if problem.reason == "DatabaseMissing" || problem.reason == "ServerError" => {
                last = Some(problem);
            }
            Err(problem) => return Err(problem),
        }
    }
    Err(last.unwrap_or_else(|| Problem::permanent("DatabaseMissing", "no database lets the operator in")))
}

async fn open(target: &Target, names: &Names) -> Result<Session, Problem> {
    Session::open(target, &Purpose::plain(names, "preflight", LIMIT)).await.map_err(|error| error.problem())
}

/// Both ways between the servers, tried from the database that moves.
async fn ways(names: &Names, name: &Result<String, Problem>, places: &Places) -> ConnectivityFacts {
    let (blue, green) = match (name, &places.blue, &places.green) {
        (Ok(name), Ok(blue), Ok(green)) => (blue.with_database(name), green.with_database(name)),
        (Err(problem), _, _) | (_, Err(problem), _) | (_, _, Err(problem)) => {
            return ConnectivityFacts {
                green_to_blue: Fact::Unknown(problem.clone()),
                blue_to_green: Fact::Unknown(problem.clone()),
            };
        }
    };
    ConnectivityFacts { green_to_blue: way(names, &green, &blue).await, blue_to_green: way(names, &blue, &green).await }
}

async fn way(names: &Names, from: &Target, to: &Target) -> Fact<verdigris_core::preflight::Attempt> {
    match open(from, names).await {
        Ok(session) => attempt(session.client(), names.run(), to).await,
        Err(problem) => Fact::Unknown(problem),
    }
}

/// Where a side has several pods, each is asked whether it is in recovery; a single one is the server that is asked anyway.
async fn roles_of_pods(pods: &mut [PodFacts], spec: &DatabaseMigrationSpec, names: &Names, places: &Places) {
    for (side, place) in [(Side::Blue, &places.blue), (Side::Green, &places.green)] {
        let Ok(target) = place else { continue };
        let of_green =
            |pod: &PodFacts| spec.green.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value));
        let mut mine: Vec<_> = pods.iter_mut().filter(|pod| of_green(pod) == (side == Side::Green)).collect();
        if mine.len() < 2 {
            continue;
        }
        for pod in &mut mine {
            let Some(ip) = pod.ip.clone() else { continue };
            let there = Target { host: ip, database: "postgres".into(), ..target.clone() };
            pod.in_recovery = match open(&there, names).await {
                Ok(session) => in_recovery(session.client()).await,
                Err(problem) => Fact::Unknown(problem),
            };
        }
    }
}
