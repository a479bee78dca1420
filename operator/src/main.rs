//! The binary `verdigris`: `controller`, `mover`, `crds`, and small helpers of the chart.
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use kube::{
    Client, Config,
    runtime::events::{Recorder, Reporter},
};
use tokio::sync::watch;
use verdigris::{
    context::Context,
    controller, health,
    lease::{Elector, RETRY, Role},
    metrics::Metrics,
};

#[derive(Parser)]
#[command(name = "verdigris", version, about = "Takes a PostgreSQL database from blue to green")]
struct Cli {
    /// What to log, as tracing's filter understands it.
    #[arg(long, env = "VERDIGRIS_LOG", default_value = "info", global = true)]
    log: String,
    /// `json` or `text`.
    #[arg(long, env = "VERDIGRIS_LOG_FORMAT", default_value = "text", global = true)]
    log_format: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Reconcile `DatabaseMigration` objects.
    Controller(ControllerArgs),
    /// Copy, migrate or compare: what a Job runs.
    Mover {
        #[command(subcommand)]
        command: verdigris::mover::Command,
    },
    /// Print the CustomResourceDefinition.
    Crds,
    /// Fail while a migration is under way: the chart asks before it uninstalls.
    UninstallCheck {
        /// The one namespace to look at. Default: all.
        #[arg(long, env = "VERDIGRIS_WATCH_NAMESPACE")]
        watch_namespace: Option<String>,
    },
    /// Print the names of the switchover's fault points, one a line.
    Steps,
}

#[derive(clap::Args)]
struct ControllerArgs {
    /// Image that movers run: this operator's own.
    #[arg(long, env = "VERDIGRIS_IMAGE")]
    image: String,
    /// Namespace of the Lease: the operator's own.
    #[arg(long, env = "POD_NAMESPACE", default_value = "default")]
    lease_namespace: String,
    /// Name of this process among candidates.
    #[arg(long, env = "POD_NAME", default_value = "verdigris")]
    identity: String,
    /// The one namespace to look at. Default: all.
    #[arg(long, env = "VERDIGRIS_WATCH_NAMESPACE")]
    watch_namespace: Option<String>,
    /// Where health and metrics are served.
    #[arg(long, env = "VERDIGRIS_LISTEN", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// Honour VERDIGRIS_FAULT. Never in production.
    #[arg(long)]
    test_faults: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    rustls::crypto::ring::default_provider().install_default().ok();
    let cli = Cli::parse();
    // Notices of a server can hold row content: the driver must not log them (I10).
    let filter = tracing_subscriber::EnvFilter::new(format!("{},tokio_postgres=off", cli.log));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if cli.log_format == "json" {
        logs.json().init();
    } else {
        logs.init();
    }
    match cli.command {
        Command::Controller(args) => lead(args).await,
        Command::Mover { command } => move_on(command).await,
        Command::Crds => print_crd(),
        Command::UninstallCheck { watch_namespace } => {
            let namespace = watch_namespace.as_deref().filter(|n| !n.is_empty());
            verdigris::uninstall::check(&client().await?, namespace).await.context("uninstall refused")
        }
        Command::Steps => {
            for step in verdigris::postgres::faults::points() {
                println!("{step}");
            }
            Ok(())
        }
    }
}

/// Works as a mover. One that is asked to stop ends at once, as one that is killed: the kernel does not end a container's first
/// process for SIGTERM, and it would work on for as long as Kubernetes waits.
async fn move_on(command: verdigris::mover::Command) -> Result<()> {
    tokio::select! {
        ended = command.run() => {
            // Reason and remedy alone: the cause below them holds a server's words, and those can hold row content (I10).
            ended.map_err(|error| anyhow::anyhow!("the mover gave up, another one goes on: {}", error.problem().message))
        }
        () = stop() => {
            tracing::warn!("asked to stop: the part in hand is given up, another mover goes on");
            std::process::exit(verdigris::mover::STOPPED)
        }
    }
}

fn print_crd() -> Result<()> {
    print!("{}", verdigris::crds::definition()?);
    Ok(())
}

async fn client() -> Result<Client> {
    let mut config = Config::infer().await.context("no way to the API server: neither in a pod nor a kubeconfig")?;
    config.read_timeout = None;
    Client::try_from(config).context("the API server's configuration")
}

/// Waits to lead, reconciles while it does, and ends with the Lease: a new start has nothing stale in memory.
async fn lead(args: ControllerArgs) -> Result<()> {
    let client = client().await?;
    let metrics = Metrics::default();
    let (ready, is_ready) = watch::channel(false);
    tokio::spawn(health::serve(args.listen, metrics.clone(), is_ready));
    let recorder = Recorder::new(
        client.clone(),
        Reporter { controller: "verdigris.dev/verdigris".into(), instance: Some(args.identity.clone()) },
    );
    let passed_on: BTreeMap<String, String> =
        std::env::vars().filter(|(k, _)| k.starts_with("VERDIGRIS_MOVER_")).collect();
    let context =
        Arc::new(Context::new(client.clone(), recorder, args.image, passed_on, metrics.clone(), args.test_faults));
    let mut elector = Elector::new(client, &args.lease_namespace, format!("{}_{}", args.identity, context.holder));
    let mut until = loop {
        match elector.step().await {
            Ok(Role::Leader { until }) => break until,
            Ok(Role::Follower) => {
                ready.send_replace(true);
            }
            Err(error) => tracing::warn!("{}", error.problem().message),
        }
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = stop() => return Ok(()),
        }
    };
    ready.send_replace(true);
    metrics.leader.set(1);
    tracing::info!(identity = args.identity, "leading");
    let mut work = tokio::spawn(controller::run(context, args.watch_namespace.filter(|n| !n.is_empty())));
    loop {
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = stop() => {
                work.abort();
                elector.release().await;
                return Ok(());
            }
            ended = &mut work => anyhow::bail!("the controller ended: {ended:?}"),
        }
        match elector.step().await {
            Ok(Role::Leader { until: later }) => until = later,
            Ok(Role::Follower) => anyhow::bail!("another process leads"),
            Err(error) => tracing::warn!("{}", error.problem().message),
        }
        anyhow::ensure!(
            std::time::Instant::now() + Duration::from_secs(1) < until,
            "the Lease could not be renewed in time"
        );
    }
}

/// Ends when the process is asked to stop.
async fn stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
