//! A mover at work: each stream claims an item, does it, and marks it done, in one transaction on green.
use std::time::Duration;

use futures::future::try_join_all;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};
use uuid::Uuid;
use verdigris_crds::Side;

use super::enter::Joined;
use super::snapshot::{self, Anchor};
use super::{compare, copy, post};
use crate::mover::error::Error;
use crate::mover::hash::Hash;
use crate::mover::session;
use crate::mover::settings::Settings;
use crate::mover::tools::Archive;

/// Deadlocks of one item before it counts as a failure: two foreign keys may lock their tables in opposite order.
const PATIENCE: u32 = 20;
/// How often a stream without work looks whether others have finished theirs.
const LOOK: Duration = Duration::from_millis(100);

/// What the streams of this mover share.
struct Mover<'a> {
    settings: &'a Settings,
    clone: Uuid,
    runner: &'a str,
    archive: Archive,
    hash: Hash,
    /// Name under which streams import the snapshot, while somebody holds it.
    snapshot: Option<String>,
    /// Given up by the first stream that sees that nothing needs the snapshot any more: blue may vacuum again.
    anchor: Mutex<Option<Anchor>>,
}

/// One stream.
struct Stream {
    green: Client,
    blue: Option<Client>,
    side: Option<Client>,
}

/// Works until nothing is left, or until another mover recorded a lasting failure.
pub async fn work(settings: &Settings, joined: Joined) -> Result<(), Error> {
    let green = session::open(settings, Side::Green).await?;
    let row = session::one(
        &green,
        "reading the schema archive",
        "SELECT archive FROM verdigris.clone WHERE id = $1",
        &[&joined.clone],
    )
    .await?;
    let archive: Vec<u8> = session::column(&row, "archive")?;
    let look = session::one(&green, "looking at green's server", include_str!("../sql/server_look.sql"), &[]).await?;
    let archive = Archive::write(session::column(&look, "major")?, &archive).await?;
    let hash = Hash::agreed(&session::open(settings, Side::Blue).await?, &green).await?;
    let name = joined.anchor.as_ref().map(|anchor| anchor.name.clone());
    let mover = Mover {
        settings,
        clone: joined.clone,
        runner: &joined.runner,
        archive,
        hash,
        snapshot: name,
        anchor: Mutex::new(joined.anchor),
    };
    try_join_all((0..settings.workers.max(1)).map(|_| stream(&mover))).await?;
    Ok(())
}

async fn stream(mover: &Mover<'_>) -> Result<(), Error> {
    let green = session::open_runner(mover.settings, mover.runner).await?;
    let mut stream = Stream { green, blue: None, side: None };
    loop {
        while next(mover, &mut stream).await? {}
        let left =
            session::one(&stream.green, "looking for work", include_str!("../sql/work_left.sql"), &[&mover.clone])
                .await?;
        if !session::column::<bool>(&left, "same")? {
            return Err(Error::transient("CloneReplaced", "another mover started the clone over; this one joins it"));
        }
        if session::column(&left, "failed")? || !session::column::<bool>(&left, "any")? {
            return Ok(());
        }
        if !session::column::<bool>(&left, "needs_snapshot")? {
            stream.blue = None;
            mover.anchor.lock().await.take();
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Does one item; `false` if there is none to be had at the moment.
async fn next(mover: &Mover<'_>, stream: &mut Stream) -> Result<bool, Error> {
    for attempt in 1.. {
        session::batch(&stream.green, "claiming work on green", "BEGIN").await?;
        let claimed = session::all(
            &stream.green,
            "claiming work on green",
            include_str!("../sql/work_claim.sql"),
            &[&mover.clone],
        )
        .await?;
        let Some(item) = claimed.first() else {
            session::batch(&stream.green, "claiming work on green", "ROLLBACK").await?;
            return Ok(false);
        };
        let outcome = perform(mover, stream, item).await;
        let again = outcome.as_ref().err().and_then(Error::sqlstate) == Some(&SqlState::T_R_DEADLOCK_DETECTED);
        if again && attempt < PATIENCE {
            session::batch(&stream.green, "giving way after a deadlock", "ROLLBACK").await?;
            continue;
        }
        let result = outcome?;
        let id: i64 = session::column(item, "id")?;
        session::execute(
            &stream.green,
            "marking work as done on green",
            include_str!("../sql/work_done.sql"),
            &[&id, &result],
        )
        .await?;
        session::batch(&stream.green, "committing work on green", "COMMIT").await?;
        return Ok(true);
    }
    Ok(false)
}

async fn perform(mover: &Mover<'_>, stream: &mut Stream, item: &Row) -> Result<Value, Error> {
    let kind: String = session::column(item, "kind")?;
    let name: String = session::column(item, "name")?;
    let body: Value = session::column(item, "body")?;
    tracing::debug!(kind, name, "work");
    match kind.as_str() {
        "copy" => {
            let name = mover.snapshot.as_deref().ok_or_else(snapshot::lost)?;
            let blue = match stream.blue.take() {
                Some(blue) => blue,
                None => session::open(mover.settings, Side::Blue).await?,
            };
            let outcome = copy::copy(&parse(body)?, mover.hash, name, &blue, &stream.green).await;
            stream.blue = Some(blue);
            outcome
        }
        "compare" => compare::compare(&parse(body)?, mover.hash, &stream.green).await,
        "verdict" => compare::verdict(&stream.green).await,
        "key" | "index" | "foreign_key" | "other" => {
            let ids: Vec<i64> = parse(body.get("entries").cloned().unwrap_or_default())?;
            post::restore(mover.settings, &mover.archive, &stream.green, &name, &ids).await
        }
        "refresh" => post::refresh(&stream.green, &name).await,
        "sequences" => post::sequences(mover.settings, &stream.green).await,
        "vacuum" => {
            if stream.side.is_none() {
                stream.side = Some(session::open_runner(mover.settings, mover.runner).await?);
            }
            let analyze_only = body.get("analyze").and_then(Value::as_bool).unwrap_or_default();
            match &stream.side {
                Some(side) => post::vacuum(side, &name, analyze_only).await,
                None => Ok(Value::Null),
            }
        }
        other => Err(Error::permanent(
            "UnknownWork",
            format!("the queue holds work of kind {other}; use movers of the operator's version"),
        )),
    }
}

fn parse<T: DeserializeOwned>(body: Value) -> Result<T, Error> {
    serde_json::from_value(body).map_err(|_| {
        Error::permanent("UnknownWork", "an item of the queue cannot be read; use movers of the operator's version")
    })
}
