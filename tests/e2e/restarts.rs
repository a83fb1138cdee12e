//! Platform and relay go and come back in every order, and what the platform has acknowledged meanwhile is answered.

use std::time::Duration;

use futures::future::join_all;
use ligand_e2e::{Era, LocalOrg, Stage, TestAgent, now, until};
use reqwest::StatusCode;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Four messages per second.
const PACE: Duration = Duration::from_millis(250);
/// How long something is gone.
const GONE: Duration = Duration::from_millis(1500);
/// Near-immediate tries, and the first of those that are spread.
const BACK_WITHIN: Duration = Duration::from_secs(15);
const ANSWERED_WITHIN: Duration = Duration::from_secs(40);

#[derive(Clone, Copy, Debug)]
enum Step {
    PlatformGoes,
    PlatformComes,
    RelayGoes,
    RelayComes,
}

#[tokio::test]
async fn platform_and_relay_restart_in_every_order_and_nothing_is_lost() {
    use Step::*;
    let orders: [&[Step]; 6] = [
        &[PlatformGoes, PlatformComes],
        &[RelayGoes, RelayComes],
        &[PlatformGoes, RelayGoes, PlatformComes, RelayComes],
        &[PlatformGoes, RelayGoes, RelayComes, PlatformComes],
        &[RelayGoes, PlatformGoes, RelayComes, PlatformComes],
        &[RelayGoes, PlatformGoes, PlatformComes, RelayComes],
    ];
    join_all(orders.map(restarted)).await;
}

async fn restarted(steps: &[Step]) {
    let mut stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    profile.hold_s = 1;
    let host = ligand_e2e::Host::connected(&stage.scratch, &profile, &stage.workspace).await;
    host.online().await;

    let (address, workspace) = (stage.org.url().to_owned(), stage.workspace.id.clone());
    let (ended, mut goes_on) = watch::channel(());
    let sender = stage.org.caller();
    let sending = tokio::spawn(async move {
        let mut sent = JoinSet::new();
        for number in 0.. {
            let (sender, workspace) = (sender.clone(), workspace.clone());
            sent.spawn(async move {
                let text = format!("message {number}");
                // Without an answer nothing was acknowledged.
                let (status, reply) = sender.try_send(&workspace, &text).await?;
                Some((text, status, reply))
            });
            if tokio::time::timeout(PACE, goes_on.changed()).await.is_ok() {
                break;
            }
        }
        let sent = sent.join_all().await;
        sent.into_iter().flatten().collect::<Vec<_>>()
    });

    for step in steps {
        match step {
            Step::PlatformGoes => stage.org.process.kill(),
            Step::PlatformComes => {
                let listen = address.trim_start_matches("http://");
                stage.org = LocalOrg::start_at(&stage.scratch, Era::L, listen).await;
            }
            Step::RelayGoes => stage.relay.kill(),
            Step::RelayComes => stage.relay.again(&stage.scratch).await,
        }
        tokio::time::sleep(GONE).await;
    }
    let back = now();
    until(
        &format!("a message is answered after {steps:?}"),
        BACK_WITHIN,
        async || {
            let (status, _) = stage.org.send(&stage.workspace.id, "back").await;
            (status == StatusCode::OK).then_some(())
        },
    )
    .await;
    eprintln!("{steps:?}: back after {:?}", back.elapsed());
    let _sender_has_ended_by_itself = ended.send(());
    let acknowledged = sending.await.unwrap();
    assert!(acknowledged.len() > 4, "there was load: {}", acknowledged.len());
    for (text, status, reply) in &acknowledged {
        match *status {
            StatusCode::OK => assert!(reply.to_string().contains(text.as_str()), "{text}: {reply}"),
            StatusCode::ACCEPTED => {
                let item = reply["queue_id"].as_str().unwrap();
                until(
                    &format!("{text} is answered after {steps:?}"),
                    ANSWERED_WITHIN,
                    async || {
                        let queued = stage.org.queued(&stage.workspace.id, item).await;
                        (queued["status"] == "completed").then_some(())
                    },
                )
                .await;
            }
            // Refused in words: the sender knows.
            _ => {}
        }
    }
    let mut texts: Vec<_> = agent.calls().iter().map(|call| call.text().to_owned()).collect();
    texts.sort();
    texts.retain(|text| text != "back");
    let all = texts.len();
    texts.dedup();
    assert_eq!(texts.len(), all, "answered twice after {steps:?}");
}
