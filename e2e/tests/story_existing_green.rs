//! A green that exists and is empty, 15 to 18: nothing is provisioned, and its StatefulSet is not touched.
use serde_json::json;
use verdigris_e2e::cluster::{Green, LONG, SHORT, must, story};

#[test]
fn existing_green() {
    story("existing_green", |story| async move {
        let database = story.shop().await?;
        database.existing_green(Green { image: "postgres:18" }).await?;
        let generation = story.kubectl.value("statefulset/shop-green", "{.metadata.generation}").await?;
        let writers = story.writers(&database, 100)?;
        let migration =
            story.migrate(json!({"spec": {"green": {"provision": null}, "cutover": {"policy": "Automatic"}}})).await?;
        migration.phase("RollbackWindow", LONG).await?;
        writers.more(200, SHORT).await?;
        let version = database.clients().value("SELECT current_setting('server_version_num')::int / 10000").await?;
        must(version.as_deref() == Some("18"), "clients must be on 18")?;
        let now = story.kubectl.value("statefulset/shop-green", "{.metadata.generation}").await?;
        must(now == generation, "an existing green must be left as it is")?;
        story.in_step(writers, &database.green_pod().await?, &database.blue_pod().await?).await?;
        Ok(())
    });
}
