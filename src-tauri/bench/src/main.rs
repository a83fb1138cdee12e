//! The measurements behind `cargo xtask bench`: load generators, candidates in processes of their own, medians.
//!
//! It measures binaries that somebody else has built (`LIGAND_BIN_DIR`) and judges nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on has failed, and says where"
)]

mod bore;
mod browser;
mod candidate;
mod chaos;
mod counting;
mod delivery;
mod desktop;
mod feed;
mod figures;
mod idle;
mod load;
mod local_org;
mod rathole;
mod relay;
mod restart;
mod screen;
mod simulated;
mod storm;
mod tls;
mod tunnel;
mod upstream;
mod wake;
mod window;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "ligand-bench", about = "Measurements; `cargo xtask bench` runs them")]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// The echo service that every candidate stands in front of
    Upstream {
        /// Speak TLS with this certificate, as PEM
        #[arg(long, requires = "tls_key")]
        tls_cert: Option<PathBuf>,
        /// Its private key, as PEM
        #[arg(long, requires = "tls_cert")]
        tls_key: Option<PathBuf>,
    },
    /// Calls through the relay against a direct call and against other tunnels
    Tunnel {
        /// The rathole binary to compare with
        #[arg(long, value_parser = binary)]
        rathole: Option<PathBuf>,
        /// The bore binary to compare with
        #[arg(long, value_parser = binary)]
        bore: Option<PathBuf>,
        /// How often every candidate is measured
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// For how long the echo is measured each time, in milliseconds
        #[arg(long, default_value_t = 2000)]
        echo_ms: u64,
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
    /// The local org under a thousand workspaces, and how soon a trial is online
    LocalOrg {
        /// How long beats are measured, in seconds
        #[arg(long, default_value_t = 30)]
        measure_s: u64,
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
    /// How long a person waits for tray and Canvas
    Desktop {
        /// How often the tray process is started
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
    /// What the policy of deliveries costs, how many messages one laptop answers, and how soon after its agent died
    Delivery {
        /// How often every way is measured
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// For how long each time, in milliseconds
        #[arg(long, default_value_t = 2000)]
        echo_ms: u64,
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
    /// What becomes of messages while everything that carries them is killed again and again
    Chaos {
        /// How many messages, over the three ways together
        #[arg(long, default_value_t = 2000)]
        messages: usize,
        /// How many kills
        #[arg(long, default_value_t = 30)]
        kills: usize,
        /// Decides when what is killed
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
    /// How soon thousands of hosts are back when their relay dies and comes again
    Storm {
        /// How many hosts
        #[arg(long, default_value_t = 2000)]
        hosts: usize,
        /// How many of them are called all the time
        #[arg(long, default_value_t = 20)]
        called: usize,
        /// How often the relay is killed
        #[arg(long, default_value_t = 1)]
        rounds: usize,
        /// For how long it stays dead each time, in milliseconds
        #[arg(long, default_value_t = 1000)]
        down_ms: u64,
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
    /// What an idle link costs the relay, and how many there can be
    Relay {
        /// How many links are idle while memory is read
        #[arg(long, default_value_t = 5000)]
        idle: usize,
        /// How many links are tried at once; no fewer than are idle
        #[arg(long, default_value_t = 10000)]
        open: usize,
        /// How many calls are made through them then
        #[arg(long, default_value_t = 200)]
        calls: usize,
        /// How often everything is done
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
    /// The links of `relay`, in a process of their own, for the workspaces on standard input
    Links {
        /// The relay's public URL
        #[arg(long)]
        relay: url::Url,
        /// The platform's base URL
        #[arg(long)]
        platform: String,
    },
    /// The agent of `chaos`, in a process that can be killed
    ChaosAgent {
        /// Where it listens; without it, on the port that PORT names
        #[arg(long)]
        listen: Option<std::net::SocketAddr>,
        /// Where it writes which messages it has seen
        #[arg(long)]
        log: PathBuf,
        /// How long it thinks at the most, in milliseconds
        #[arg(long, default_value_t = 40)]
        thought_ms: u64,
    },
    /// The program of the exec agent of `chaos`: answers one message
    ChaosAnswer {
        /// Where it writes which messages it has seen
        #[arg(long)]
        log: PathBuf,
        /// How long it thinks at the most, in milliseconds
        #[arg(long, default_value_t = 40)]
        thought_ms: u64,
    },
    /// How soon a workspace is back after its laptop woke
    Wake {
        /// The rathole binary to compare with
        #[arg(long, value_parser = binary)]
        rathole: Option<PathBuf>,
        /// How many wakes of each kind
        #[arg(long, default_value_t = 50)]
        rounds: usize,
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
    /// The part of `wake` that runs in a network namespace of its own
    LateNetwork {
        /// How many wakes
        #[arg(long)]
        rounds: usize,
    },
    /// What the Canvas of a large and busy org costs: the host, Ligand's own window, and a browser
    Canvas {
        /// The script of the web code that measures in a browser
        #[arg(long, value_parser = binary)]
        script: PathBuf,
        #[command(flatten)]
        plan: feed::Plan,
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
    /// The part of `canvas` that is Ligand's own window
    Window {
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
    /// The part of `canvas` that is the host
    Feed {
        #[command(flatten)]
        plan: feed::Plan,
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
    /// What a host costs that nobody calls, and what its faces hold
    Idle {
        /// How long to wait before the measurement, in seconds
        #[arg(long, default_value_t = 30)]
        settle_s: u64,
        /// How long to measure, in seconds
        #[arg(long, default_value_t = 60)]
        measure_s: u64,
        /// One JSON object as the last line
        #[arg(long)]
        json: bool,
    },
}

/// What is compared with, wherever it is started from: a measurement of minutes should not end for want of it.
fn binary(path: &str) -> Result<PathBuf, String> {
    let path = std::path::absolute(path).map_err(|error| error.to_string())?;
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("there is no file {}", path.display()))
    }
}

// One thread: two workers on two busy cores cost more for each call than they bring.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    match Arguments::parse().bench {
        Bench::Upstream { tls_cert, tls_key } => {
            let files = tls_cert.as_deref().zip(tls_key.as_deref());
            upstream::serve(files.map(|(certificate, key)| tls::acceptor(certificate, key))).await;
        }
        Bench::Tunnel {
            rathole,
            bore,
            rounds,
            echo_ms,
            json,
        } => {
            let binaries = candidate::Binaries { rathole, bore };
            tunnel::measure(binaries, rounds, Duration::from_millis(echo_ms))
                .await
                .print(json);
        }
        Bench::LocalOrg { measure_s, json } => {
            local_org::measure(Duration::from_secs(measure_s))
                .await
                .print(json);
        }
        Bench::Desktop { rounds, json } => desktop::measure(rounds).await.print(json),
        Bench::Delivery {
            rounds,
            echo_ms,
            json,
        } => {
            delivery::measure(rounds, Duration::from_millis(echo_ms))
                .await
                .print(json);
        }
        Bench::Chaos {
            messages,
            kills,
            seed,
            json,
        } => {
            let outcome = chaos::run(messages, kills, seed).await;
            outcome.figures().print(json);
            if !outcome.held() {
                std::process::exit(1);
            }
        }
        Bench::Storm {
            hosts,
            called,
            rounds,
            down_ms,
            json,
        } => {
            let plan = storm::Plan {
                hosts,
                called,
                rounds,
                down: Duration::from_millis(down_ms),
            };
            let held = match storm::run(plan).await {
                Ok(outcome) => {
                    outcome.figures().print(json);
                    outcome.held()
                }
                Err(why) => {
                    eprintln!("ligand-bench: {why}");
                    false
                }
            };
            if !held {
                std::process::exit(1);
            }
        }
        Bench::Relay {
            idle,
            open,
            calls,
            rounds,
            json,
        } => {
            let plan = relay::Plan {
                idle: idle.min(open),
                open,
                calls,
                rounds,
            };
            match relay::measure(plan).await {
                Ok(figures) => figures.print(json),
                Err(why) => {
                    eprintln!("ligand-bench: {why}");
                    std::process::exit(1);
                }
            }
        }
        Bench::Links { relay, platform } => relay::crowd::hold(relay, platform).await,
        Bench::ChaosAgent {
            listen,
            log,
            thought_ms,
        } => chaos::agent::serve(listen, &log, Duration::from_millis(thought_ms)).await,
        Bench::ChaosAnswer { log, thought_ms } => {
            chaos::agent::answer_one(&log, Duration::from_millis(thought_ms));
        }
        Bench::Wake {
            rathole,
            rounds,
            json,
        } => wake::measure(rounds, rathole.as_deref()).await.print(json),
        Bench::LateNetwork { rounds } => wake::late::inside(rounds).await,
        Bench::Canvas { script, plan, json } => {
            let mut figures = feed::measure(&plan).await;
            window::measure(&mut figures).await;
            browser::measure(&mut figures, &script);
            figures.print(json);
        }
        Bench::Window { json } => {
            let mut figures = figures::Figures::new("canvas-window");
            window::measure(&mut figures).await;
            figures.print(json);
        }
        Bench::Feed { plan, json } => feed::measure(&plan).await.print(json),
        Bench::Idle {
            settle_s,
            measure_s,
            json,
        } => {
            idle::measure(Duration::from_secs(settle_s), Duration::from_secs(measure_s))
                .await
                .print(json);
        }
    }
}
