//! `idle`: what a host costs that nobody calls, with platform and relay in processes of their own; what it costs when it
//! has started an agent besides; and what its faces hold in memory.
//!
//! Bytes are counted at two proxies, one before the platform and one before the relay, as what the host's own
//! connections carried both ways: TLS, where there is any, is in it, the heads of TCP and IP are not.

use std::time::{Duration, Instant};

use ligand_e2e::{Era, Host, LocalOrg, Process, Profile, Relay, Scratch, now, proc};
use serde_json::json;

use crate::counting::{Count, Counting};
use crate::desktop;
use crate::figures::Figures;

const SECONDS_PER_MINUTE: f64 = 60.0;

/// Waits for `settle`, then measures for `measured`; both hosts at the same time.
pub(crate) async fn measure(settle: Duration, measured: Duration) -> Figures {
    let alone = Idle::set(None).await;
    let program = std::env::current_exe().unwrap();
    let argv = json!([program, "upstream"]);
    let with_agent = Idle::set(Some(format!("kind = \"command\"\nargv = {argv}\n"))).await;
    eprintln!(
        "    settling for {} s, then measuring for {} s",
        settle.as_secs(),
        measured.as_secs()
    );
    tokio::time::sleep(settle).await;
    let before = [alone.now(), with_agent.now()];
    tokio::time::sleep(measured).await;
    let [host, with] =
        [(&alone, &before[0]), (&with_agent, &before[1])].map(|(idle, before)| idle.since(before));

    let mut figures = Figures::new("idle");
    figures.add(
        "host_rss_mb",
        host.rss_mb,
        "resident memory of the host, megabytes",
    );
    figures.add(
        "host_wakeups_per_min",
        host.wakeups_per_min,
        "how often its threads are woken per minute",
    );
    figures.add(
        "host_bytes_per_min",
        host.bytes_per_min,
        "bytes on its connections per minute, both ways",
    );
    figures.add(
        "with_agent_rss_mb",
        with.rss_mb,
        "the host's memory when it has started an agent",
    );
    figures.add(
        "with_agent_wakeups_per_min",
        with.wakeups_per_min,
        "its wake-ups then",
    );
    figures.add(
        "with_agent_bytes_per_min",
        with.bytes_per_min,
        "its bytes then, without those to the agent",
    );
    figures.add(
        "guard_pss_mb",
        with_agent.guard_pss_mb(),
        "the agent's guard's own share of memory, megabytes",
    );
    drop((alone, with_agent));
    desktop::memory(&mut figures).await;
    figures
}

/// A host that nobody calls.
struct Idle {
    host: Process,
    count: Count,
    _around: (LocalOrg, Relay),
    /// Dropped last: everything else has its files there.
    _scratch: Scratch,
}

/// What was counted until some moment.
struct Counted {
    at: Instant,
    wakeups: f64,
    bytes: u64,
}

/// What a host costs.
struct Cost {
    rss_mb: f64,
    wakeups_per_min: f64,
    bytes_per_min: f64,
}

impl Idle {
    /// Brings one online; with these lines as its agent's table, or the built-in echo.
    async fn set(agent: Option<String>) -> Self {
        let scratch = Scratch::with_usual_log();
        let count = Count::default();
        // The org answers only to its own names, so the proxy before it has one of them: the same port at another
        // address.
        let org = LocalOrg::start_at(&scratch, Era::L, "127.0.0.2:0").await;
        let before_platform = Counting::listen(("127.0.0.1", address(org.url()).port()), &count).await;
        let before_relay = Counting::listen(("127.0.0.1", 0), &count).await;
        let mut workspace = org.create("Laptop").await;
        let relay = Relay::start_behind(&scratch, &before_platform.url(), &before_relay.url()).await;
        let mut profile = Profile::new(&org, &workspace, &relay);
        profile.agent_table = agent;
        profile.platform = before_platform.url();
        profile.relay = Some(before_relay.url());
        workspace.reply["connection"]["platform_url"] = profile.platform.clone().into();
        before_platform.lead_to(address(org.url()));
        before_relay.lead_to(address(relay.url()));

        let host = Host::connected(&scratch, &profile, &workspace).await;
        count.only(host.process.pid());
        host.online().await;
        Self {
            host: host.process,
            count,
            _around: (org, relay),
            _scratch: scratch,
        }
    }

    fn now(&self) -> Counted {
        Counted {
            at: now(),
            wakeups: proc::sleeps(self.host.pid()),
            bytes: self.count.bytes(),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "thousands of bytes")]
    fn since(&self, before: &Counted) -> Cost {
        let now = self.now();
        let minutes = before.at.elapsed().as_secs_f64() / SECONDS_PER_MINUTE;
        Cost {
            rss_mb: proc::rss_mb(self.host.pid()),
            wakeups_per_min: (now.wakeups - before.wakeups) / minutes,
            bytes_per_min: (now.bytes - before.bytes) as f64 / minutes,
        }
    }

    /// Of the first process that the host has started, which is the guard of its agent.
    fn guard_pss_mb(&self) -> f64 {
        let guard = proc::family(self.host.pid()).get(1).copied();
        guard.map_or(f64::NAN, proc::pss_mb)
    }
}

fn address(url: &str) -> std::net::SocketAddr {
    url.trim_start_matches("http://").parse().unwrap()
}
