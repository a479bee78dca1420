//! Clients behind two pods of PgBouncer see the writer move there and back without a single error.
use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, must, must_be_closed, story};

#[test]
fn pooler() {
    story("pooler", |story| async move {
        let database = story.shop().await?;
        database.pooler("transaction").await?;
        let writers = story.pooled_writers(&database, 200)?;
        let spec = json!({"spec": {"pooler": {"pgBouncer": {"selector": {"app": "shop-pooler"}, "adminSecretRef": {"name": "pooler-admin"}}}}});
        let migration = story.cut_over(spec).await?;
        writers.more(300, SHORT).await?;
        must_be_closed(&database.blue_pod().await?).await?;
        migration.roll_back().await?;
        migration.phase("RolledBack", LONG).await?;
        writers.more(300, SHORT).await?;
        let report = writers.ledger.report();
        must(report.errors.is_empty(), format!("clients must see no error: {:?}", report.errors))?;
        must(report.reigns().len() == 3, format!("blue, green, blue: {:?}", report.reigns()))?;
        story.frozen(writers, &database.blue_pod().await?, &database.green_pod().await?).await.map(drop)
    });
}
