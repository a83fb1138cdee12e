//! The same delivery more than once, and callers that leave.

use super::*;
use crate::agent::test_agent::{Held, never, until};

/// An agent that holds each message until it is let go, and counts those it holds.
struct Holding {
    agent: TestAgent,
    held: Arc<tokio::sync::watch::Sender<usize>>,
    go: Arc<tokio::sync::Notify>,
}

impl Holding {
    async fn start() -> Self {
        let (held, go) = (Held::counter(), Arc::new(tokio::sync::Notify::new()));
        let (count, wait) = (held.clone(), go.clone());
        let agent = TestAgent::start(move |request| {
            let (count, wait) = (count.clone(), wait.clone());
            async move {
                let body = text_or_empty(request).await;
                if body != "{}" {
                    let _held = Held::by(&count);
                    wait.notified().await;
                }
                answer_to(&body)
            }
        })
        .await;
        Self { agent, held, go }
    }

    /// How many messages it got; the one request for its card is none.
    fn messages(&self) -> usize {
        self.agent.requests() - 1
    }
}

#[tokio::test]
async fn the_same_message_twice_at_once_is_one_and_each_caller_is_answered_under_its_own_id() {
    let holding = Holding::start().await;
    let bench = Bench::new(attached(&holding.agent));
    let calls = [json!(1), json!("two")].map(|id| {
        let bench = bench.clone();
        tokio::spawn(async move { bench.told(message(&id, "m", "x")).await })
    });
    until(&holding.held, 1).await;
    holding.go.notify_waiters();
    let [one, two] = calls;
    assert_eq!(one.await.unwrap()["id"], 1);
    assert_eq!(two.await.unwrap()["id"], "two");
    assert_eq!(holding.messages(), 1);
}

#[tokio::test]
async fn a_message_that_was_answered_gets_the_same_answer_again() {
    let agent = willing().await;
    let bench = Bench::new(attached(&agent));
    let first = bench.told(message(&json!(1), "m", "x")).await;
    let requests = agent.requests();
    let again = bench.told(message(&json!(2), "m", "x")).await;
    assert_eq!((&first["result"], &again["id"]), (&again["result"], &json!(2)));
    assert_eq!(agent.requests(), requests);
    bench.told(message(&json!(3), "m", "other content")).await;
    assert_eq!(agent.requests(), requests + 1, "other content is another message");
}

#[tokio::test]
async fn when_the_caller_leaves_the_work_goes_on_and_the_answer_waits_for_it() {
    let holding = Holding::start().await;
    let bench = Bench::new(attached(&holding.agent));
    let call = tokio::spawn({
        let bench = bench.clone();
        async move { bench.told(message(&json!(1), "m", "x")).await }
    });
    until(&holding.held, 1).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(*bench.deliveries.active().borrow(), 1, "the count stays true");
    holding.go.notify_one();
    assert_eq!(bench.told(message(&json!(2), "m", "x")).await["id"], 2);
    assert_eq!(holding.messages(), 1);
}

#[tokio::test]
async fn a_call_that_nobody_can_ask_for_again_ends_with_its_caller() {
    let holding = Holding::start().await;
    let bench = Bench::new(attached(&holding.agent));
    let call = tokio::spawn({
        let bench = bench.clone();
        async move {
            bench
                .told(r#"{"jsonrpc":"2.0","id":1,"method":"tasks/get"}"#)
                .await
        }
    });
    until(&holding.held, 1).await;
    call.abort();
    until(&holding.held, 0).await;
    let mut active = bench.deliveries.active();
    let idle = active.wait_for(|active| *active == 0);
    tokio::time::timeout(Duration::from_secs(10), idle)
        .await
        .expect("it is counted for ever")
        .unwrap();
}

#[tokio::test]
async fn what_reached_the_agent_and_got_no_answer_is_told_so_and_not_sent_again() {
    let agent = TestAgent::start(|request| async {
        if text_or_empty(request).await == "{}" {
            return Response::builder().status(404).body(full("")).unwrap();
        }
        // The head promises more than comes.
        Response::builder()
            .header("content-length", "100")
            .body(breaking())
            .unwrap()
    })
    .await;
    let bench = Bench::new(attached(&agent));
    let first = bench.told(message(&json!(1), "m", "x")).await;
    let requests = agent.requests();
    for answer in [first, bench.told(message(&json!(2), "m", "x")).await] {
        assert_eq!(answer["error"]["data"]["reason"], "outcome_unknown", "{answer}");
    }
    assert_eq!(agent.requests(), requests);
}

/// A body that breaks off after its first piece.
fn breaking() -> Body {
    use http_body_util::{BodyExt as _, StreamBody};
    let pieces = [
        Ok(hyper::body::Frame::data(Bytes::from_static(b"half"))),
        Err("broken".into()),
    ];
    StreamBody::new(futures::stream::iter(pieces)).boxed()
}

#[tokio::test]
async fn an_agent_slower_than_anyone_waits_is_an_unknown_outcome() {
    let held = Held::counter();
    let count = held.clone();
    let agent = TestAgent::start(move |request| {
        let count = count.clone();
        async move {
            if text_or_empty(request).await == "{}" {
                return Response::new(full("{}"));
            }
            never(Held::by(&count)).await
        }
    })
    .await;
    let bench = Bench::with(attached(&agent), |limits| {
        limits.answer = Duration::from_millis(50)
    });
    let answer = bench.told(message(&json!(1), "m", "x")).await;
    assert_eq!(answer["error"]["data"]["reason"], "outcome_unknown");
    until(&held, 0).await;
}
