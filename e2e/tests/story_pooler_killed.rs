//! The operator dies while a pooler holds its clients: the next one lets them go, whether the writer has moved or not.
use serde_json::json;
use verdigris_e2e::cluster::{Runs, SHORT, must, story};

/// Between the pause and the end of it, on both sides of what cannot be put back.
const POINTS: [&str; 6] = ["pause-poolers", "hold", "close", "open", "flip", "resume-poolers"];

#[test]
fn pooler_killed() {
    story("pooler_killed", |story| async move {
        let database = story.shop().await?;
        database.pooler("transaction").await?;
        let writers = story.pooled_writers(&database, 100)?;
        let pooler =
            json!({"pgBouncer": {"selector": {"app": "shop-pooler"}, "adminSecretRef": {"name": "pooler-admin"}}});
        let mut runs = Runs::new(&story, json!({"pooler": pooler}))?;
        let outcome = async {
            for point in POINTS {
                runs.kill_at(point).await?;
                // Nobody but the next process can let them go.
                let next = runs.operator.start(None).await?;
                writers.more(100, SHORT).await?;
                runs.rest().await?;
                next.kill().await?;
            }
            let last = runs.to_the_end().await?;
            writers.more(100, SHORT).await?;
            last.kill().await
        }
        .await;
        runs.operator.hand_over().await?;
        outcome?;
        must(writers.ledger.report().reigns().len() > 2, "the writer moved there and back")?;
        let green = database.pod(&format!("app=shop-db-run{}", runs.number)).await?;
        story.frozen(writers, &database.blue_pod().await?, &green).await.map(drop)
    });
}
