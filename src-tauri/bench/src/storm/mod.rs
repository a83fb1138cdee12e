//! `storm`: how soon everybody is back when a relay with thousands of links dies and comes again.
//!
//! The hosts are simulated in this process, each with a workspace, a key and a backoff of its own; the tunnel, the
//! relay and the org that it asks are the real ones, the latter two in processes of their own. The relay is killed
//! with -9 and started again at the same address on the same files, as a supervisor would do it. A few hosts are
//! called all the time: what is called meanwhile is kept by the caller, as the platform keeps it, and must be answered
//! in the end.
//!
//! Everybody dials from one machine over plain HTTP: what TLS and distance add is not in it, and laptops share two
//! processors with the relay that they come back to.

mod caller;
mod outcome;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ligand_backoff::FAST_WINDOW;
use ligand_e2e::{Era, LocalOrg, Relay, Scratch, now, proc};
use tokio::sync::watch;

use self::caller::{CALL_EVERY, Calls};
pub(crate) use self::outcome::Outcome;
use self::outcome::{Round, seconds};
use crate::simulated::attempts::{self, Attempts, Outcome as Dialled};
use crate::simulated::laptop::{self, GOOD_AFTER, Seat, Up};
use crate::simulated::{FIRST_LOOKUPS_PER_MIN, limits, workspaces};

/// How long all hosts may take to be up at the first start.
const UP_PATIENCE: Duration = Duration::from_secs(120);
/// How long hosts are waited for that should have been back long ago.
const BACK_PATIENCE: Duration = Duration::from_secs(60);
/// How long calls that were kept may take once everybody is back: more than a relay holds one.
const SETTLE: Duration = Duration::from_secs(30);
/// How often the hosts are looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Links are good by then, and the relay has written down whom it knows.
const STEADY: Duration = Duration::from_secs(GOOD_AFTER.as_secs() + 5);

type Hosts = [watch::Receiver<Option<Up>>];

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// How many hosts.
    pub(crate) hosts: usize,
    /// How many of them are called.
    pub(crate) called: usize,
    /// How often the relay is killed.
    pub(crate) rounds: usize,
    /// How long it stays dead each time.
    pub(crate) down: Duration,
}

/// Does it. Fails, with a sentence, when this machine does not allow as many open files.
pub(crate) async fn run(plan: Plan) -> Result<Outcome, String> {
    limits::raise(plan.hosts, "--hosts")?;
    let scratch = Scratch::with_usual_log();
    let org = LocalOrg::start(&scratch, Era::L).await;
    eprintln!(
        "    making {} workspaces; the org's request limit is raised",
        plan.hosts
    );
    let made = workspaces::make(&org, plan.hosts).await;
    eprintln!(
        "    first start: the relay may ask the platform {FIRST_LOOKUPS_PER_MIN} times a minute (--lookups-per-min); \
         from the first kill on it has its default"
    );
    let mut relay =
        Relay::start_with(&scratch, org.url(), &["--lookups-per-min", FIRST_LOOKUPS_PER_MIN]).await;
    relay.set_arguments(&[]);
    let attempts = Arc::new(Attempts::default());
    let began = now();
    let hosts: Vec<_> = made
        .into_iter()
        .map(|made| {
            let seat = Seat {
                relay: relay.url().parse().unwrap(),
                platform: org.url().to_owned(),
                workspace: made.id,
                key: made.key,
            };
            laptop::start(seat, attempts.clone())
        })
        .collect();
    let missing = all_up(&hosts, began, UP_PATIENCE).await;
    assert!(missing == 0, "{missing} hosts were not up within {UP_PATIENCE:?}");
    let mut outcome = Outcome::new(plan, latest(&hosts, began));
    eprintln!(
        "    all up after {:.1} s; each of {} hosts is called every {} ms",
        outcome.first_all_up_s,
        plan.called,
        CALL_EVERY.as_millis()
    );
    attempts.take();
    for number in 0..plan.rounds {
        let pause = if number == 0 { STEADY } else { FAST_WINDOW + STEADY };
        let round = round(plan, &hosts, &attempts, &mut relay, &scratch, pause).await;
        eprintln!("    round {} of {}: {round:?}", number + 1, plan.rounds);
        outcome.rounds.push(round);
    }
    Ok(outcome)
}

/// One kill and what follows. Before it links are left alone for `pause`, so that each round begins alike.
async fn round(
    plan: Plan,
    hosts: &Hosts,
    attempts: &Attempts,
    relay: &mut Relay,
    scratch: &Scratch,
    pause: Duration,
) -> Round {
    let calls = Calls::start(hosts.iter().take(plan.called).cloned().collect());
    tokio::time::sleep(pause).await;
    let us = std::process::id();
    relay.kill();
    let killed = now();
    tokio::time::sleep(plan.down).await;
    let (again, ours) = (now(), proc::cpu_s(us));
    relay.again(scratch).await;
    let listens_s = seconds(again.elapsed());
    let missing = all_up(hosts, killed, BACK_PATIENCE).await;
    let relay_cpu_s = proc::cpu_s(relay.process.pid());
    let hosts_cpu_s = proc::cpu_s(us) - ours;
    let calls = calls.done(now() + SETTLE).await;
    let dials = attempts.take();
    Round {
        all_back_s: if missing == 0 {
            latest(hosts, again)
        } else {
            f64::NAN
        },
        half_back_s: middle(hosts, again),
        listens_s,
        peak: attempts::peak(&dials),
        unreachable: attempts::count(&dials, Dialled::Unreachable),
        turned_away: attempts::count(&dials, Dialled::TurnedAway),
        broke: attempts::count(&dials, Dialled::Broke),
        relay_cpu_s,
        hosts_cpu_s,
        missing,
        calls,
    }
}

/// Waits until every host has a link that was welcomed after that moment; gives how many have not.
async fn all_up(hosts: &Hosts, after: Instant, patience: Duration) -> usize {
    let began = now();
    loop {
        let is_up =
            |host: &watch::Receiver<Option<Up>>| host.borrow().as_ref().is_some_and(|up| up.since >= after);
        let missing = hosts.iter().filter(|host| !is_up(host)).count();
        if missing == 0 || began.elapsed() > patience {
            return missing;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// From that moment to the last welcome, in seconds.
fn latest(hosts: &Hosts, from: Instant) -> f64 {
    since(hosts, from).last().copied().unwrap_or(f64::NAN)
}

/// From that moment until half of the hosts were welcomed.
fn middle(hosts: &Hosts, from: Instant) -> f64 {
    let all = since(hosts, from);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

fn since(hosts: &Hosts, from: Instant) -> Vec<f64> {
    let welcomed = hosts
        .iter()
        .filter_map(|host| host.borrow().as_ref().map(|up| up.since));
    let mut all: Vec<f64> = welcomed
        .map(|at| seconds(at.saturating_duration_since(from)))
        .collect();
    all.sort_by(f64::total_cmp);
    all
}
