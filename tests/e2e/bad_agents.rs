//! Agents that Ligand starts and that are bad in every way: each is told by its name and with what to do about it, and
//! costs neither memory nor disk without end.

use std::time::Duration;

use ligand_e2e::{Era, Host, Stage, plain_agent, proc, until};
use reqwest::StatusCode;
use rustix::process::Signal;

/// How long a gigabyte may take to be read and left out, on a machine that is busy with all other tests.
const FLOODED_WITHIN: Duration = Duration::from_secs(240);

/// What the log of an agent may take: seven files of 4 MiB.
const LOG_BYTES: u64 = 28 << 20;

/// What a gigabyte may add to the host's memory at any moment, in megabytes: two lines and a file's buffer would do.
const FLOOD_MB: f64 = 16.0;

#[tokio::test]
async fn every_bad_agent_is_named_with_what_it_does_and_what_to_do() {
    let stage = Stage::set(Era::L).await;
    for (how, words) in [
        ("exit", "its last words were: this agent wants no work"),
        ("never", "nothing answers at the agent's address"),
        ("html", "is not a JSON object"),
        ("500", "answers HTTP 500 where its card should be"),
        ("redirect", "answers HTTP 302 where its card should be"),
        ("garbage", "broke the connection"),
        ("huge", "card is larger than 1024 KB"),
        ("half", "broke"),
        ("silent", "gave no card within 5 s"),
    ] {
        let mut host = stage.started(plain_agent(how, "ready_within_s = 8")).await;
        let what = format!("status says of {how} that {words}");
        let profile = until(&what, Duration::from_secs(30), async || {
            let profile = host.profile().await?;
            let mut health = profile["health"].as_array()?.iter();
            let is_told = health.any(|item| {
                let is_agent = item["code"] == "agent_down" || item["code"] == "agent_crash_loop";
                let detail = item["detail"].as_str().unwrap_or_default();
                let next = item["next"].as_str().unwrap_or_default();
                is_agent && detail.contains(words) && next.contains("ligand logs --agent")
            });
            is_told.then_some(profile)
        })
        .await;
        assert_ne!(profile["presence"]["state"], "online", "{how}: {profile}");
        host.process.kill();
    }
}

#[tokio::test]
async fn an_agent_that_ends_again_and_again_is_given_up_and_said_with_the_next_step() {
    let stage = Stage::set(Era::L).await;
    let host = stage.started(plain_agent("exit", "")).await;
    let health = until("the crash loop is named", Duration::from_secs(60), async || {
        let health = host.profile().await?["health"].to_string();
        health.contains("agent_crash_loop").then_some(health)
    })
    .await;
    assert!(health.contains("ligand restart --agent"), "{health}");
}

#[tokio::test]
async fn a_bad_answer_to_a_message_is_told_by_its_kind_and_the_next_one_is_answered() {
    let stage = Stage::set(Era::L).await;
    let host = stage.started(plain_agent("good", "")).await;
    host.online().await;
    for (how, reason, words) in [
        ("500", "rejected", "500"),
        ("redirect", "rejected", "302"),
        ("garbage", "outcome_unknown", "broke the connection"),
        ("half", "outcome_unknown", "broke off"),
    ] {
        let (status, reply) = stage
            .org
            .send(&stage.workspace.id, &format!("answer {how}"))
            .await;
        assert_eq!(status, StatusCode::OK, "{how}: {reply}");
        let error = &reply["error"];
        let told = error["message"].as_str().unwrap_or_default();
        assert!(
            error["data"]["reason"] == reason && told.contains(words),
            "{how}: {reply}"
        );
        let (_, reply) = stage.org.send(&stage.workspace.id, "hello").await;
        assert!(reply.to_string().contains("heard hello"), "after {how}: {reply}");
    }
}

/// What the log of the agent takes at one moment. The host stands still meanwhile: files that it renames while they are
/// counted would count twice.
async fn kept_bytes(stage: &Stage, host: &Host<'_>) -> u64 {
    host.process.signal(Signal::STOP);
    until("the host stands still", Duration::from_secs(20), async || {
        proc::is_stopped(host.process.pid()).then_some(())
    })
    .await;
    let folder = std::fs::read_dir(stage.scratch.path("state/logs/agent-home"));
    let files = folder.into_iter().flatten().flatten();
    let kept = files.map(|file| file.metadata().unwrap().len()).sum();
    host.process.signal(Signal::CONT);
    kept
}

#[tokio::test]
async fn an_agent_that_prints_a_gigabyte_costs_neither_memory_nor_disk() {
    let stage = Stage::set(Era::L).await;
    let host = stage.started(plain_agent("never", "")).await;
    until("its agent runs", Duration::from_secs(20), async || {
        let profile = host.profile().await?;
        let why = profile["agent"]["reason"].as_str()?;
        why.contains("nothing answers").then_some(())
    })
    .await;
    let without = proc::peak_rss_mb(host.process.pid());
    drop(host);

    let host = stage.started(plain_agent("flood", "ready_within_s = 300")).await;
    let mut most = 0;
    until("it has printed all, and is online", FLOODED_WITHIN, async || {
        most = most.max(kept_bytes(&stage, &host).await);
        let profile = host.profile().await?;
        (profile["presence"]["state"] == "online").then_some(())
    })
    .await;
    let with = proc::peak_rss_mb(host.process.pid());
    eprintln!("at most {most} bytes on the disk, and {with:.1} MB of memory ({without:.1} without)");
    assert!(most > LOG_BYTES / 2 && most <= LOG_BYTES, "{most} bytes are kept");
    assert!(
        with < without + FLOOD_MB,
        "{with} MB, and {without} MB without a flood"
    );
}
