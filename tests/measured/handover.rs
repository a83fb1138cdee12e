//! A workspace changes hands: from one laptop of a person to another one, while people in the org write to it.

use std::time::{Duration, Instant};

use ligand_e2e::{Era, Host, OrgCaller, Scratch, Stage, TestAgent, now, until};
use reqwest::StatusCode;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::alone;

/// How many calls are under way while a workspace changes hands, and how many the second laptop has answered when it
/// has surely got it.
const CALLERS: usize = 4;
const ANSWERED: usize = 50;
/// The time between two calls.
const PAUSE: Duration = Duration::from_millis(2);
/// A heartbeat has the platform send what it has queued: every 30 s, give or take a tenth.
const DELIVERED_WITHIN: Duration = Duration::from_secs(70);
/// How long a laptop may take to begin to answer.
const SOON: Duration = Duration::from_secs(20);
/// For how long at the most nobody may be answered while it does. It is some tens of milliseconds; the rest is for a
/// machine that starts a host at the same time.
const SILENT_FOR: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn while_a_workspace_changes_hands_nothing_is_lost_and_answers_hardly_pause() {
    let _alone = alone().await;
    let stage = Stage::set_in(Scratch::with_usual_log(), Era::L, &[]).await;
    let agents = [TestAgent::start().await, TestAgent::start().await];
    let [of_first, of_second] = agents.each_ref().map(|agent| {
        let mut profile = stage.profile();
        profile.agent = Some(agent.url().to_owned());
        profile
    });
    let _first = stage.online(&of_first).await;
    let (over, mut callers) = (CancellationToken::new(), JoinSet::new());
    for _ in 0..CALLERS {
        callers.spawn(answered(
            stage.org.caller(),
            stage.workspace.id.clone(),
            over.clone(),
        ));
    }
    until("the first one answers", SOON, async || {
        (agents[0].calls().len() > ANSWERED).then_some(())
    })
    .await;
    let elsewhere = Scratch::with_usual_log();
    let second = Host::connected(&elsewhere, &of_second, &stage.workspace).await;
    until("the second one answers", SOON, async || {
        (agents[1].calls().len() > ANSWERED).then_some(())
    })
    .await;
    over.cancel();
    let (mut answers, mut queued) = (Vec::new(), Vec::new());
    for (answered, items) in callers.join_all().await {
        answers.extend(answered);
        queued.extend(items);
    }
    answers.sort_unstable();
    let silent = answers.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    eprintln!(
        "nobody was answered for {silent:.1?} at the longest; of {} calls {} were queued",
        answers.len() + queued.len(),
        queued.len()
    );
    assert!(silent < SILENT_FOR, "{silent:?}");
    for item in queued {
        until("what was queued is delivered", DELIVERED_WITHIN, async || {
            let item = stage.org.queued(&stage.workspace.id, &item).await;
            (item["status"] == "completed").then_some(())
        })
        .await;
    }
    second.online().await;
}

/// Calls until it is over: when it was answered, and the messages that the platform has queued instead.
async fn answered(
    caller: OrgCaller,
    workspace: String,
    over: CancellationToken,
) -> (Vec<Instant>, Vec<String>) {
    let (mut answers, mut queued) = (Vec::new(), Vec::new());
    while !over.is_cancelled() {
        let (status, reply) = caller.try_send(&workspace, "hello").await.unwrap();
        match status {
            StatusCode::OK => {
                assert_eq!(reply["result"]["parts"][0]["text"], "heard: hello", "{reply}");
                answers.push(now());
            }
            StatusCode::ACCEPTED => queued.push(reply["queue_id"].as_str().unwrap().to_owned()),
            other => panic!("{other}: {reply}"),
        }
        tokio::time::sleep(PAUSE).await;
    }
    (answers, queued)
}
