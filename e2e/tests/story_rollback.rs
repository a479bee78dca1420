//! Back to blue under load: every write that green took is on blue, the new schema's rows stay on green, green is closed.
use serde_json::json;
use verdigris_e2e::cluster::{SHORT, must, must_be_closed, must_be_open, story, without_traces};

#[test]
fn rollback() {
    story("rollback", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 300)?;
        let migration = story.cut_over(json!({})).await?;
        writers.more(300, SHORT).await?;
        database.clients().run("SELECT shop.deliver(1)").await?;
        database.clients().run("UPDATE shop.\"order\" SET state = 'sent' WHERE id = 2").await?;
        migration.condition("RollbackAvailable", "True", &["WindowOpen"], SHORT).await?;

        migration.roll_back().await?;
        let seen = migration.phase("RolledBack", SHORT).await?;
        must(seen.is("Ready", "True"), "the side that the spec wants serves")?;
        writers.more(300, SHORT).await?;
        let (blue, green) = (database.blue_pod().await?, database.green_pod().await?);
        let reigns = writers.ledger.report().reigns();
        must(reigns.len() == 3, format!("writes must have gone to blue, green, blue: {reigns:?}"))?;
        must_be_closed(&green).await?;
        must_be_open(&blue).await?;
        let sent = "SELECT state || ' ' || note FROM shop.\"order\" WHERE id = 2";
        let (here, there) = (blue.value(sent).await?, green.value(sent).await?);
        must(here.is_some() && here == there, format!("a row changed on green must be on blue: {there:?}, {here:?}"))?;
        must(
            green.value("SELECT count(*) FROM shop.delivery").await?.as_deref() == Some("1"),
            "green keeps its own rows",
        )?;
        without_traces(&blue, &[], SHORT).await?;
        story.frozen(writers, &blue, &green).await?;

        // Terminal: it cannot be sent forward again.
        let again = migration.patch(json!({"spec": {"writer": "Green"}})).await;
        must(
            again.is_err_and(|error| error.to_string().contains("new object")),
            "a rolled back run does not start again",
        )
    });
}
