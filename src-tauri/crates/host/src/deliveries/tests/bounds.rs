//! How many at a time, and the host that stops.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::*;
use crate::agent::test_agent::{Held, never, until};

#[tokio::test]
async fn of_a_hundred_at_once_one_is_worked_on_64_wait_and_the_rest_are_told() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, highest, go) = (now.clone(), most.clone(), Arc::new(Notify::new()));
    let wait = go.clone();
    let agent = TestAgent::start(move |request| {
        let (now, most, wait) = (counted.clone(), highest.clone(), wait.clone());
        async move {
            let body = text_or_empty(request).await;
            if body != "{}" {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                wait.notified().await;
                wait.notify_one();
                now.fetch_sub(1, Ordering::SeqCst);
            }
            answer_to(&body)
        }
    })
    .await;
    let bench = Bench::new(attached(&agent));
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..100 {
        let bench = bench.clone();
        calls.spawn(async move {
            bench
                .told(message(&json!(number), &number.to_string(), "x"))
                .await
        });
    }
    let mut busy = 0;
    for _ in 0..35 {
        let answer = calls.join_next().await.unwrap().unwrap();
        assert_eq!(answer["error"]["data"]["reason"], "busy", "{answer}");
        busy += 1;
    }
    assert_eq!(*bench.deliveries.active().borrow(), 1);
    go.notify_one();
    while let Some(answer) = calls.join_next().await {
        assert!(answer.unwrap().get("result").is_some());
    }
    assert_eq!((busy, most.load(Ordering::SeqCst)), (35, 1));
    assert_eq!(*bench.deliveries.active().borrow(), 0);
}

/// An agent that never answers a message, and a bench on it with one message under way.
async fn occupied(change: impl FnOnce(&mut Limits)) -> (TestAgent, Bench, tokio::task::JoinHandle<Value>) {
    let held = Held::counter();
    let count = held.clone();
    let agent = TestAgent::start(move |request| {
        let count = count.clone();
        async move {
            if request.method() == hyper::Method::GET {
                return Response::new(full("{}"));
            }
            never(Held::by(&count)).await
        }
    })
    .await;
    let bench = Bench::with(attached(&agent), change);
    let call = tokio::spawn({
        let bench = bench.clone();
        async move { bench.told(message(&json!(1), "first", "x")).await }
    });
    until(&held, 1).await;
    (agent, bench, call)
}

#[tokio::test]
async fn a_message_that_does_not_get_its_turn_in_time_is_told_and_may_come_again() {
    let (_agent, bench, _call) = occupied(|limits| limits.hold = Duration::from_millis(20)).await;
    for _ in 0..2 {
        let answer = bench.told(message(&json!(2), "second", "x")).await;
        assert_eq!(
            (&answer["id"], &answer["error"]["data"]["reason"]),
            (&json!(2), &json!("busy"))
        );
    }
}

#[tokio::test]
async fn when_the_host_stops_taking_calls_those_that_wait_are_left_to_the_platform() {
    let (_agent, bench, working) = occupied(|_| {}).await;
    let waiting = ["", "/a2a"].map(|rest| {
        let bench = bench.clone();
        tokio::spawn(async move { bench.push_below(rest, message(&json!(2), rest, "x")).await })
    });
    while bench.deliveries.0.permits.waiting(64) < 2 {
        tokio::task::yield_now().await;
    }
    bench.deliveries.accept(false);
    let [platform, bridge] = waiting;
    assert!(platform.await.unwrap().is_err(), "closed without a byte");
    assert_eq!(
        refusal(bridge.await.unwrap().unwrap()).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert!(bench.push(message(&json!(3), "third", "x")).await.is_err());
    let shared = bench.shared("POST", "").await;
    assert!(shared.headers().contains_key("retry-after"));
    assert_eq!(refusal(shared).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!working.is_finished(), "what the agent works on goes on");
}

#[tokio::test]
async fn draining_waits_for_what_is_under_way() {
    let agent = willing().await;
    let bench = Bench::new(attached(&agent));
    let response = bench.push(message(&json!(1), "m", "x")).await.unwrap();
    let drain = tokio::spawn({
        let bench = bench.clone();
        async move { bench.deliveries.drain(Duration::from_secs(10)).await }
    });
    tokio::task::yield_now().await;
    assert!(!drain.is_finished(), "the answer is not taken yet");
    rpc(response).await;
    assert_eq!(drain.await.unwrap(), 0);
}

#[tokio::test]
async fn what_outlasts_the_drain_is_cut_off_and_told() {
    let (_agent, bench, working) = occupied(|_| {}).await;
    assert!(bench.deliveries.drain(Duration::from_millis(20)).await > 0);
    assert_eq!(
        working.await.unwrap()["error"]["data"]["reason"],
        "outcome_unknown"
    );
    assert_eq!(*bench.deliveries.active().borrow(), 0);
    bench.deliveries.accept(true);
    let again = bench.told(message(&json!(2), "first", "x")).await;
    assert_eq!(
        again["error"]["data"]["reason"], "outcome_unknown",
        "it is not sent again"
    );
}

#[tokio::test]
async fn an_idle_host_drains_at_once() {
    assert_eq!(
        Bench::new(Agent::echo("Echo"))
            .deliveries
            .drain(Duration::ZERO)
            .await,
        0
    );
}
