//! Starting twice, ending, and everything at once on one machine.

use std::process::Command;
use std::time::Duration;

use ligand_e2e::{
    Era, Host, Process, SLOWLY, Scratch, Stage, TestAgent, Variables, binary, ligand, now, until,
};
use reqwest::StatusCode;
use rustix::process::Signal;

/// How long an idle host may take to end.
const IDLE_END_WITHIN: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_second_up_attaches_says_so_and_exits_0() {
    let stage = Stage::set(Era::L).await;
    let mut host = stage.online(&stage.profile()).await;

    let said = host.ligand(&["up"]).await;
    assert_eq!(said.code(), Some(0), "{said:?}");
    let words = format!("{}{}", said.stdout, said.stderr);
    assert!(
        words.contains("already running") && words.contains(&host.process.pid().to_string()),
        "{words}"
    );
    assert!(host.process.running());
    host.online().await;
}

#[tokio::test]
async fn sigterm_ends_an_idle_host_within_two_seconds() {
    ends_within_two_seconds(Signal::TERM).await;
}

#[tokio::test]
async fn ctrl_c_ends_an_idle_host_within_two_seconds() {
    ends_within_two_seconds(Signal::INT).await;
}

async fn ends_within_two_seconds(signal: Signal) {
    let stage = Stage::set(Era::L).await;
    let mut host = stage.online(&stage.profile()).await;
    host.process.signal(signal);
    let status = host.process.ended(IDLE_END_WITHIN).await;
    assert!(status.success(), "{status}");
    let said = host.ligand(&["status"]).await;
    assert_eq!(said.code(), Some(3), "no host runs any more: {said:?}");
}

#[tokio::test]
async fn down_ends_the_host() {
    let stage = Stage::set(Era::L).await;
    let mut host = stage.online(&stage.profile()).await;
    let said = host.ligand(&["down"]).await;
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(host.process.ended(IDLE_END_WITHIN).await.success());
}

#[tokio::test]
async fn a_delivery_in_flight_is_answered_before_the_host_ends() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    let mut host = stage.online(&profile).await;

    let end_meanwhile = async {
        until("the agent has the call", Duration::from_secs(5), async || {
            (!agent.calls().is_empty()).then_some(())
        })
        .await;
        host.process.signal(Signal::TERM);
    };
    let ((status, reply), ()) = tokio::join!(stage.org.send(&stage.workspace.id, SLOWLY), end_meanwhile);
    assert_eq!(status, StatusCode::OK, "{reply}");
    assert!(reply.to_string().contains("heard: slowly"), "{reply}");
    assert!(host.process.ended(Duration::from_secs(5)).await.success());
}

#[tokio::test]
async fn a_second_ctrl_c_ends_the_host_at_once_whatever_is_in_flight() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    let mut host = stage.online(&profile).await;

    let interrupt_twice = async {
        until("the agent has the call", Duration::from_secs(5), async || {
            (!agent.calls().is_empty()).then_some(())
        })
        .await;
        host.process.signal(Signal::INT);
        let said = || host.process.stdout().contains("Stopping");
        until(
            "the host says that it stops",
            Duration::from_secs(2),
            async || said().then_some(()),
        )
        .await;
        let second = now();
        host.process.signal(Signal::INT);
        host.process.ended(Duration::from_secs(1)).await;
        assert!(second.elapsed() < Duration::from_secs(1));
    };
    let (_, ()) = tokio::join!(stage.org.send(&stage.workspace.id, SLOWLY), interrupt_twice);
}

#[tokio::test]
async fn a_profile_can_be_stopped_and_started_again() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;
    assert_eq!(host.ligand(&["stop"]).await.code(), Some(0));
    host.presence("stopped").await;
    assert_eq!(
        stage.org.send(&stage.workspace.id, "later").await.0,
        StatusCode::ACCEPTED
    );
    assert_eq!(host.ligand(&["start"]).await.code(), Some(0));
    host.online().await;
    assert_eq!(host.ligand(&["restart"]).await.code(), Some(0));
    host.online().await;
}

#[tokio::test]
async fn up_local_while_a_host_runs_has_it_bring_the_local_org_along() {
    let stage = Stage::set(Era::L).await;
    let mut host = stage.online(&stage.profile()).await;
    for _twice in 0..2 {
        let said = host.ligand(&["up", "--local"]).await;
        assert_eq!(said.code(), Some(0), "{said:?}");
        assert!(said.stdout.contains("profile local is online"), "{said:?}");
    }
    let said = host.ligand(&["send", "--profile", "local", "hello, org"]).await;
    assert!(said.stdout.contains("hello, org"), "{said:?}");
    assert_eq!(host.profile().await.unwrap()["presence"]["state"], "online");

    // What was forgotten is made anew, on the org that still runs.
    let said = host.ligand(&["forget", "--profile", "local", "--yes"]).await;
    assert_eq!(said.code(), Some(0), "{said:?}");
    let said = host.ligand(&["up", "--local"]).await;
    assert!(said.stdout.contains("profile local is online"), "{said:?}");
    assert!(host.stop().await.success());

    // It comes along with the next host, since a profile is on it.
    let host = Host::up(&stage.scratch, Host::file_vault());
    host.online().await;
    until(
        "the local org is there again",
        Duration::from_secs(20),
        async || {
            let said = host.ligand(&["send", "--profile", "local", "again"]).await;
            said.stdout.contains("again").then_some(())
        },
    )
    .await;
}

#[tokio::test]
async fn up_local_brings_everything_up_and_a_message_is_answered() {
    let scratch = Scratch::new();
    let variables: Variables = Host::file_vault();
    let mut command = Command::new(binary("ligand"));
    command.args(["up", "--local"]);
    let mut host = Process::start(&scratch, "up-local", command, &[("LIGAND_VAULT", "file")]);

    let said = until("a message is answered", Duration::from_secs(20), async || {
        let said = ligand(&scratch, &variables, &["send", "hello, laptop"], "").await;
        said.status.success().then_some(said)
    })
    .await;
    assert!(said.stdout.contains("hello, laptop"), "{said:?}");
    let status = ligand(&scratch, &variables, &["status"], "").await;
    assert!(status.stdout.contains("Online"), "{status:?}");

    host.signal(Signal::INT);
    assert!(host.ended(IDLE_END_WITHIN).await.success());

    // Again on what is there: the same org, the same workspace.
    let files = scratch.files("config");
    let mut command = Command::new(binary("ligand"));
    command.args(["up", "--local"]);
    let _host = Process::start(&scratch, "up-local", command, &[("LIGAND_VAULT", "file")]);
    until(
        "a message is answered again",
        Duration::from_secs(20),
        async || {
            ligand(&scratch, &variables, &["send", "hello again"], "")
                .await
                .status
                .success()
                .then_some(())
        },
    )
    .await;
    assert_eq!(scratch.files("config").len(), files.len());
}
