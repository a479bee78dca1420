//! Which migrations an operator looks after: all of the cluster, one namespace's, or those that a label selector picks. Two
//! operators whose scopes meet would take turns; their epochs keep that safe, and nothing makes it useful.
use kube::{Api, Client, Resource, api::ListParams, core::NamespaceResourceScope, runtime::watcher};
use serde::de::DeserializeOwned;
use verdigris_crds::DatabaseMigration;

/// As it is asked for on the command line or in the environment.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Scope {
    /// The one namespace to look at. Default: all.
    #[arg(long, env = "VERDIGRIS_WATCH_NAMESPACE")]
    pub watch_namespace: Option<String>,
    /// Label selector of the migrations to look after, as kubectl's `-l` takes it. Default: all.
    #[arg(long, env = "VERDIGRIS_WATCH_SELECTOR")]
    pub watch_selector: Option<String>,
}

impl Scope {
    /// Objects of a kind where this operator looks.
    pub fn api<K>(&self, client: &Client) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
    {
        match self.watch_namespace.as_deref().filter(|namespace| !namespace.is_empty()) {
            Some(namespace) => Api::namespaced(client.clone(), namespace),
            None => Api::all(client.clone()),
        }
    }

    /// Asks once, so that a selector that cannot be one is told at the start.
    ///
    /// # Errors
    /// The API server refuses the selector. What may pass by itself is none.
    pub async fn check(&self, client: &Client) -> Result<(), kube::Error> {
        match self.api::<DatabaseMigration>(client).list(&self.listed().limit(1)).await {
            Err(kube::Error::Api(status)) if status.code == 400 => Err(kube::Error::Api(status)),
            _ => Ok(()),
        }
    }

    /// How migrations are watched.
    pub fn watched(&self) -> watcher::Config {
        let all = watcher::Config::default().any_semantic();
        match self.selector() {
            Some(selector) => all.labels(selector),
            None => all,
        }
    }

    /// How migrations are listed.
    pub fn listed(&self) -> ListParams {
        self.selector().map_or_else(ListParams::default, |selector| ListParams::default().labels(selector))
    }

    fn selector(&self) -> Option<&str> {
        self.watch_selector.as_deref().filter(|selector| !selector.is_empty())
    }
}
