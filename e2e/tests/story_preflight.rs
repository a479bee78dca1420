//! What stands in the way is said before anything is touched: reason, what is wrong, what mends it. Mended, the run goes on.
use anyhow::Result;
use serde_json::{Value, json};
use verdigris_e2e::cluster::{Blue, Database, Green, LONG, SHORT, Story, must, story, traces};

/// A name, the difference to the base manifest, and the reasons that must be told.
fn refusals() -> Vec<(&'static str, Value, &'static [&'static str])> {
    let blue = |difference: Value| json!({"spec": {"blue": difference}});
    vec![
        ("no-secret", blue(json!({"adminSecretRef": {"name": "nobody"}})), &["SecretMissing"]),
        ("no-key", blue(json!({"adminSecretRef": {"name": "half"}})), &["SecretKeyMissing"]),
        ("password", blue(json!({"adminSecretRef": {"name": "wrong"}})), &["CredentialsRejected"]),
        ("no-workload", blue(json!({"workload": {"name": "nobody"}})), &["WorkloadMissing"]),
        ("no-pod", blue(json!({"selector": {"app": "nobody"}})), &["NoPod"]),
        ("unreachable", blue(json!({"port": 5999})), &["ServerUnreachable"]),
        ("no-service", json!({"spec": {"service": {"name": "nobody"}}}), &["ServiceMissing"]),
        (
            "both-sides",
            json!({"spec": {"green": {"selector": {"app": "shop-db", "more": "x"}}}}),
            &["SelectorsOverlap"],
        ),
        (
            "no-files",
            json!({"spec": {"migrations": [{"name": "m", "sql": {"configMapRef": {"name": "nobody"}}}]}}),
            &["ConfigMapMissing"],
        ),
        ("no-database", json!({"spec": {"databases": [{"name": "nobody"}]}}), &["DatabaseMissing"]),
        ("existing-green", json!({"spec": {"green": {"provision": null}}}), &["GreenOlderThanBlue", "GreenNotEmpty"]),
        (
            "all-at-once",
            json!({"spec": {"service": {"name": "nobody"}, "blue": {"workload": {"name": "nobody"}, "adminSecretRef": {"name": "nobody"}}}}),
            &["ServiceMissing", "WorkloadMissing", "SecretMissing"],
        ),
    ]
}

async fn refused(story: &Story, name: &str, mut difference: Value, reasons: &[&str]) -> Result<()> {
    difference.as_object_mut().map(|object| object.insert("metadata".into(), json!({"name": name})));
    let migration = story.migrate(difference).await?;
    let seen = migration
        .until(&format!("refused for {reasons:?}"), SHORT, |seen| {
            let told = seen.condition("PreflightPassed");
            seen.is("Stalled", "True")
                && told.is_some_and(|(is, _, text)| is == "False" && reasons.iter().all(|reason| text.contains(reason)))
        })
        .await?;
    let (_, reason, message) = seen.condition("PreflightPassed").unwrap_or_default();
    must(!reason.is_empty() && message.len() <= 1024, format!("{name}: a message of at most 1 KiB: {message}"))?;
    must(seen.phase() == "Preflight", format!("{name}: nothing has begun, phase {}", seen.phase()))?;
    println!("{name}: {message}");
    // Nothing was made, so nothing holds the object.
    migration.delete(SHORT).await
}

#[test]
fn preflight() {
    story("preflight", |story| async move {
        let database =
            Database::blue(&story.kubectl, Blue { image: "postgres:16", rows: 200, ..Blue::default() }).await?;
        database.existing_green(Green { image: "postgres:15" }).await?;
        database.green_pod().await?.run("CREATE TABLE public.not_empty (id int PRIMARY KEY)").await?;
        for (name, data) in [
            ("half", json!({"username": "postgres"})),
            ("wrong", json!({"username": "postgres", "password": "not it"})),
        ] {
            let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data});
            story.kubectl.apply(&secret.to_string()).await?;
        }
        for (name, difference, reasons) in refusals() {
            refused(&story, name, difference, reasons).await?;
        }
        let left = traces(&database.blue_pod().await?).await?;
        must(left.is_empty(), format!("a preflight leaves nothing on blue: {left:?}"))?;
        let pods = story.kubectl.value("pods", "{.items[*].metadata.name}").await?;
        must(pods.split_whitespace().count() == 2, format!("a refused run makes no pod: {pods}"))?;

        // What was missing comes, and the same object goes on by itself.
        story.kubectl.run(&["delete", "statefulset/shop-green", "pvc/data-shop-green-0"]).await?;
        let late = json!({"metadata": {"name": "late"}, "spec": {
            "green": {"selector": {"app": "shop-db-late"}, "provision": {"statefulSet": {"name": "shop-late", "image": "postgres:16"}}},
            "migrations": [{"name": "late", "sql": {"configMapRef": {"name": "late"}}}]}});
        let migration = story.migrate(late).await?;
        migration.condition("PreflightPassed", "False", &[], SHORT).await?;
        story.files("late", &[("1.sql", "CREATE TABLE shop.late (id int PRIMARY KEY);")]).await?;
        migration.until("past the preflight", LONG, |seen| seen.is("PreflightPassed", "True")).await?;
        migration.plan(LONG).await?;
        migration.delete(SHORT).await
    });
}
