//! The database of the stories and the demo: every common kind of object, and the tables that the writers touch.
//!
//! It must not hold anything that a first migration is documented to refuse (unlogged tables, large objects).
use anyhow::{Context, Result};

use crate::pg::Target;

/// Name of the database.
pub const DATABASE: &str = "shop";
/// Role that owns the database and that the writers use; no superuser.
pub const OWNER: &str = "app";
/// Its password.
pub const OWNER_PASSWORD: &str = "app's password";

/// Tables that the writers of the ledger change; every other table stands still.
pub const HOT: [&str; 3] = ["shop.ledger", "shop.journal", "shop.account"];

/// Makes roles, database and objects with about `rows` rows. `admin` is a superuser's target, any database.
///
/// # Errors
/// The first statement that fails.
pub async fn create(admin: &Target, rows: u32) -> Result<()> {
    roles(admin).await?;
    admin.run(&format!("CREATE DATABASE {DATABASE} OWNER {OWNER}")).await?;
    fill(&admin.database(DATABASE).role(OWNER, OWNER_PASSWORD), rows).await
}

/// Roles that a dump of one database does not carry.
///
/// # Errors
/// The roles exist already.
pub async fn roles(admin: &Target) -> Result<()> {
    let password = OWNER_PASSWORD.replace('\'', "''");
    admin
        .run(&format!("CREATE ROLE {OWNER} LOGIN PASSWORD '{password}'; CREATE ROLE shop_reader NOLOGIN; GRANT shop_reader TO {OWNER}"))
        .await
}

/// Makes the objects in an empty database, as its owner.
///
/// # Errors
/// The first file that fails, by name.
pub async fn fill(owner: &Target, rows: u32) -> Result<()> {
    for (name, sql) in FILES {
        let sql = sql.replace(":rows", &rows.to_string());
        let client = owner.connect("e2e/shop").await.map_err(crate::pg::told).with_context(|| owner.place())?;
        client.batch_execute(&sql).await.map_err(crate::pg::told).with_context(|| format!("shop/sql/{name}"))?;
    }
    Ok(())
}

const FILES: [(&str, &str); 5] = [
    ("10_types.sql", include_str!("sql/10_types.sql")),
    ("20_tables.sql", include_str!("sql/20_tables.sql")),
    ("30_code.sql", include_str!("sql/30_code.sql")),
    ("40_data.sql", include_str!("sql/40_data.sql")),
    ("50_after.sql", include_str!("sql/50_after.sql")),
];
