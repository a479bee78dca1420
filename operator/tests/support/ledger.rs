//! The workload: clients that remember every acknowledged write, and the comparison of that with both sides by direct SQL.
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use verdigris_crds::Side;

use super::Pair;

/// One acknowledged write.
#[derive(Clone, Copy, Debug)]
pub struct Ack {
    pub client: i32,
    pub seq: i64,
    pub side: Side,
    pub at: Instant,
}

#[derive(Debug, Default)]
pub struct Log {
    pub acks: Vec<Ack>,
    pub tickets: Vec<(i64, i64, i64)>,
    pub errors: BTreeMap<String, u64>,
}

pub struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Log>>,
}

impl Load {
    /// Clients that write through the route, each a transaction every few milliseconds.
    pub fn start(pair: &Arc<Pair>, clients: i32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..clients).map(|client| tokio::spawn(write(pair.clone(), stop.clone(), client))).collect();
        Self { stop, clients }
    }

    pub async fn end(self) -> Log {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Log::default();
        for client in self.clients {
            let log = client.await.unwrap();
            all.acks.extend(log.acks);
            all.tickets.extend(log.tickets);
            for (error, count) in log.errors {
                *all.errors.entry(error).or_default() += count;
            }
        }
        all.acks.sort_by_key(|ack| ack.at);
        all
    }
}

async fn write(pair: Arc<Pair>, stop: Arc<AtomicBool>, client: i32) -> Log {
    let (mut log, mut seq, mut open) = (Log::default(), 0_i64, None);
    while !stop.load(Ordering::SeqCst) {
        if open.as_ref().is_none_or(|(_, session): &(Side, tokio_postgres::Client)| session.is_closed()) {
            let side = pair.route.to();
            match pair.server(side).try_client(&pair.database, "app").await {
                Ok(session) => open = Some((side, session)),
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    continue;
                }
            }
        }
        let (side, session) = open.as_ref().unwrap();
        seq += 1;
        match one(session, client, seq).await {
            Ok(ticket) => {
                log.acks.push(Ack { client, seq, side: *side, at: Instant::now() });
                log.tickets.extend(ticket);
            }
            Err(error) => {
                let code = error.code().map_or("lost".to_owned(), |code| code.code().to_owned());
                *log.errors.entry(code).or_default() += 1;
                open = None;
            }
        }
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
    log
}

async fn one(
    session: &tokio_postgres::Client,
    client: i32,
    seq: i64,
) -> Result<Option<(i64, i64, i64)>, tokio_postgres::Error> {
    let account = (i64::from(client) * 131 + seq * 7) % 1000 + 1;
    let write = format!(
        "WITH u AS (UPDATE accounts SET balance = balance + 1 WHERE id = {account}) \
         INSERT INTO ledger (client, seq, account) VALUES ({client}, {seq}, {account})"
    );
    if client % 4 == 3 {
        session
            .batch_execute(&format!("BEGIN; {write}; INSERT INTO ev (day, v) VALUES ({}, 'x'); COMMIT", seq % 3))
            .await?;
    } else {
        session.batch_execute(&write).await?;
    }
    if seq % 10 != 0 {
        return Ok(None);
    }
    let row = session.query_one("SELECT nextval('ticket'), nextval('cached'), nextval('down')", &[]).await;
    // The write is acknowledged; the ticket may meet the end of the session.
    Ok(row.ok().map(|row| (row.get(0), row.get(1), row.get(2))))
}

/// Everything that must hold after a run: every acknowledged row on both sides exactly once, balances and tables equal,
/// no number given out twice, acknowledgements in exactly `changes + 1` unbroken blocks (I1, I2).
pub async fn check(pair: &Pair, log: &Log, changes: usize) {
    assert!(log.acks.len() > 20, "the load did not run: {} acknowledgements, errors {:?}", log.acks.len(), log.errors);
    for side in [Side::Blue, Side::Green] {
        let client = pair.client(side).await;
        let rows = client.query("SELECT client, seq, count(*) FROM public.ledger GROUP BY 1, 2", &[]).await.unwrap();
        let double = rows.iter().filter(|row| row.get::<_, i64>(2) > 1).count();
        let there: HashSet<(i32, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let missing = log.acks.iter().filter(|ack| !there.contains(&(ack.client, ack.seq))).count();
        let off: i64 = client
            .query_one("SELECT (SELECT sum(balance) FROM public.accounts)::bigint - count(*) FROM public.ledger", &[])
            .await
            .unwrap()
            .get(0);
        assert_eq!((missing, double, off), (0, 0, 0), "{side}: missing, double, balance off");
    }
    assert_eq!(differing(pair).await, Vec::<String>::new(), "tables that differ");
    for pick in [|t: &(i64, i64, i64)| t.0, |t: &(i64, i64, i64)| t.1, |t: &(i64, i64, i64)| t.2] {
        let numbers: Vec<i64> = log.tickets.iter().map(pick).collect();
        assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), numbers.len(), "numbers given out twice");
    }
    let mut blocks: Vec<Side> = log.acks.iter().map(|ack| ack.side).collect();
    blocks.dedup();
    assert_eq!(blocks.len(), changes + 1, "blocks of acknowledgements {blocks:?}; errors {:?}", log.errors);
}

/// Tables of which the two sides hold different rows.
pub async fn differing(pair: &Pair) -> Vec<String> {
    let (blue, green) = (pair.client(Side::Blue).await, pair.client(Side::Green).await);
    let mut different = Vec::new();
    let tables = blue.query("SELECT schema::text, relation::text FROM verdigris.carried", &[]).await.unwrap();
    for row in tables {
        let name = verdigris::postgres::sql::qualified(row.get(0), row.get(1));
        let sql = format!("SELECT count(*), coalesce(sum(hash_record_extended(x, 0)), 0)::text FROM {name} x");
        let (one, two) = (blue.query_one(&sql, &[]).await.unwrap(), green.query_one(&sql, &[]).await.unwrap());
        let of = |row: &tokio_postgres::Row| (row.get::<_, i64>(0), row.get::<_, String>(1));
        if of(&one) != of(&two) {
            different.push(format!("{name}: {:?} and {:?}", of(&one), of(&two)));
        }
    }
    different
}

/// Longest time without any acknowledgement around each change of the writer.
pub fn gaps(log: &Log) -> Vec<Duration> {
    log.acks.windows(2).filter(|pair| pair[0].side != pair[1].side).map(|pair| pair[1].at - pair[0].at).collect()
}
