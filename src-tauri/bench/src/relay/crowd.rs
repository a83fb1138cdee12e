//! Thousands of links in processes of their own, so that the relay's memory is the relay's alone: this end starts and
//! asks them, [`hold`] is what they do.
//!
//! The two speak in lines: workspaces with their keys on standard input, doors and how many links are verified on
//! standard output.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use ligand_e2e::{LocalOrg, Process, Relay, Scratch, now};
use ligand_tunnel::SigningKey;
use tokio::sync::watch;
use url::Url;
use uuid::Uuid;

use crate::simulated::attempts::Attempts;
use crate::simulated::laptop::{self, Seat, Up};
use crate::simulated::workspaces::Made;

/// The links of one process.
const LINKS_PER_PROCESS: usize = 2_500;
/// Dials of one process at the same time.
const DIALS: usize = 32;
/// How long a link may take until others are dialled in its place; it is still tried then.
const UP_PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked and said how many are verified.
const LOOK: Duration = Duration::from_millis(250);

const DOOR: &str = "door ";
const VERIFIED: &str = "verified ";

/// The processes that hold links, until it is dropped.
#[derive(Default)]
pub(super) struct Crowd(Vec<Process>);

impl Crowd {
    /// Has a link dialled for each workspace.
    pub(super) fn dial(&mut self, scratch: &Scratch, relay: &Relay, org: &LocalOrg, made: &[Made]) {
        for made in made.chunks(LINKS_PER_PROCESS) {
            let seats = made.iter().map(|made| {
                let seat = serde_json::to_string(&(made.id, made.key.to_bytes())).unwrap();
                format!("{seat}\n")
            });
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["links", "--relay", relay.url(), "--platform", org.url()]);
            let process = Process::start_with(scratch, "links", command, &[], &seats.collect::<String>());
            self.0.push(process);
        }
    }

    /// How many links are verified now.
    fn verified(&self) -> usize {
        let last = |process: &Process| {
            let said = process.stdout();
            said.lines()
                .rev()
                .find_map(|line| line.strip_prefix(VERIFIED)?.parse::<usize>().ok())
        };
        self.0.iter().filter_map(last).sum()
    }

    /// Waits until so many are, or the time is up; gives how many are.
    pub(super) async fn wait_for(&self, links: usize, deadline: Instant) -> usize {
        loop {
            let verified = self.verified();
            if verified >= links || now() > deadline {
                return verified;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The doors of all links.
    pub(super) fn doors(&self) -> Vec<String> {
        let doors = |process: &Process| {
            let said = process.stdout();
            let doors = said.lines().filter_map(|line| line.strip_prefix(DOOR));
            doors.map(str::to_owned).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(doors).collect()
    }
}

/// Holds a link for each workspace on standard input, until it is killed.
pub(crate) async fn hold(relay: Url, platform: String) {
    let attempts = Arc::new(Attempts::default());
    let seats = std::io::stdin().lines().map(|line| {
        let (workspace, key): (Uuid, [u8; 32]) = serde_json::from_str(&line.unwrap()).unwrap();
        Seat {
            relay: relay.clone(),
            platform: platform.clone(),
            workspace,
            key: SigningKey::from_bytes(&key),
        }
    });
    let hosts: Vec<watch::Receiver<Option<Up>>> = stream::iter(seats)
        .map(|seat| up(laptop::start(seat, attempts.clone())))
        .buffer_unordered(DIALS)
        .collect()
        .await;
    for host in &hosts {
        if let Some(up) = &*host.borrow() {
            println!("{DOOR}{}", up.door);
        }
    }
    loop {
        println!("{VERIFIED}{}", hosts.iter().filter(|host| verified(host)).count());
        tokio::time::sleep(LOOK).await;
    }
}

async fn up(mut host: watch::Receiver<Option<Up>>) -> watch::Receiver<Option<Up>> {
    // Late or given up, it is counted as what it then is.
    drop(tokio::time::timeout(UP_PATIENCE, host.wait_for(Option::is_some)).await);
    host
}

fn verified(host: &watch::Receiver<Option<Up>>) -> bool {
    let up = host.borrow();
    up.as_ref()
        .is_some_and(|up| up.status.borrow().is_verified(now()))
}
