//! A process that is stopped until its relay has given it up, and goes on. Nothing tells it but its clocks.

use std::time::Duration;

use futures::future::join_all;
use ligand_e2e::{Host, Scratch, until};
use rustix::process::Signal;

use super::Stage;

/// So many hosts sleep together, because a sleep takes half a minute; they wake one after another.
const TOGETHER: usize = 10;
/// Longer than a relay believes in a silent laptop.
const STOPPED: Duration = Duration::from_secs(32);
const DROPPED_WITHIN: Duration = Duration::from_secs(60);

/// Stops and wakes, until there are `rounds` wakes.
pub(super) async fn measure(rounds: usize) -> Vec<f64> {
    let stage = Stage::set().await;
    let scratches: Vec<Scratch> = (0..TOGETHER.min(rounds))
        .map(|_| Scratch::with_usual_log())
        .collect();
    let hosts = scratches.iter().map(async |scratch| {
        let workspace = stage.org.create("Laptop").await;
        let host = Host::connected(scratch, &stage.profile(&workspace), &workspace).await;
        host.online().await;
        let door = host.door("platform").await;
        (host, workspace, door)
    });
    let hosts = join_all(hosts).await;
    let mut waits = Vec::new();
    while waits.len() < rounds {
        eprintln!("    stopped process {} of {rounds}", waits.len() + 1);
        for (host, ..) in &hosts {
            host.process.signal(Signal::STOP);
        }
        tokio::time::sleep(STOPPED).await;
        for (_, workspace, door) in &hosts {
            // Only a relay without a link answers this.
            until("the relay has dropped the link", DROPPED_WITHIN, async || {
                let call = reqwest::Client::new().post(format!("{door}/a2a"));
                call.timeout(Duration::from_secs(1)).send().await.ok()
            })
            .await;
            if stage.org.status(&workspace.id).await == "online" {
                stage.calls_offline(workspace).await;
            }
        }
        for (host, workspace, _) in hosts.iter().take(rounds - waits.len()) {
            host.process.signal(Signal::CONT);
            waits.push(stage.back(workspace).await);
        }
        for (host, workspace, _) in &hosts {
            host.process.signal(Signal::CONT);
            stage.back(workspace).await;
        }
    }
    waits
}
