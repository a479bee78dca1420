//! What belongs to the server and not to the database: roles, memberships, settings, rights on the database. SQL that
//! generates SQL, run in a session that logs nothing: password hashes pass through it.
use serde_json::Value;
use tokio_postgres::Client;

use crate::mover::error::{Doing, Error};
use crate::mover::session;
use crate::mover::settings::Settings;

/// Roles of blue, without ours and PostgreSQL's own. A role that green has keeps what it has and gains what it lacks.
pub async fn roles(settings: &Settings, blue: &Client, green: &Client) -> Result<(), Error> {
    let there = session::one(green, "reading green's roles", include_str!("../sql/globals_there.sql"), &[]).await?;
    let there: Value = session::column(&there, "roles")?;
    let prefix = settings.names().prefix();
    let statements =
        session::all(blue, "reading blue's roles", include_str!("../sql/globals_roles.sql"), &[&there, &prefix])
            .await?;
    for row in statements {
        // The words of a statement can hold a password's hash: errors name the step alone.
        session::batch(green, "making blue's roles on green", session::column(&row, "statement")?).await?;
    }
    Ok(())
}

/// Settings, owner and rights of the database. A setting that green does not know is left out, and that is logged by name.
pub async fn settings(settings: &Settings, blue: &Client, green: &Client) -> Result<(), Error> {
    let prefix = settings.names().prefix();
    let sql = include_str!("../sql/globals_settings.sql");
    for row in session::all(blue, "reading blue's settings", sql, &[&settings.database, &prefix]).await? {
        let statement: &str = session::column(&row, "statement")?;
        // Up to the value: that is the user's, and may be a secret.
        let head = statement.split(" TO ").next().unwrap_or_default();
        let Err(source) = green.batch_execute(statement).await else { continue };
        let unknown =
            ["42704", "22023", "55P02"].contains(&source.code().map_or("", tokio_postgres::error::SqlState::code));
        if !statement.contains(" SET ") || !unknown {
            return Err(source).doing(&format!("giving green what blue has: {head}"));
        }
        tracing::warn!("green does not know a setting of blue's and goes without it: {head}");
    }
    Ok(())
}
