//! Deleted in the window: traffic stays on green, blue stays closed, streams and slots go.
use serde_json::json;
use verdigris_e2e::cluster::{SHORT, must, must_be_closed, must_be_open, story, without_traces};

#[test]
fn delete_after() {
    story("delete_after", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let migration = story.cut_over(json!({})).await?;
        writers.more(100, SHORT).await?;
        migration.delete(SHORT).await?;
        writers.more(100, SHORT).await?;
        let (blue, green) = (database.blue_pod().await?, database.green_pod().await?);
        must_be_open(&green).await?;
        must_be_closed(&blue).await?;
        without_traces(&green, &["schema verdigris"], SHORT).await?;
        without_traces(&blue, &["schema", "trigger verdigris_gate", "event trigger", "setting"], SHORT).await?;
        let reigns = writers.ledger.report().reigns();
        must(reigns.len() == 2, format!("traffic must stay on green: {reigns:?}"))?;
        let selector = story.kubectl.value("service/shop-db", "{.spec.selector}").await?;
        must(selector.contains("shop-db-green"), format!("the Service must select green: {selector}"))?;
        writers.stop().await;
        Ok(())
    });
}
