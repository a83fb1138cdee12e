//! `ligand-relay`: the command line. What it starts is in the library.

mod command;

use std::io::Write as _;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use ligand_platform::BaseUrl;
use ligand_relay::{AllowedPlatform, Limits, Options, Security};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use crate::command::ingress_flags::IngressFlags;
use crate::command::notify::{READY, STOPPING, notify};
use crate::command::{check, files, hangup, keys, log};

/// Something went wrong.
const FAILED: u8 = 1;
/// The command line is wrong.
const USAGE: u8 = 2;

/// The public end of Ligand's tunnel.
#[derive(Parser)]
#[command(name = "ligand-relay", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the relay.
    Serve(Box<Serve>),
    /// Give out and take back keys for laptops whose platform hides its agent cards.
    Keys(keys::Keys),
    /// Look at a relay from outside: name, certificate, what stands before it, and whether callers and laptops get
    /// through. Ends with 1 if something is wrong.
    Check(check::Check),
}

#[derive(Args)]
struct Serve {
    /// Where to listen; port 0 picks one.
    #[arg(long, value_name = "ADDR", env = "LIGAND_RELAY_LISTEN")]
    listen: SocketAddr,
    /// The origin under which laptops and callers reach this relay. May be left out when listening on loopback.
    #[arg(long, value_name = "URL", env = "LIGAND_RELAY_PUBLIC_URL")]
    public_url: Option<Url>,
    /// A platform whose workspaces to serve. May be given several times.
    #[arg(
        long,
        value_name = "URL",
        env = "LIGAND_RELAY_PLATFORM",
        value_delimiter = ',',
        required = true
    )]
    platform: Vec<BaseUrl>,
    /// The org's id, where the platform wants one. With several platforms: one for each, in the same order.
    #[arg(long, value_name = "ID", env = "LIGAND_RELAY_ORG_ID", value_delimiter = ',')]
    org_id: Vec<String>,
    /// One of the platforms, whose laptops may prove themselves with their workspaces' tokens. Whoever runs this relay
    /// could then act as those workspaces, so it is for platforms that hide their agent cards, and laptops show their
    /// tokens only to relays that their users trust with them. May be given several times.
    #[arg(
        long,
        value_name = "URL",
        env = "LIGAND_RELAY_TOKEN_PROOF_FOR",
        value_delimiter = ','
    )]
    token_proof_for: Vec<BaseUrl>,
    /// The secret that all doors are made with; created when missing.
    #[arg(long, value_name = "FILE", env = "LIGAND_RELAY_SECRET_FILE")]
    secret_file: PathBuf,
    /// Which keys the workspaces' agent cards had when they were last read, so that a relay that starts anew need not
    /// ask again. Beside the secret, with `.cards` at its name's end, when left out.
    #[arg(long, value_name = "FILE", env = "LIGAND_RELAY_CARD_KEYS")]
    card_keys: Option<PathBuf>,
    /// Keys made by `ligand-relay keys`.
    #[arg(long, value_name = "FILE", env = "LIGAND_RELAY_KEYS")]
    relay_keys: Option<PathBuf>,
    /// How many seconds to hold a call for a workspace that has never said how long.
    #[arg(
        long, value_name = "SECONDS", env = "LIGAND_RELAY_DEFAULT_HOLD_S",
        default_value_t = Options::DEFAULT_HOLD.as_secs()
    )]
    default_hold_s: u64,
    /// How often in a minute the platforms may be asked about workspaces. A new laptop costs one question, a
    /// connected one about one in ten minutes.
    #[arg(
        long, value_name = "N", env = "LIGAND_RELAY_LOOKUPS_PER_MIN",
        default_value_t = Options::DEFAULT_LOOKUPS_PER_MIN, value_parser = clap::value_parser!(u32).range(1..)
    )]
    lookups_per_min: u32,
    #[command(flatten)]
    ingress: IngressFlags,
    /// Where to tell how the relay does: /metrics for Prometheus, /healthz, /readyz. Plain HTTP, not for strangers: use
    /// a loopback address. Off when left out.
    #[arg(long, value_name = "ADDR", env = "LIGAND_RELAY_METRICS_LISTEN")]
    metrics_listen: Option<SocketAddr>,
    /// How many seconds calls in flight may take when the relay is told to stop.
    #[arg(
        long, value_name = "SECONDS", env = "LIGAND_RELAY_DRAIN_S",
        default_value_t = Options::DEFAULT_DRAIN.as_secs(), value_parser = clap::value_parser!(u64).range(0..=3600)
    )]
    drain_s: u64,
    /// How many threads carry calls. With one, no call is handed from thread to thread; more are worth it where a core is
    /// not enough. Half the machine's cores when left out.
    #[arg(long, value_name = "N", env = "LIGAND_RELAY_THREADS")]
    threads: Option<NonZeroUsize>,
    /// How a line of the log looks.
    #[arg(long, value_enum, env = "LIGAND_RELAY_LOG_FORMAT", default_value_t = log::Format::Text)]
    log_format: log::Format,
    #[command(flatten)]
    limits: Limits,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(flags) => {
            log::start(flags.log_format);
            match runtime(flags.threads) {
                Ok(runtime) => runtime.block_on(serve(*flags)),
                Err(error) => fail(FAILED, &error.to_string()),
            }
        }
        Command::Keys(flags) => match keys::run(flags, say) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error @ keys::NotDone::NoFile) => fail(USAGE, &error.to_string()),
            Err(error) => fail(FAILED, &error.to_string()),
        },
        Command::Check(flags) => match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => match runtime.block_on(check::run(flags, say)) {
                Ok(true) => ExitCode::SUCCESS,
                Ok(false) => ExitCode::from(FAILED),
                Err(error) => fail(USAGE, &error),
            },
            Err(error) => fail(FAILED, &error.to_string()),
        },
    }
}

fn runtime(threads: Option<NonZeroUsize>) -> std::io::Result<Runtime> {
    let half = || std::thread::available_parallelism().map_or(1, |cores| cores.get() / 2);
    let mut builder = match threads.map_or_else(half, NonZeroUsize::get) {
        0 | 1 => Builder::new_current_thread(),
        several => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(several);
            builder
        }
    };
    builder
        .max_io_events_per_tick(ligand_tunnel::EVENTS_AT_ONCE)
        .enable_all()
        .build()
}

fn fail(code: u8, why: &str) -> ExitCode {
    // Nobody to tell when even this fails.
    drop(writeln!(std::io::stderr(), "ligand-relay: {why}"));
    ExitCode::from(code)
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    // A closed standard output is no reason to stop a relay.
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

async fn serve(flags: Serve) -> ExitCode {
    let Serve {
        listen,
        public_url,
        platform,
        org_id,
        token_proof_for,
        secret_file,
        card_keys,
        relay_keys,
        default_hold_s,
        lookups_per_min,
        metrics_listen,
        drain_s,
        threads: _,
        log_format: _,
        limits,
        ingress,
    } = flags;
    let ingress = ingress.ingress();
    let scheme = match ingress.security {
        Security::Plain { .. } => "http",
        Security::Files { .. } | Security::Acme(_) => "https",
    };
    if !org_id.is_empty() && org_id.len() != platform.len() {
        return fail(
            USAGE,
            "give as many --org-id as --platform, in the same order, or none",
        );
    }
    let names =
        |platforms: &[BaseUrl]| -> Vec<String> { platforms.iter().map(ToString::to_string).collect() };
    let (served, token_proof_for) = (names(&platform), names(&token_proof_for));
    if let Some(other) = token_proof_for.iter().find(|name| !served.contains(name)) {
        return fail(
            USAGE,
            &format!("--token-proof-for names {other}, which no --platform does"),
        );
    }
    let mut org_ids = org_id.into_iter();
    let platforms = platform
        .into_iter()
        .map(|base| AllowedPlatform {
            takes_tokens: token_proof_for.contains(&base.to_string()),
            base,
            org_id: org_ids.next(),
        })
        .collect();
    let (connections, links) = (limits.connections, limits.links);
    let default_hold = Duration::from_secs(default_hold_s);
    let options = Options {
        public_url,
        platforms,
        card_keys,
        relay_keys,
        default_hold,
        lookups_per_min,
        metrics_listen,
        drain: Duration::from_secs(drain_s),
        limits,
        ingress,
        ..Options::new(listen, secret_file)
    };
    // From the first moment, so that no signal is lost between the start and the wait.
    let Ok(mut signals) = Signals::new() else {
        return fail(FAILED, "signals can't be received");
    };
    let running = match ligand_relay::start(options).await {
        Ok(running) => running,
        Err(error) => return fail(if error.is_usage() { USAGE } else { FAILED }, &error.to_string()),
    };
    // Before anybody is told that it runs: until then the signal would end it.
    if let Some(reload) = running.certificate_reload()
        && let Err(error) = hangup::reload_on_hangup(reload)
    {
        tracing::warn!(%error, "SIGHUP can't be received: the certificate's files are looked at every few seconds only");
    }
    let origin = running.public_url().origin().ascii_serialization();
    say(&format!(
        "ligand-relay listening on {scheme}://{}, public URL {origin}",
        running.addr()
    ));
    if let Some(address) = running.metrics_addr() {
        tracing::info!(%address, "metrics");
    }
    files::raise(connections, links);
    notify(READY);
    signals.next().await;
    notify(STOPPING);
    tracing::info!(
        drain_s,
        "stopping: calls in flight may finish; another signal ends at once"
    );
    tokio::select! {
        () = running.stop() => ExitCode::SUCCESS,
        () = signals.next() => fail(FAILED, "stopped at once by a second signal"),
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
