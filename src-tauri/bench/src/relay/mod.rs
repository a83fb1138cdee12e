//! `relay`: what a link costs that nobody calls, in memory of the relay, and how many there can be at once.
//!
//! The relay and the org that it asks are the real ones in processes of their own. The links are real too, each
//! admitted with the key of its own workspace; their other ends are simulated hosts, some thousand to a process. A
//! round begins with a relay that knows nobody, so what it remembers of a workspace is in the figure as well.
//!
//! Memory after the links have gone is that of the process: what the allocator keeps for the next links is in it.

pub(crate) mod crowd;

use std::fs;
use std::time::Duration;

use futures::{StreamExt, stream};
use ligand_e2e::{Era, LocalOrg, Relay, Scratch, now};

use self::crowd::Crowd;
use crate::figures::{Figures, median};
use crate::simulated::call::{self, Sent};
use crate::simulated::workspaces::{self, Made};
use crate::simulated::{FIRST_LOOKUPS_PER_MIN, limits};
use crate::tls::Tls;
use ligand_e2e::proc;

/// How long links may take to be verified.
const UP_PATIENCE: Duration = Duration::from_secs(180);
/// How long they are left alone before memory is read: every one has pinged again by then.
const SETTLE: Duration = Duration::from_secs(20);
/// How long the relay may take to notice that thousands of links have gone.
const CLOSE_PATIENCE: Duration = Duration::from_secs(30);
/// Files that a relay without links may have open more than before the first: connections to the org.
const SPARE_FILES: usize = 16;
/// Calls at the same time.
const CALLS: usize = 16;
/// How often things are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// The relay's limits are not what is measured.
const LIFTED: [&str; 8] = [
    "--max-links",
    "1000000",
    "--max-links-per-address",
    "1000000",
    "--max-dials",
    "1000000",
    "--lookups-per-min",
    FIRST_LOOKUPS_PER_MIN,
];

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// How many links are idle while memory is read.
    pub(crate) idle: usize,
    /// How many links are tried at once.
    pub(crate) open: usize,
    /// How many of them are called then.
    pub(crate) calls: usize,
    /// How often everything is done.
    pub(crate) rounds: usize,
}

/// What stands while rounds come and go.
struct Ground {
    scratch: Scratch,
    tls: Tls,
    org: LocalOrg,
    made: Vec<Made>,
}

/// The relay's memory in one part of a round, in KiB.
#[derive(Debug, Clone, Copy)]
struct Memory {
    before: f64,
    /// With the idle links.
    idle: f64,
    /// After all links have gone.
    after: f64,
}

impl Memory {
    fn per_link(self, links: usize) -> f64 {
        (self.idle - self.before) / links as f64
    }
}

/// Does it. Fails, with a sentence, where this machine does not allow it or links do not do what links must.
pub(crate) async fn measure(plan: Plan) -> Result<Figures, String> {
    limits::raise(plan.open, "--open")?;
    limits::enough_ports(plan.open, "--open")?;
    let keys = Scratch::with_usual_log();
    let tls = Tls::new(&keys);
    let scratch = tls.scratch();
    let org = LocalOrg::start(&scratch, Era::L).await;
    eprintln!("    making {} workspaces", plan.open);
    let made = workspaces::make(&org, plan.open).await;
    let ground = Ground {
        scratch,
        tls,
        org,
        made,
    };
    let (mut plain, mut by_tls, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..plan.rounds {
        eprintln!("    round {} of {}", number + 1, plan.rounds);
        let (memory, links) = part(&ground, plan, false).await?;
        eprintln!("    without TLS: {memory:?}, {links} open");
        plain.push(memory);
        open.push(links as f64);
        let tls_plan = Plan {
            open: plan.idle,
            calls: 0,
            ..plan
        };
        let (memory, _) = part(&ground, tls_plan, true).await?;
        eprintln!("    by TLS: {memory:?}");
        by_tls.push(memory);
    }
    Ok(figures(plan, &plain, &by_tls, &open))
}

/// A relay's life: the idle links, then as many more as are tried, then the calls, then none.
async fn part(ground: &Ground, plan: Plan, by_tls: bool) -> Result<(Memory, usize), String> {
    let Ground {
        scratch,
        tls,
        org,
        made,
    } = ground;
    forget(scratch);
    let mut flags = LIFTED.to_vec();
    if by_tls {
        flags.extend(tls.flags());
    }
    let relay = Relay::start_with(scratch, org.url(), &flags).await;
    let pid = relay.process.pid();
    let (before, files) = (rss_kib(pid), proc::open_files(pid));
    let mut crowd = Crowd::default();
    let (few, more) = made[..plan.open].split_at(plan.idle);
    crowd.dial(scratch, &relay, org, few);
    let verified = crowd.wait_for(plan.idle, now() + UP_PATIENCE).await;
    if verified < plan.idle {
        return Err(format!(
            "{verified} of {} links were verified within {UP_PATIENCE:?}",
            plan.idle
        ));
    }
    tokio::time::sleep(SETTLE).await;
    let idle = rss_kib(pid);
    crowd.dial(scratch, &relay, org, more);
    let open = crowd.wait_for(plan.open, now() + UP_PATIENCE).await;
    let unanswered = unanswered(&crowd.doors(), plan.calls).await;
    if unanswered > 0 {
        return Err(format!("{unanswered} of {} calls were not answered", plan.calls));
    }
    drop(crowd);
    let deadline = now() + CLOSE_PATIENCE;
    while proc::open_files(pid) > files + SPARE_FILES {
        if now() > deadline {
            return Err(format!(
                "the relay still has links {CLOSE_PATIENCE:?} after the last"
            ));
        }
        tokio::time::sleep(LOOK).await;
    }
    let after = rss_kib(pid);
    Ok((Memory { before, idle, after }, open))
}

/// Has the next relay begin without what the last one has learned.
fn forget(scratch: &Scratch) {
    let _none_yet = fs::remove_file(scratch.path("relay.secret.cards"));
}

fn rss_kib(pid: u32) -> f64 {
    proc::rss_mb(pid) * 1024.0
}

/// Calls through so many doors, spread over all; gives how many calls were not answered.
async fn unanswered(doors: &[String], calls: usize) -> usize {
    let client = call::client();
    let spread = (0..calls).map(|number| &doors[number * doors.len() / calls]);
    let sent = stream::iter(spread).map(|door| {
        let client = client.clone();
        async move { call::send(&client, door, &call::message()).await }
    });
    sent.buffer_unordered(CALLS)
        .filter(|sent| std::future::ready(!matches!(sent, Sent::Answered)))
        .count()
        .await
}

fn figures(plan: Plan, plain: &[Memory], by_tls: &[Memory], open: &[f64]) -> Figures {
    let of = |memory: &[Memory], pick: &dyn Fn(&Memory) -> f64| {
        median(&memory.iter().map(pick).collect::<Vec<_>>())
    };
    let mut figures = Figures::new("relay");
    figures.add(
        "idle_tunnel_kb",
        of(plain, &|memory| memory.per_link(plan.idle)),
        "memory of the relay for an idle link, KiB",
    );
    figures.add(
        "idle_tunnel_tls_kb",
        of(by_tls, &|memory| memory.per_link(plan.idle)),
        "the same for a link by TLS, KiB",
    );
    figures.add("open_tunnels", median(open), "links open and verified at once");
    for (memory, links, how) in [(plain, plan.open, "without TLS"), (by_tls, plan.idle, "by TLS")] {
        figures.note(format!(
            "{how}: {:.1} MiB before the first link, {:.1} with {} idle, {:.1} after {links} have gone",
            of(memory, &|memory| memory.before / 1024.0),
            of(memory, &|memory| memory.idle / 1024.0),
            plan.idle,
            of(memory, &|memory| memory.after / 1024.0),
        ));
    }
    figures.note(format!(
        "medians of {} rounds; {} links tried, and {} calls through them answered, in each",
        plan.rounds, plan.open, plan.calls
    ));
    figures
}
