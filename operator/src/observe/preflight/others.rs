//! Databases that stay behind on blue: who is connected, and whether there is anything in them.
use std::collections::BTreeSet;

use tokio_postgres::Client;
use verdigris_core::{
    fact::{Fact, Problem},
    names::Names,
    preflight::{Database, OtherDatabase},
};

use super::question::{row, rows};
use crate::{
    observe::sessions::LIMIT,
    postgres::connect::{Purpose, Session, Target},
};

/// Most databases that are looked into in one look: each costs a connection.
const MOST: usize = 20;

/// Every database but `moves` that allows connections. `client` is a session to the server, `server` the way to it.
pub async fn others(
    client: &Client,
    server: &Target,
    names: &Names,
    databases: &[Database],
    moves: &str,
) -> Fact<Vec<OtherDatabase>> {
    let clients: Fact<Vec<String>> = rows(client, "clients", include_str!("sql/clients.sql")).await;
    let clients: BTreeSet<String> = match clients {
        Fact::Known(names) => names.into_iter().collect(),
        Fact::Unknown(problem) => return Fact::Unknown(problem),
    };
    let mut found = Vec::new();
    for (number, other) in databases.iter().filter(|d| d.allows_connections && d.name != moves).enumerate() {
        let tables = if number < MOST {
            tables(&server.with_database(&other.name), names).await
        } else {
            Fact::Unknown(Problem::permanent("NotAsked", "There are too many databases to look into each."))
        };
        found.push(OtherDatabase { name: other.name.clone(), sessions: clients.contains(&other.name), tables });
    }
    Fact::Known(found)
}

async fn tables(target: &Target, names: &Names) -> Fact<bool> {
    match Session::open(target, &Purpose::plain(names, "preflight", LIMIT)).await {
        Ok(inside) => row(inside.client(), "user_tables", include_str!("sql/user_tables.sql")).await,
        Err(error) => Fact::Unknown(error.problem()),
    }
}
