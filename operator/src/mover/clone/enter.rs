//! Entering a clone, under the chief's lock: make it, join it, start it over, or refuse.
use tokio_postgres::{Client, Row};
use uuid::Uuid;
use verdigris_core::fact::Problem;
use verdigris_crds::Side;

use super::snapshot::Anchor;
use super::{Chief, STEP, birth, globals};
use crate::mover::error::Error;
use crate::mover::settings::Settings;
use crate::mover::{failure, session};

/// A mover that takes part.
pub struct Joined {
    /// The clone's id.
    pub clone: Uuid,
    /// Token that passes green's gate.
    pub runner: String,
    /// Our hold on the snapshot, while copying is left.
    pub anchor: Option<Anchor>,
}

/// `None`: the clone is finished.
pub async fn enter(settings: &Settings, chief: &Chief) -> Result<Option<Joined>, Error> {
    let blue = session::open(settings, Side::Blue).await?;
    check_blue(settings, &blue).await?;
    let look = include_str!("../sql/database_look.sql");
    let there = session::one(&blue, "looking at blue's database", look, &[&settings.database]).await?;
    match session::all(&chief.green, "looking for green's database", look, &[&settings.database]).await?.first() {
        None => {
            globals::roles(settings, &blue, &chief.green).await?;
            create(settings, chief, &there).await?;
        }
        Some(here) => same_encoding(&there, here)?,
    }
    let green = session::open(settings, Side::Green).await?;
    let state =
        session::one(&green, "looking into green's database", include_str!("../sql/database_state.sql"), &[]).await?;
    if session::column(&state, "recorded")? {
        return join(settings, chief, &blue, &green, &there).await;
    }
    if let Some(found) = session::column::<Option<String>>(&state, "first_object")? {
        return Err(Error::permanent(
            "GreenNotEmpty",
            format!(
                "green's database {} is not empty: it holds {found}; give an empty database, or none",
                settings.database
            ),
        ));
    }
    globals::roles(settings, &blue, &chief.green).await?;
    globals::settings(settings, &blue, &chief.green).await?;
    birth::birth(settings, &blue, &green).await.map(Some)
}

async fn check_blue(settings: &Settings, blue: &Client) -> Result<(), Error> {
    let row = session::one(blue, "reading blue's record", include_str!("../sql/blue_state.sql"), &[]).await?;
    let uid: String = session::column(&row, "uid")?;
    let side: String = session::column(&row, "side")?;
    if uid == settings.names().run() && side == "blue" {
        return Ok(());
    }
    Err(Error::permanent(
        "BlueIsNotOurs",
        format!(
            "the record on blue says it is {side} of run {uid}, not blue of {}; end that run first",
            settings.names().run()
        ),
    ))
}

fn same_encoding(there: &Row, here: &Row) -> Result<(), Error> {
    let (blue, green): (String, String) = (session::column(there, "encoding")?, session::column(here, "encoding")?);
    if blue == green {
        return Ok(());
    }
    Err(Error::permanent(
        "EncodingDiffers",
        format!(
            "blue's database is {blue}, green's is {green}: drop green's empty database and it is made like blue's"
        ),
    ))
}

async fn create(settings: &Settings, chief: &Chief, like: &Row) -> Result<(), Error> {
    let text = |name| session::column::<Option<String>>(like, name);
    let sql = session::one(
        &chief.green,
        "wording CREATE DATABASE",
        include_str!("../sql/database_create.sql"),
        &[
            &settings.database,
            &text("owner")?,
            &text("encoding")?,
            &text("collate")?,
            &text("ctype")?,
            &text("provider")?,
            &text("locale")?,
            &text("rules")?,
        ],
    )
    .await?;
    let statement: String =
        sql.try_get(0).map_err(|source| Error::Database { doing: "wording CREATE DATABASE".into(), source })?;
    session::batch(
        &chief.green,
        &format!(
            "creating database {} on green like blue's (locale {})",
            settings.database,
            text("collate")?.unwrap_or_default()
        ),
        &statement,
    )
    .await
}

async fn join(
    settings: &Settings,
    chief: &Chief,
    blue: &Client,
    green: &Client,
    there: &Row,
) -> Result<Option<Joined>, Error> {
    let state = session::one(green, "reading green's record", include_str!("../sql/clone_state.sql"), &[]).await?;
    let uid: String = session::column(&state, "uid")?;
    let side: String = session::column(&state, "side")?;
    let clone: Option<Uuid> = session::column(&state, "clone")?;
    let (Some(clone), true) = (clone, uid == settings.names().run() && side == "green") else {
        return Err(Error::permanent(
            "GreenIsNotOurs",
            format!("green's database {} is {side} of run {uid}; drop it, or name another green", settings.database),
        ));
    };
    if session::column(&state, "retired")? {
        return Err(Error::run_over());
    }
    if session::column(&state, "finished")? {
        return Ok(None);
    }
    let runner: String = session::column::<Option<String>>(&state, "runner")?.unwrap_or_default();
    if !session::column::<bool>(&state, "needs_snapshot")? {
        return Ok(Some(Joined { clone, runner, anchor: None }));
    }
    for row in session::all(green, "reading snapshots", include_str!("../sql/snapshots.sql"), &[]).await? {
        if let Some(anchor) = Anchor::import(settings, &session::column::<String>(&row, "name")?).await? {
            anchor.register(green).await?;
            return Ok(Some(Joined { clone, runner, anchor: Some(anchor) }));
        }
    }
    if session::column(&state, "migrated")? {
        return Err(Error::permanent(
            "SnapshotLost",
            "the snapshot is gone after migrations ran on green; drop green's database and start again",
        ));
    }
    start_over(settings, chief, blue, there).await?;
    let green = session::open(settings, Side::Green).await?;
    globals::settings(settings, blue, &chief.green).await?;
    birth::birth(settings, blue, &green).await.map(Some)
}

/// Every mover that held the snapshot is gone: what was copied belongs to no position any more. Everything in green's
/// database is ours (it was closed from birth), so it is dropped and made again.
async fn start_over(settings: &Settings, chief: &Chief, blue: &Client, there: &Row) -> Result<(), Error> {
    let lost = Problem::transient(
        "SnapshotLost",
        "all movers ended before copying was done, and the snapshot with them: the clone starts over",
    );
    failure::write(blue, STEP, &lost).await?;
    tracing::warn!(reason = lost.reason, "{}", lost.message);
    let ident: String = session::column(there, "ident")?;
    session::batch(
        &chief.green,
        "dropping green's unfinished database",
        &format!("DROP DATABASE {ident} WITH (FORCE)"),
    )
    .await?;
    create(settings, chief, there).await
}
