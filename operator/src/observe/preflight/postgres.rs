//! What one server says of itself and of the database that moves.
use serde::Deserialize;
use tokio_postgres::Client;
use verdigris_core::{
    fact::Fact,
    preflight::{Database, DatabaseFacts, Leftover, LeftoverRecord, ServerFacts, not_asked},
};

use super::question::{row, rows};

macro_rules! sql {
    ($name:literal) => {
        ($name, include_str!(concat!("sql/", $name, ".sql")))
    };
}

/// Databases of the server that `client` is connected to, whichever of them it is in.
pub async fn databases(client: &Client) -> Fact<Vec<Database>> {
    let (name, text) = sql!("databases");
    rows(client, name, text).await
}

/// Whether the server is in recovery.
pub async fn in_recovery(client: &Client) -> Fact<bool> {
    let (name, text) = sql!("recovery");
    row(client, name, text).await
}

/// What the server says of itself, `others` aside; `database` is passed on as it is (see [`database`]).
pub async fn server(client: &Client, database: Fact<DatabaseFacts>) -> ServerFacts {
    let (identity, limits, used, who) = (sql!("server"), sql!("settings"), sql!("usage"), sql!("role"));
    let (two_phase, open, slots) = (sql!("prepared"), sql!("transactions"), sql!("slots"));
    let (subscriptions, origins, roles) = (sql!("subscriptions"), sql!("origins"), sql!("roles"));
    let (offered, superusers) = (sql!("available"), sql!("superusers"));
    ServerFacts {
        server: row(client, identity.0, identity.1).await,
        settings: row(client, limits.0, limits.1).await,
        usage: row(client, used.0, used.1).await,
        role: row(client, who.0, who.1).await,
        databases: databases(client).await,
        prepared: rows(client, two_phase.0, two_phase.1).await,
        transactions: rows(client, open.0, open.1).await,
        slots: rows(client, slots.0, slots.1).await,
        subscriptions: rows(client, subscriptions.0, subscriptions.1).await,
        origins: rows(client, origins.0, origins.1).await,
        roles: rows(client, roles.0, roles.1).await,
        superusers: rows(client, superusers.0, superusers.1).await,
        others: not_asked(),
        available: rows(client, offered.0, offered.1).await,
        database,
    }
}

/// What stands in the database that `client` is connected to.
pub async fn database(client: &Client, name: &str) -> DatabaseFacts {
    let (tables, triggers, events) = (sql!("tables"), sql!("triggers"), sql!("event_triggers"));
    let (large, sequences, installed) = (sql!("large_objects"), sql!("sequences"), sql!("extensions"));
    let (publications, objects) = (sql!("publications"), sql!("objects"));
    DatabaseFacts {
        name: name.to_owned(),
        tables: rows(client, tables.0, tables.1).await,
        triggers: rows(client, triggers.0, triggers.1).await,
        event_triggers: rows(client, events.0, events.1).await,
        large_objects: row(client, large.0, large.1).await,
        sequences: rows(client, sequences.0, sequences.1).await,
        extensions: rows(client, installed.0, installed.1).await,
        publications: rows(client, publications.0, publications.1).await,
        leftover: leftover(client).await,
        objects: row(client, objects.0, objects.1).await,
    }
}

/// What `leftover.sql` says.
#[derive(Deserialize)]
struct Trace {
    schema: bool,
    readable: bool,
    triggers: i64,
}

async fn leftover(client: &Client) -> Fact<Leftover> {
    let (name, text) = sql!("leftover");
    let trace: Trace = match row(client, name, text).await {
        Fact::Known(trace) => trace,
        Fact::Unknown(problem) => return Fact::Unknown(problem),
    };
    let mut found = Leftover { schema: trace.schema, record: None, triggers: trace.triggers };
    if trace.readable {
        let (name, text) = sql!("leftover_record");
        match rows::<LeftoverRecord>(client, name, text).await {
            Fact::Known(records) => found.record = records.into_iter().next(),
            Fact::Unknown(problem) => return Fact::Unknown(problem),
        }
    }
    Fact::Known(found)
}
