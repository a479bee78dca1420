//! One client: a transaction at each tick, a new connection at once whenever something breaks.
//!
//! It must never send the same `(client, seq)` twice, and never call a transaction refused that may have been committed.
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::try_join;
use rand::Rng;
use tokio_postgres::{
    Client as Connection, Error, Row,
    types::{ToSql, Type},
};

use super::{Entry, Ledger, Load, Outcome};
use crate::pg::{self, Target};

/// Longer than any wait that is promised: past it the client gives the connection up.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a client knows.
pub(super) struct Client {
    number: i32,
    load: Load,
    target: Target,
    ledger: Arc<Ledger>,
    stop: Arc<AtomicBool>,
    seq: i64,
}

impl Client {
    pub(super) fn new(number: u32, load: Load, target: Target, ledger: Arc<Ledger>, stop: Arc<AtomicBool>) -> Self {
        Self { number: i32::try_from(number).unwrap_or(i32::MAX), load, target, ledger, stop, seq: 0 }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Runs until stopped: connects, writes, and starts over when the connection is of no more use.
pub(super) async fn run(mut client: Client) {
    while !client.stopped() {
        let opened =
            tokio::time::timeout(PATIENCE, Session::open(&client.target, client.number, client.load.pooled)).await;
        match opened {
            Ok(Ok(session)) => client.write(&session).await,
            Ok(Err(error)) => client.ledger.error(&format!("connect {}", pg::code(&error))),
            Err(_) => client.ledger.error("connect timeout"),
        }
        if !client.stopped() {
            // Not in step with the others, or they would all knock at the same time.
            let pause = rand::rng().random_range(1..25);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }
}

impl Client {
    /// Writes on one connection while it lasts.
    async fn write(&mut self, session: &Session) {
        let period = Duration::from_secs(1) * self.load.clients / self.load.rate.max(1);
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        while !self.stopped() {
            ticks.tick().await;
            if !self.transaction(session).await {
                return;
            }
        }
    }

    /// One transaction; false if the connection must not be used again.
    async fn transaction(&mut self, session: &Session) -> bool {
        self.seq += 1;
        let account = rand::rng().random_range(1..=i32::try_from(self.load.accounts).unwrap_or(i32::MAX));
        let amount = rand::rng().random_range(1..1000);
        let begun = self.ledger.now();
        let one_statement = self.seq % 4 == 0;
        let ask = Ask { client: self.number, seq: self.seq, account, amount };
        let answer = if one_statement { session.single(&ask).await } else { session.several(&ask).await };
        let mut entry = Entry {
            client: ask.client,
            seq: ask.seq,
            outcome: Outcome::Acknowledged,
            account,
            amount,
            begun,
            ended: self.ledger.now(),
            server: session.server.clone(),
            numbers: None,
            error: None,
        };
        let reusable = match answer {
            Ok(told) => {
                entry.numbers = Some(told.numbers);
                entry.server = told.server;
                true
            }
            Err(broken) => {
                entry.outcome = broken.outcome();
                entry.error = Some(broken.state.clone());
                // A conflict with another client is no reason to leave; anything else is what applications reconnect for.
                broken.state.starts_with("40") && session.connection.batch_execute("ROLLBACK").await.is_ok()
            }
        };
        self.ledger.record(entry);
        reusable
    }
}

struct Ask {
    client: i32,
    seq: i64,
    account: i32,
    amount: i64,
}

impl Ask {
    fn values(&self) -> [Typed<'_>; 4] {
        [(&self.client, Type::INT4), (&self.seq, Type::INT8), (&self.account, Type::INT4), (&self.amount, Type::INT8)]
    }
}

/// How a transaction broke.
struct Broken {
    state: String,
    /// Something that commits was sent.
    commit_sent: bool,
}

impl Broken {
    fn outcome(&self) -> Outcome {
        // The server names the error of a statement that it rolled back. Not so where it ends the session (57P..): that may come
        // after the commit; nor where nothing was heard.
        let definite = self.state.len() == 5 && !self.state.starts_with("57P") && !self.state.starts_with("08");
        if self.commit_sent && !definite { Outcome::Ambiguous } else { Outcome::Refused }
    }
}

/// What an acknowledged transaction was told.
struct Told {
    numbers: [i64; 3],
    /// Server that it was on: behind a pooler not always that of the one before.
    server: String,
}

/// One connection. Statements carry their types, so that nothing has to be prepared: that holds behind a pooler too.
struct Session {
    connection: Connection,
    server: String,
}

/// A value and its type.
type Typed<'a> = (&'a (dyn ToSql + Sync), Type);

const UPDATE: &str = "UPDATE shop.account SET balance = balance + $2, entries = entries + 1 WHERE id = $1";
const JOURNAL: &str = "INSERT INTO shop.journal (client, seq, what) VALUES ($1, $2, 'several statements')";
const SERVER: &str = "coalesce(host(inet_server_addr()), '') || ':' || inet_server_port()";

impl Session {
    async fn open(target: &Target, client: i32, pooled: bool) -> Result<Self, Error> {
        let connection = target.connect(&format!("writer/{client}")).await?;
        // A pooler must not be asked for a server before there is something to do.
        let server = if pooled {
            String::new()
        } else {
            let rows = connection.query_typed(&format!("SELECT {SERVER}"), &[]).await?;
            rows.first().map_or(Ok(String::new()), |row| row.try_get(0))?
        };
        Ok(Self { connection, server })
    }

    /// BEGIN and three statements in one go, then COMMIT by itself: before it is sent nothing can have been committed.
    async fn several(&self, ask: &Ask) -> Result<Told, Broken> {
        let c = &self.connection;
        let insert = format!(
            "INSERT INTO shop.ledger (client, seq, account, amount) VALUES ($1, $2, $3, $4) RETURNING id, number, countdown, {SERVER}"
        );
        let values = ask.values();
        let update: [Typed; 2] = [(&ask.account, Type::INT4), (&ask.amount, Type::INT8)];
        let journal: [Typed; 2] = [(&ask.client, Type::INT4), (&ask.seq, Type::INT8)];
        let body = async {
            let ((), rows, _, _) = try_join!(
                c.batch_execute("BEGIN"),
                c.query_typed(&insert, &values),
                c.query_typed(UPDATE, &update),
                c.query_typed(JOURNAL, &journal),
            )?;
            told(&rows)
        };
        let told = patient(body, false).await?;
        patient(c.batch_execute("COMMIT"), true).await?;
        Ok(told)
    }

    /// The same by one statement that commits itself.
    async fn single(&self, ask: &Ask) -> Result<Told, Broken> {
        let sql = format!("SELECT id, number, countdown, {SERVER} FROM shop.enter($1, $2, $3, $4)");
        patient(async { told(&self.connection.query_typed(&sql, &ask.values()).await?) }, true).await
    }
}

fn told(rows: &[Row]) -> Result<Told, Error> {
    let mut told = Told { numbers: [0; 3], server: String::new() };
    if let Some(row) = rows.first() {
        told = Told { numbers: [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?], server: row.try_get(3)? };
    }
    Ok(told)
}

async fn patient<T>(work: impl Future<Output = Result<T, Error>>, commit_sent: bool) -> Result<T, Broken> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Broken { state: pg::code(&error), commit_sent }),
        Err(_) => Err(Broken { state: "timeout".into(), commit_sent }),
    }
}
