//! Somebody points the Service back at blue after the cutover: blue refuses the writes, and the operator puts it right.
use serde_json::json;
use verdigris_e2e::cluster::{SHORT, must, story};

#[test]
fn selector_reverted() {
    story("selector_reverted", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let _migration = story.cut_over(json!({})).await?;
        writers.more(100, SHORT).await?;
        story.kubectl.patch("service/shop-db", &json!({"spec": {"selector": {"app": "shop-db"}}})).await?;
        let end = std::time::Instant::now() + SHORT;
        loop {
            let selector = story.kubectl.value("service/shop-db", "{.spec.selector}").await?;
            if selector.contains("shop-db-green") {
                break;
            }
            must(std::time::Instant::now() < end, "the operator must put the selector back")?;
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
        writers.more(300, SHORT).await?;
        let reigns = writers.ledger.report().reigns();
        must(reigns.len() == 2, format!("blue must not have taken a write: {reigns:?}"))?;
        story.in_step(writers, &database.green_pod().await?, &database.blue_pod().await?).await?;
        Ok(())
    });
}
