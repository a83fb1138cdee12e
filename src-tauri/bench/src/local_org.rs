//! `local-org`: whether the stand-in carries an org larger than any laptop's, and how soon a trial is online.
//!
//! Every workspace beats in a rhythm of its own, spread evenly, while viewers read every event. A beat's time is that
//! of its whole HTTP exchange on a connection that is kept.

use std::time::Duration;

use futures::StreamExt;
use ligand_e2e::{Era, Host, LocalOrg, Process, Scratch, binary, now};
use reqwest::Client;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::figures::{Figures, median};
use ligand_e2e::proc;

const WORKSPACES: usize = 1_000;
const VIEWERS: usize = 50;
const BEAT_EVERY: Duration = Duration::from_secs(3);
/// How long beats are not counted: connections are opened, the first beats change every status.
const WARM_UP: Duration = Duration::from_secs(2 * 3);
/// How often a trial is started.
const STARTS: usize = 5;

/// Measures for `measured` seconds, then starts trials.
pub(crate) async fn measure(measured: Duration) -> Figures {
    let scratch = Scratch::with_usual_log();
    let org = LocalOrg::start(&scratch, Era::L).await;
    eprintln!("    making {WORKSPACES} workspaces");
    let client = Client::builder().no_proxy().build().unwrap();
    let mut beats = JoinSet::new();
    let mut workspaces = Vec::with_capacity(WORKSPACES);
    for number in 0..WORKSPACES {
        workspaces.push(org.create(&format!("w{number}")).await);
    }
    let mut viewers = JoinSet::new();
    for _ in 0..VIEWERS {
        let (address, admin) = (
            org.url().trim_start_matches("http://").to_owned(),
            org.admin().to_owned(),
        );
        viewers.spawn(view(address, admin));
    }
    eprintln!("    beating for {} s", (WARM_UP + measured).as_secs());
    let began = now();
    for (number, workspace) in workspaces.into_iter().enumerate() {
        let (client, url) = (client.clone(), format!("{}/registry/heartbeat", org.url()));
        let offset = BEAT_EVERY * u32::try_from(number).unwrap() / u32::try_from(WORKSPACES).unwrap();
        beats.spawn(async move {
            sleep(offset).await;
            let body = json!({ "workspace_id": workspace.id, "error_rate": 0.0, "sample_error": "",
                "active_tasks": 0, "uptime_seconds": 1, "current_task": "", "runtime_state": "" });
            let mut rhythm = interval(BEAT_EVERY);
            rhythm.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut took = Vec::new();
            while began.elapsed() < WARM_UP + measured {
                rhythm.tick().await;
                let sent = now();
                let answer = client
                    .post(&url)
                    .bearer_auth(&workspace.token)
                    .json(&body)
                    .send()
                    .await;
                assert!(answer.unwrap().status().is_success());
                if began.elapsed() > WARM_UP {
                    took.push(sent.elapsed().as_secs_f64() * 1000.0);
                }
            }
            took
        });
    }
    let mut took: Vec<f64> = beats.join_all().await.concat();
    took.sort_by(f64::total_cmp);
    let mut figures = Figures::new("local-org");
    figures.add(
        "heartbeat_p50_ms",
        median(&took),
        "a heartbeat's exchange, milliseconds, median",
    );
    figures.add(
        "heartbeat_p99_ms",
        took[took.len() * 99 / 100],
        "the same, of a hundred all but the slowest",
    );
    figures.add(
        "rss_mb",
        proc::rss_mb(org.process.pid()),
        "resident memory of the local org, megabytes",
    );
    let seen: Vec<usize> = {
        drop(org);
        viewers.join_all().await
    };
    figures.add(
        "events_per_viewer",
        median(&seen.iter().map(|seen| *seen as f64).collect::<Vec<_>>()),
        "events that a viewer has read",
    );
    figures.add(
        "start_online_ms",
        median(&starts().await),
        "process start of `ligand up --local` to online, milliseconds",
    );
    figures.note(format!(
        "{WORKSPACES} workspaces beat every {} s, {VIEWERS} viewers; the request limit is raised.",
        BEAT_EVERY.as_secs()
    ));
    figures
}

/// Reads events until the org is gone; gives how many.
async fn view(address: String, admin: String) -> usize {
    let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
    let bearer = format!("Bearer {admin}").parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    let stream = TcpStream::connect(&address).await.unwrap();
    let (mut feed, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    let mut seen = 0;
    while let Some(Ok(frame)) = feed.next().await {
        seen += usize::from(frame.is_text());
    }
    seen
}

/// How long each trial took to be online.
async fn starts() -> Vec<f64> {
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let scratch = Scratch::with_usual_log();
        let mut command = std::process::Command::new(binary("ligand"));
        command.args(["up", "--local"]);
        let variables = Host::file_vault();
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let began = now();
        let mut process = Process::start(&scratch, "trial", command, &variables);
        process
            .line("that it is online", |line| {
                line.starts_with("local: Online").then_some(())
            })
            .await;
        took.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    took
}
