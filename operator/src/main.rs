//! The binary `verdigris`: `controller`, `mover`, `crds`, and small helpers of the chart.
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

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
    scope::Scope,
};

/// How long work under way may take to end once the process is asked to stop: a switchover above all, which takes a few seconds as a
/// rule. What takes longer ends as if the process were killed. The chart gives the pod ten seconds more.
const ENDING: Duration = Duration::from_secs(60);

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
        #[command(flatten)]
        scope: Scope,
    },
    /// Print the names of the switchover's fault points, one a line.
    Steps,
}

#[derive(clap::Args)]
struct ControllerArgs {
    /// Image that movers run: this operator's own.
    #[arg(long, env = "VERDIGRIS_IMAGE")]
    image: String,
    /// When a node fetches that image: this operator's own imagePullPolicy.
    #[arg(long, env = "VERDIGRIS_IMAGE_PULL_POLICY", default_value = "IfNotPresent")]
    image_pull_policy: String,
    /// Namespace of the Lease: the operator's own.
    #[arg(long, env = "POD_NAMESPACE", default_value = "default")]
    lease_namespace: String,
    /// Name of this process among candidates.
    #[arg(long, env = "POD_NAME", default_value = "verdigris")]
    identity: String,
    #[command(flatten)]
    scope: Scope,
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
        Command::UninstallCheck { scope } => {
            verdigris::uninstall::check(&client().await?, &scope).await.context("uninstall refused")
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
    let stop = asked_to_stop()?;
    tokio::select! {
        ended = command.run() => {
            // Reason and remedy alone: the cause below them holds a server's words, and those can hold row content (I10).
            ended.map_err(|error| anyhow::anyhow!("the mover gave up, another one goes on: {}", error.problem().message))
        }
        () = stop => {
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
    args.scope.check(&client).await.context("the migrations to look after (--watch-selector)")?;
    let metrics = Metrics::default();
    let (ready, is_ready) = watch::channel(false);
    tokio::spawn(health::serve(args.listen, metrics.clone(), is_ready));
    let recorder = Recorder::new(
        client.clone(),
        Reporter { controller: "verdigris.dev/verdigris".into(), instance: Some(args.identity.clone()) },
    );
    let passed_on: BTreeMap<String, String> =
        std::env::vars().filter(|(k, _)| k.starts_with("VERDIGRIS_MOVER_")).collect();
    let context = Arc::new(Context::new(
        client.clone(),
        recorder,
        args.image,
        args.image_pull_policy,
        passed_on,
        metrics.clone(),
        args.test_faults,
    ));
    let mut elector = Elector::new(client, &args.lease_namespace, format!("{}_{}", args.identity, context.holder));
    // One listener for all of it: a signal that comes while nobody listens is lost.
    let mut stop = pin!(asked_to_stop()?);
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
            () = &mut stop => return Ok(()),
        }
    };
    ready.send_replace(true);
    metrics.leader.set(1);
    tracing::info!(identity = args.identity, "leading");
    let mut work = tokio::spawn(controller::run(context.clone(), args.scope));
    let mut leave_by = None;
    loop {
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = &mut stop, if leave_by.is_none() => {
                tracing::info!("asked to stop: what is under way ends first");
                context.stop();
                leave_by = Some(Instant::now() + ENDING);
            }
            ended = &mut work => {
                anyhow::ensure!(leave_by.is_some(), "the controller ended: {ended:?}");
                elector.release().await;
                return Ok(());
            }
        }
        if leave_by.is_some_and(|at| Instant::now() > at) {
            work.abort();
            elector.release().await;
            anyhow::bail!("work under way did not end in {} s", ENDING.as_secs());
        }
        match elector.step().await {
            Ok(Role::Leader { until: later }) => until = later,
            Ok(Role::Follower) => anyhow::bail!("another process leads"),
            Err(error) => tracing::warn!("{}", error.problem().message),
        }
        anyhow::ensure!(Instant::now() + Duration::from_secs(1) < until, "the Lease could not be renewed in time");
    }
}

/// Ends when the process is asked to stop. It listens from now on: the kernel drops what a container's first process does not
/// listen for.
fn asked_to_stop() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    })
}
