//! Streams: a subscription on one side and the slot of the same name on the other. What they are, how far they are, and
//! that they are gone.
use std::time::Duration;

use tokio::time::{Instant, sleep};
use verdigris_core::names::Names;
use verdigris_core::record::{Epoch, Lsn};
use verdigris_crds::Side;

use super::connect::{Secret, Session};
use super::error::{Error, Reason, Result};
use super::prepare::{marker, quietly};
use super::sql::Sql;

pub use super::slot::{drop_slot, has_slot};

/// A server as the *other server* reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its OID; `pg_<oid>` is the name of its origin.
    pub oid: u32,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Its worker, if one runs.
    pub worker: Option<i32>,
    /// Failed applies since it was made.
    pub apply_errors: i64,
    /// Failed copies since it was made.
    pub sync_errors: i64,
    /// Place in the publisher's WAL up to which everything is applied.
    pub applied: Option<Lsn>,
}

/// A slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Whether somebody reads from it.
    pub active: bool,
    /// WAL that the reader has not confirmed, in bytes.
    pub lag_bytes: Option<i64>,
    /// WAL kept for it, in bytes.
    pub retained_bytes: Option<i64>,
    /// `reserved`, `extended`, `unreserved` or `lost`.
    pub wal_status: Option<String>,
}

/// A stream. What is absent is not there; what could not be read is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamStatus {
    /// Name of both.
    pub name: String,
    /// On the subscriber.
    pub subscription: Option<Subscription>,
    /// On the publisher.
    pub slot: Option<Slot>,
}

/// Makes the forward subscription on green, on the slot that the clone left on blue (`Names::stream(database, 0)` unless
/// an attempt has moved it), with a new password of blue's replication role. `blue_address` is how *green's server*
/// reaches blue. Does nothing if it is there already.
pub async fn create_forward(
    green: &Session,
    blue: &Session,
    names: &Names,
    epoch: Epoch,
    blue_address: &Address,
    stream: &str,
) -> Result<()> {
    if subscription(green, stream).await?.is_some() {
        return Ok(());
    }
    create(green, blue, names, epoch, blue_address, stream, true).await
}

/// Makes a subscription on `subscriber` on a slot of that name which exists on `publisher`.
pub(crate) async fn create(
    subscriber: &Session,
    publisher: &Session,
    names: &Names,
    epoch: Epoch,
    address: &Address,
    stream: &str,
    enabled: bool,
) -> Result<()> {
    let secret = super::prepare::rotate_password(publisher, names, epoch).await?;
    let sql = create_sql(subscriber, publisher, names, epoch, address, stream, &secret, enabled);
    quietly(subscriber, "cannot make the subscription", &sql).await
}

#[allow(clippy::too_many_arguments)]
pub(crate) fn create_sql(
    subscriber: &Session,
    publisher: &Session,
    names: &Names,
    epoch: Epoch,
    address: &Address,
    stream: &str,
    secret: &Secret,
    enabled: bool,
) -> String {
    let extra = if subscriber.version >= 160_000 { ", run_as_owner = true, origin = none" } else { "" };
    Sql::new(include_str!("sql/stream/create.sql"))
        .guard(epoch)
        .text("stream", stream)
        .text("publication", names.publication(publisher.side()))
        .text("conninfo", conninfo(names, address, &publisher.target().database, secret))
        .raw("enabled", if enabled { "true" } else { "false" })
        .raw("extra", extra)
        .render()
}

/// Connection string of a subscription. Superusers of the subscriber can read it: hence a role of its own.
fn conninfo(names: &Names, address: &Address, database: &str, secret: &Secret) -> String {
    let quote = |value: &str| format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
    format!(
        "host={} port={} dbname={} user={} password={} application_name={} connect_timeout=5 keepalives_idle=5 keepalives_interval=2 keepalives_count=3",
        quote(&address.host),
        address.port,
        quote(database),
        quote(&names.replication_role()),
        quote(secret.expose()),
        quote(&names.apply()),
    )
}

/// Enables a subscription.
pub async fn enable(subscriber: &Session, epoch: Epoch, stream: &str) -> Result<()> {
    let sql = Sql::new(include_str!("sql/stream/enable.sql")).guard(epoch).text("stream", stream);
    subscriber.batch("cannot enable the subscription", &sql.render()).await
}

/// Sets the error count of a subscription to zero.
pub async fn forget_errors(subscriber: &Session, epoch: Epoch, stream: &str) -> Result<()> {
    let sql = Sql::new(include_str!("sql/stream/forget_errors.sql")).guard(epoch).text("stream", stream);
    subscriber.batch("cannot reset the error count of the subscription", &sql.render()).await
}

/// Disables a subscription and waits until its worker is gone, for at most `limit`.
pub async fn disable(subscriber: &Session, epoch: Epoch, stream: &str, limit: Duration) -> Result<()> {
    let sql = Sql::new(include_str!("sql/stream/disable.sql")).guard(epoch).text("stream", stream);
    subscriber.batch("cannot disable the subscription", &sql.render()).await?;
    end_worker(subscriber, epoch, stream, limit).await
}

/// Ends the worker of a disabled subscription and waits until it is gone.
pub(crate) async fn end_worker(subscriber: &Session, epoch: Epoch, stream: &str, limit: Duration) -> Result<()> {
    let until = Instant::now() + limit;
    let sql = Sql::new(include_str!("sql/stream/end_worker.sql")).guard(epoch).text("stream", stream).render();
    subscriber.batch("cannot end the worker", &sql).await?;
    loop {
        let row = subscriber.one(include_str!("sql/stream/worker.sql"), &[&stream]).await?;
        if !subscriber.get::<bool>(&row, 0)? {
            return Ok(());
        }
        if Instant::now() > until {
            let what = format!("the worker of {stream} does not end");
            return Err(Error::condition(&subscriber.place(), Reason::NotSettled, what));
        }
        sleep(Duration::from_millis(2)).await;
    }
}

/// Makes an enabled subscription read its publication's tables again, without copying.
pub async fn refresh(subscriber: &Session, epoch: Epoch, stream: &str) -> Result<()> {
    subscriber.batch("cannot refresh the subscription", &super::arm::guarded(Some(epoch), "")).await?;
    let sql = Sql::new(include_str!("sql/stream/refresh.sql")).text("stream", stream);
    subscriber.batch("cannot refresh the subscription", &sql.render()).await
}

/// Drops a subscription, its worker included; its slot stays. Does nothing if it is not there.
pub async fn drop_subscription(subscriber: &Session, epoch: Epoch, stream: &str) -> Result<()> {
    if subscription(subscriber, stream).await?.is_none() {
        return Ok(());
    }
    let sql = Sql::new(include_str!("sql/stream/drop.sql")).guard(epoch).text("stream", stream);
    subscriber.batch("cannot drop the subscription", &sql.render()).await
}

/// Reads a subscription of the session's database.
pub async fn subscription(subscriber: &Session, stream: &str) -> Result<Option<Subscription>> {
    let row = subscriber.maybe(include_str!("sql/stream/subscription.sql"), &[&stream]).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Subscription {
        oid: subscriber.get(&row, 0)?,
        enabled: subscriber.get(&row, 1)?,
        worker: subscriber.get(&row, 2)?,
        apply_errors: subscriber.get(&row, 3)?,
        sync_errors: subscriber.get(&row, 4)?,
        applied: subscriber.get::<Option<i64>>(&row, 5)?.map(|bytes| Lsn(bytes.unsigned_abs())),
    }))
}

/// Reads a slot.
pub async fn slot(publisher: &Session, stream: &str) -> Result<Option<Slot>> {
    let row = publisher.maybe(include_str!("sql/stream/slot.sql"), &[&stream]).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Slot {
        active: publisher.get(&row, 0)?,
        lag_bytes: publisher.get(&row, 1)?,
        retained_bytes: publisher.get(&row, 2)?,
        wal_status: publisher.get(&row, 3)?,
    }))
}

/// Reads both halves of a stream.
pub async fn status(subscriber: &Session, publisher: &Session, stream: &str) -> Result<StreamStatus> {
    let (subscription, slot) = tokio::try_join!(subscription(subscriber, stream), slot(publisher, stream))?;
    Ok(StreamStatus { name: stream.to_owned(), subscription, slot })
}

/// Commits a marker on the side that writes and waits until it is on the other: everything committed before is there.
/// Returns how long that took; an error of reason `DrainTooSlow` after `limit`.
pub async fn caught_up(writer: &Session, reader: &Session, epoch: Epoch, limit: Duration) -> Result<Duration> {
    let began = Instant::now();
    let nonce = uuid::Uuid::new_v4();
    let sql = Sql::new(include_str!("sql/stream/marker.sql"))
        .guard(epoch)
        .text("marker", marker(writer.side()))
        .text("nonce", nonce.to_string())
        .number("turn", 0);
    writer.batch("cannot commit a marker", &sql.render()).await?;
    seen(reader, writer.side(), nonce, began + limit).await?;
    Ok(began.elapsed())
}

/// Waits until a marker of `from` is on the session's side.
pub(crate) async fn seen(reader: &Session, from: Side, nonce: uuid::Uuid, until: Instant) -> Result<()> {
    let file = match from {
        Side::Blue => include_str!("sql/stream/seen_blue.sql"),
        Side::Green => include_str!("sql/stream/seen_green.sql"),
    };
    loop {
        let row = reader.one(file, &[&nonce]).await?;
        if reader.get::<bool>(&row, 0)? {
            return Ok(());
        }
        if Instant::now() > until {
            let what = format!("a marker of {} did not arrive", from.lower());
            return Err(Error::condition(&reader.place(), Reason::DrainTooSlow, what));
        }
        sleep(Duration::from_millis(1)).await;
    }
}
