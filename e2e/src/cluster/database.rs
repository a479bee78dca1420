//! The databases of a story: blue as a user would run it, an existing green, and how to reach each side by itself.
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::{Kubectl, kubectl::program, render};
use crate::{
    pg::Target,
    shop::{self, DATABASE, OWNER, OWNER_PASSWORD},
};

/// How blue is made.
#[derive(Clone, Copy, Debug)]
pub struct Blue<'a> {
    /// Image of the server.
    pub image: &'a str,
    /// Rows of the shop, about.
    pub rows: u32,
    /// Size of its volume.
    pub storage: &'a str,
    /// `shared_buffers`.
    pub buffers: &'a str,
}

impl Default for Blue<'_> {
    fn default() -> Self {
        Self { image: "postgres:15", rows: 5_000, storage: "2Gi", buffers: "64MB" }
    }
}

/// An existing green.
#[derive(Clone, Copy, Debug)]
pub struct Green<'a> {
    /// Image of the server.
    pub image: &'a str,
}

/// Both sides of a story and the client Service.
#[derive(Clone, Debug)]
pub struct Database {
    kubectl: Kubectl,
    password: String,
}

/// Labels of blue's and green's pods.
const BLUE: &str = "app=shop-db";
const GREEN: &str = "app=shop-db-green";
/// From a pod's readiness to the first session from the node.
const REACHED: Duration = Duration::from_secs(30);

impl Database {
    /// Starts blue, makes the shop in it, and the Service in front of it.
    ///
    /// # Errors
    /// A manifest is refused, the pod does not become ready, or SQL fails.
    pub async fn blue(kubectl: &Kubectl, blue: Blue<'_>) -> Result<Self> {
        let database = Self { kubectl: kubectl.clone(), password: uuid::Uuid::new_v4().simple().to_string() };
        let values = [
            ("PASSWORD", database.password.as_str()),
            ("IMAGE", blue.image),
            ("BUFFERS", blue.buffers),
            ("STORAGE", blue.storage),
        ];
        kubectl.apply(&render(include_str!("../../manifests/blue.yaml"), &values)?).await?;
        kubectl.create(include_str!("../../manifests/service.yaml")).await?;
        kubectl.apply(include_str!("../../manifests/migrations.yaml")).await?;
        ready(kubectl, "shop-blue-0").await?;
        answers(&database.admin(BLUE).await?).await?;
        shop::create(&database.admin(BLUE).await?.database("postgres"), blue.rows).await?;
        Ok(database)
    }

    /// Starts a green that exists before the migration does.
    ///
    /// # Errors
    /// A manifest is refused or the pod does not become ready.
    pub async fn existing_green(&self, green: Green<'_>) -> Result<()> {
        self.kubectl.apply(&render(include_str!("../../manifests/green.yaml"), &[("IMAGE", green.image)])?).await?;
        ready(&self.kubectl, "shop-green-0").await?;
        answers(&self.admin(GREEN).await?).await
    }

    /// Two pods of PgBouncer before the client Service, pooling by `session`, `transaction` or `statement`.
    ///
    /// # Errors
    /// A manifest is refused, or they do not become ready.
    pub async fn pooler(&self, mode: &str) -> Result<()> {
        let password = uuid::Uuid::new_v4().simple().to_string();
        let values = [
            ("PASSWORD", password.as_str()),
            ("OWNER", OWNER),
            ("OWNER_PASSWORD", OWNER_PASSWORD),
            ("NAMESPACE", self.kubectl.namespace.as_str()),
            ("MODE", mode),
        ];
        self.kubectl.apply(&render(include_str!("../../manifests/pooler.yaml"), &values)?).await?;
        self.kubectl.wait("deployment/shop-pooler", "condition=Available", Duration::from_secs(60)).await
    }

    /// The pooler, as the application's role.
    pub fn pooled_clients(&self) -> Target {
        let host = format!("shop-pooler.{}.svc.cluster.local", self.kubectl.namespace);
        self.target(host).role(OWNER, OWNER_PASSWORD)
    }

    /// The client Service, as the application's role: what writers connect to.
    pub fn clients(&self) -> Target {
        let host = format!("shop-db.{}.svc.cluster.local", self.kubectl.namespace);
        self.target(host).role(OWNER, OWNER_PASSWORD)
    }

    /// Blue's pod by address, as superuser.
    ///
    /// # Errors
    /// There is no such pod with an address.
    pub async fn blue_pod(&self) -> Result<Target> {
        self.admin(BLUE).await
    }

    /// Green's pod by address, as superuser.
    ///
    /// # Errors
    /// There is no such pod with an address.
    pub async fn green_pod(&self) -> Result<Target> {
        self.admin(GREEN).await
    }

    /// The superuser gets another password, on every side that runs and in the Secret, as a rotation does it.
    ///
    /// # Errors
    /// A side or the API server does not answer.
    pub async fn rotate(&mut self, sides: &[Target]) -> Result<()> {
        let password = uuid::Uuid::new_v4().simple().to_string();
        for side in sides {
            // On a closed side new sessions are read-only.
            side.run(&format!("BEGIN READ WRITE; ALTER ROLE postgres PASSWORD '{password}'; COMMIT")).await?;
        }
        self.kubectl.patch("secret/shop-admin", &serde_json::json!({"stringData": {"password": password}})).await?;
        self.password = password;
        Ok(())
    }

    /// The superuser's password.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The pod with these labels by address, as superuser.
    ///
    /// # Errors
    /// There is no such pod with an address.
    pub async fn pod(&self, labels: &str) -> Result<Target> {
        self.admin(labels).await
    }

    async fn admin(&self, labels: &str) -> Result<Target> {
        let path = "jsonpath={.items[0].status.podIP}";
        let address = self.kubectl.run(&["get", "pods", "-l", labels, "-o", path]).await.unwrap_or_default();
        ensure!(!address.is_empty(), "no pod with an address carries {labels} in {}", self.kubectl.namespace);
        Ok(self.target(address))
    }

    fn target(&self, host: String) -> Target {
        Target { host, port: 5432, user: "postgres".into(), password: self.password.clone(), database: DATABASE.into() }
    }
}

async fn ready(kubectl: &Kubectl, pod: &str) -> Result<()> {
    kubectl
        .wait(&format!("pod/{pod}"), "condition=Ready", Duration::from_secs(90))
        .await
        .with_context(|| format!("pod {pod} is not ready"))
}

/// A pod is ready by what it says to itself; that it can be reached from here is seen only from here. What it takes is told.
async fn answers(server: &Target) -> Result<()> {
    let began = Instant::now();
    loop {
        match server.database("postgres").connect("e2e").await {
            Ok(_) if began.elapsed() < Duration::from_secs(1) => return Ok(()),
            Ok(_) => {
                println!("# {} answered after {} ms", server.host, began.elapsed().as_millis());
                return Ok(());
            }
            Err(error) if began.elapsed() > REACHED => {
                let neighbours = program("ip", &["neigh", "show", &server.host], "").await.unwrap_or_default();
                bail!("{} is ready and cannot be reached: {error}; the node's neighbour: {neighbours}", server.host);
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}
