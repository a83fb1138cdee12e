//! Somebody sets the wall clock: it decides nothing.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures::future::join_all;
use ligand_e2e::{Era, Host, Stage, until};
use serde_json::json;

/// The library that plays a wall clock to one process, where Debian has it.
const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
/// More than two beats.
const WATCHED: Duration = Duration::from_secs(70);
/// Two beats and two polls, a few lists for the Canvas, and some room.
const REQUESTS: u64 = 25;
const MANY: u64 = 1_000_000;
const SOON: Duration = Duration::from_secs(40);

#[tokio::test]
async fn a_wall_clock_set_by_a_day_back_or_forward_is_no_storm_and_no_missed_beat() {
    if !Path::new(LIBRARY).exists() {
        eprintln!("SKIPPED: {LIBRARY} is not there; `cargo xtask test` installs it on Debian");
        return;
    }
    join_all(["-1d", "+1d"].map(set_by)).await;
}

async fn set_by(offset: &str) {
    let stage = Stage::set(Era::L).await;
    let clock = stage.scratch.path("wall-clock");
    fs::write(&clock, "+0").unwrap();
    let mut variables = Host::file_vault();
    Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &variables).await;
    for (name, value) in [
        ("LD_PRELOAD", LIBRARY),
        ("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("FAKETIME_CACHE_DURATION", "1"),
    ] {
        variables.push((name.to_owned(), value.to_owned()));
    }
    let host = Host::up(&stage.scratch, variables);
    host.online().await;
    let as_of = async || host.org().await["as_of"].as_str().map(str::to_owned);
    let before = until("the org is known", SOON, as_of).await;

    for path in ["/registry/heartbeat", "/"] {
        // It does nothing but count.
        let count = json!({"kind": "latency", "ms": 0, "path": path, "times": MANY});
        stage.org.fault(&count).await;
    }
    fs::write(&clock, offset).unwrap();
    until("the host's wall clock is another day's", SOON, async || {
        (as_of().await?[..10] != before[..10]).then_some(())
    })
    .await;
    let began = ligand_e2e::now();
    while began.elapsed() < WATCHED {
        assert_eq!(
            host.profile().await.unwrap()["presence"]["state"],
            "online",
            "{offset}"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let counted: Vec<u64> = stage
        .org
        .faults()
        .await
        .iter()
        .map(|fault| MANY - fault["times"].as_u64().unwrap())
        .collect();
    assert!(counted[0] >= 2, "{offset}: beats are missing: {counted:?}");
    assert!(
        counted.iter().sum::<u64>() <= REQUESTS,
        "{offset}: a storm: {counted:?}"
    );
}
