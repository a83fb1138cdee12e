//! `idle`: what a host costs that nobody calls, with platform and relay in processes of their own; and what its faces
//! hold in memory.
//!
//! Bytes are counted at two proxies, one before the platform and one before the relay, as what the host's own
//! connections carried both ways: TLS, where there is any, is in it, the heads of TCP and IP are not.

use std::time::Duration;

use ligand_e2e::{Era, Host, LocalOrg, Profile, Relay, Scratch, now};

use crate::counting::{Count, Counting};
use crate::desktop;
use crate::figures::Figures;
use ligand_e2e::proc;

const SECONDS_PER_MINUTE: f64 = 60.0;

/// Waits for `settle`, then measures for `measured`.
pub(crate) async fn measure(settle: Duration, measured: Duration) -> Figures {
    let scratch = Scratch::with_usual_log();
    let count = Count::default();
    // The org answers only to its own names, so the proxy before it has one of them: the same port at another address.
    let org = LocalOrg::start_at(&scratch, Era::L, "127.0.0.2:0").await;
    let before_platform = Counting::listen(("127.0.0.1", address(org.url()).port()), &count).await;
    let before_relay = Counting::listen(("127.0.0.1", 0), &count).await;
    let mut workspace = org.create("Laptop").await;
    let relay = Relay::start_behind(&scratch, &before_platform.url(), &before_relay.url()).await;
    let mut profile = Profile::new(&org, &workspace, &relay);
    profile.platform = before_platform.url();
    profile.relay = Some(before_relay.url());
    workspace.reply["connection"]["platform_url"] = profile.platform.clone().into();
    before_platform.lead_to(address(org.url()));
    before_relay.lead_to(address(relay.url()));

    let host = Host::connected(&scratch, &profile, &workspace).await;
    let pid = host.process.pid();
    count.only(pid);
    host.online().await;

    eprintln!(
        "    settling for {} s, then measuring for {} s",
        settle.as_secs(),
        measured.as_secs()
    );
    tokio::time::sleep(settle).await;
    let (began, wakeups, bytes) = (now(), proc::sleeps(pid), count.bytes());
    tokio::time::sleep(measured).await;
    let minutes = began.elapsed().as_secs_f64() / SECONDS_PER_MINUTE;
    let wakeups = proc::sleeps(pid) - wakeups;
    let bytes = count.bytes() - bytes;

    let mut figures = Figures::new("idle");
    figures.add(
        "host_rss_mb",
        proc::rss_mb(pid),
        "resident memory of the host, megabytes",
    );
    figures.add(
        "host_wakeups_per_min",
        wakeups / minutes,
        "how often its threads are woken per minute",
    );
    figures.add(
        "host_bytes_per_min",
        bytes as f64 / minutes,
        "bytes on its connections per minute, both ways",
    );
    drop(host);
    desktop::memory(&mut figures).await;
    figures
}

fn address(url: &str) -> std::net::SocketAddr {
    url.trim_start_matches("http://").parse().unwrap()
}
