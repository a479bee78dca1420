//! The migrator role: passes the gate by its token, is no superuser, acts as the owner of the database, and is locked out at
//! the end. Its password lives as long as this mover; the server is told no more than its verifier.
use std::time::Duration;

use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;
use verdigris_crds::Side;

use crate::mover::error::{Doing, Error};
use crate::mover::session;
use crate::mover::settings::Settings;
use crate::postgres::password::{self, Secret};

/// How to open sessions as the migrator.
pub struct Migrator {
    password: Secret,
    token: String,
    search_path: Option<String>,
}

fn secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// Makes the role, or gives it a new password, and lets it through the gate.
pub async fn make(settings: &Settings, green: &Client, role: Option<&str>) -> Result<Migrator, Error> {
    let name = settings.names().migrator_role();
    let rows = session::all(
        green,
        "looking for the role of migrations",
        include_str!("../sql/owner.sql"),
        &[&settings.database, &role, &name],
    )
    .await?;
    let Some(owner) = rows.first() else {
        let wanted = role.unwrap_or("the owner of the database");
        return Err(Error::permanent(
            "MigrationRoleMissing",
            format!(
                "green has no role {wanted}: make it there; or delete this object and start again with a role that exists in spec.databases[].migrationRole, which is frozen by now"
            ),
        ));
    };
    let acting: String = session::column(owner, "role")?;
    let migrator = Migrator {
        password: password::generate(),
        token: secret(),
        search_path: session::column(owner, "search_path")?,
    };
    let there: bool = session::column(owner, "migrator")?;
    let sql = include_str!("../sql/migrator.sql");
    for row in session::all(
        green,
        "wording the migrator role",
        sql,
        &[&name, &migrator.password.verifier(), &acting, &settings.database, &there],
    )
    .await?
    {
        session::batch(green, "making the migrator role", session::column(&row, "statement")?).await?;
    }
    let sql = include_str!("../sql/runner.sql");
    let told = session::execute(green, "letting the migrator through the gate", sql, &[&Some(&migrator.token)]).await?;
    if told == 0 {
        return Err(Error::run_over());
    }
    Ok(migrator)
}

/// Nobody passes the gate any more; the role cannot log in, and its sessions are ended.
pub async fn lock_out(settings: &Settings, green: &Client) -> Result<(), Error> {
    session::execute(green, "shutting the gate", include_str!("../sql/runner.sql"), &[&None::<String>]).await?;
    let sql = include_str!("../sql/migrator_end.sql");
    for row in
        session::all(green, "wording the end of the migrator role", sql, &[&settings.names().migrator_role()]).await?
    {
        session::batch(green, "locking the migrator out", session::column(&row, "statement")?).await?;
    }
    Ok(())
}

impl Migrator {
    /// A session as the migrator: users' triggers and constraints see it, as they see an application.
    pub async fn open(&self, settings: &Settings) -> Result<Client, Error> {
        let doing = "connecting to green as the migrator";
        let (host, port, _, _) = settings.login(Side::Green);
        let names = settings.names();
        let (client, connection) = Config::new()
            .host(host)
            .port(port)
            .user(names.migrator_role())
            .password(self.password.expose())
            .dbname(&settings.database)
            .application_name(names.application(0, "mover"))
            .options(format!("-c verdigris.runner={}", self.token))
            .connect_timeout(Duration::from_secs(10))
            .connect(NoTls)
            .await
            .doing(doing)?;
        tokio::spawn(async move { drop(connection.await) });
        if let Some(path) = &self.search_path {
            // Stored as a list of quoted names, so it is used as it is.
            session::batch(&client, doing, &format!("SET search_path TO {path}")).await?;
        }
        Ok(client)
    }
}
