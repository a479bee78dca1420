//! Migrations that replication cannot carry both ways are refused with the table's name, before anything is closed.
use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, must, must_be_open, story, without_traces};

#[test]
fn refused_migration() {
    story("refused_migration", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let files = [
            ("1_rename.sql", "ALTER TABLE shop.\"order\" RENAME COLUMN note TO remark;"),
            ("2_backfill.sql", "UPDATE shop.customer SET name = upper(name);"),
            ("3_type.sql", "ALTER TABLE shop.product ALTER COLUMN weight TYPE numeric USING weight::numeric;"),
        ];
        story.files("shop-0042", &files).await?;
        let migration = story.migrate(json!({"spec": {"cutover": {"policy": "Automatic"}}})).await?;
        let seen = migration.condition("Stalled", "True", &["MigrationRefused"], LONG).await?;
        let (_, _, message) = seen.condition("Stalled").unwrap_or_default();
        // Each by its reason: a word such as "order" may stand in a message for another cause.
        for word in ["ColumnRenamed", "RowsChanged", "TypeChanged", "customer", "product"] {
            must(message.contains(word), format!("the message must name {word}: {message}"))?;
        }
        must(seen.is("SchemaMigrated", "False"), "SchemaMigrated must be false")?;
        must(seen.is("BlueClosed", "False"), "nothing is closed")?;
        must(!seen.phases.iter().any(|phase| phase == "CuttingOver"), "a refused migration must never be switched to")?;
        let blue = database.blue_pod().await?;
        must_be_open(&blue).await?;
        writers.more(100, SHORT).await?;

        // The way out that is always there: delete it, and blue is as it was.
        migration.delete(SHORT).await?;
        without_traces(&blue, &[], SHORT).await?;
        must(writers.ledger.report().reigns().len() == 1, "writers must never have left blue")?;
        writers.stop().await;
        Ok(())
    });
}
