//! Whatever goes wrong at the platform, what is shown is true soon, nobody is flooded, and it ends by itself.

use std::time::Duration;

use futures::future::join_all;
use ligand_e2e::{Era, Host, Stage, now, until};
use serde_json::{Value, json};

/// The next state poll notices a fault (at most 33 s), and what it means is shown within two more.
const SHOWN_WITHIN: Duration = Duration::from_secs(35);
/// Two seconds from the first fact that could be seen, and more for a machine that is busy with all of this.
const TOLD_WITHIN: Duration = Duration::from_secs(5);
/// The longest wait between two tries, when there were many in the last minute.
const MENDED_WITHIN: Duration = Duration::from_secs(65);
/// Requests in the first minute of a failure, those for the Canvas included.
const REQUESTS: u64 = 15;
const MINUTE: Duration = Duration::from_secs(59);

async fn shows(host: &Host<'_>, state: &str, within: Duration) -> Value {
    until(&format!("it shows {state}"), within, async || {
        let profile = host.profile().await?;
        (profile["presence"]["state"] == state).then_some(profile)
    })
    .await
}

fn codes(profile: &Value) -> Vec<&str> {
    let items = profile["health"].as_array().unwrap();
    items.iter().filter_map(|item| item["code"].as_str()).collect()
}

/// A fault that stands: it is shown, few requests meet it, and its end ends it.
async fn standing(era: Era, fault: Value, code: &str) {
    let what = fault["kind"].clone();
    const MANY: u64 = 1_000_000;
    let stage = Stage::set(era).await;
    let host = stage.online(&stage.profile()).await;
    let mut counted = fault.clone();
    counted["times"] = json!(MANY);
    stage.org.fault(&counted).await;
    let met = async || MANY - stage.org.faults().await[0]["times"].as_u64().unwrap();
    until("a request meets it", SHOWN_WITHIN, async || {
        (met().await > 0).then_some(())
    })
    .await;
    let began = now();
    shows(&host, "unreachable", TOLD_WITHIN).await;
    until(&format!("health says {code}"), SHOWN_WITHIN, async || {
        codes(&host.profile().await?).contains(&code).then_some(())
    })
    .await;
    tokio::time::sleep(MINUTE.saturating_sub(began.elapsed())).await;
    let requests = met().await;
    assert!(
        requests <= REQUESTS,
        "{what}: {requests} requests in the first minute"
    );
    assert_eq!(host.profile().await.unwrap()["presence"]["state"], "unreachable");
    stage.org.clear_faults().await;
    shows(&host, "online", MENDED_WITHIN).await;
}

#[tokio::test]
async fn every_fault_that_stands_is_shown_soon_floods_nobody_and_ends_by_itself_in_the_earlier_era() {
    all_that_stand(Era::S).await;
}

#[tokio::test]
async fn every_fault_that_stands_is_shown_soon_floods_nobody_and_ends_by_itself_in_the_later_era() {
    all_that_stand(Era::L).await;
}

/// All at the same time, each with an org of its own: they wait more than they work.
async fn all_that_stand(era: Era) {
    let faults = [
        (
            json!({"kind": "rate_limited", "retry_after": 20}),
            "platform_unreachable",
        ),
        (json!({"kind": "datastore"}), "platform_unreachable"),
        (json!({"kind": "html"}), "not_a_platform"),
        (json!({"kind": "empty_404"}), "not_a_platform"),
        (json!({"kind": "wrong_origin"}), "origin_refused"),
        (json!({"kind": "cut", "after_bytes": 3}), "platform_unreachable"),
    ];
    let stories = faults.map(|(fault, code)| standing(era, fault, code));
    join_all(stories).await;
}

/// A deed of the org: what becomes of it is shown.
async fn deed(era: Era, kind: &str, state: &str, within: Duration) {
    let stage = Stage::set(era).await;
    let host = stage.online(&stage.profile()).await;
    // Until the feed listens, only a poll tells.
    until("the feed listens", SHOWN_WITHIN, async || {
        host.org().await["live"].as_bool().filter(|live| *live)
    })
    .await;
    stage
        .org
        .fault(&json!({"kind": kind, "workspace": stage.workspace.id}))
        .await;
    shows(&host, state, within).await;
}

#[tokio::test]
async fn what_the_org_does_to_us_is_shown_as_soon_as_an_event_or_the_next_poll_tells() {
    let deeds = [
        ("pause", "paused", TOLD_WITHIN),
        ("remove", "removed", TOLD_WITHIN),
        // No event tells these.
        ("rotate_token", "needs_user", SHOWN_WITHIN),
        ("purge", "needs_user", SHOWN_WITHIN),
    ];
    let each = deeds.map(|(kind, state, within)| [Era::S, Era::L].map(|era| deed(era, kind, state, within)));
    join_all(each.into_iter().flatten()).await;
}

#[tokio::test]
async fn faults_of_the_events_and_slow_answers_are_no_outage() {
    let each = [Era::S, Era::L].map(async |era| {
        let stage = Stage::set(era).await;
        let host = stage.online(&stage.profile()).await;
        for fault in [
            json!({"kind": "ws_drop"}),
            json!({"kind": "ws_overflow"}),
            json!({"kind": "latency", "ms": 800}),
        ] {
            stage.org.fault(&fault).await;
        }
        let began = now();
        while began.elapsed() < SHOWN_WITHIN {
            assert_eq!(host.profile().await.unwrap()["presence"]["state"], "online");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    });
    join_all(each).await;
}
