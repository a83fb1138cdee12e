//! HTTP by hand at both ends: through the shared door a request and its answer are as they are directly.

use std::time::Duration;

use ligand_e2e::{Answer, Era, Host, PROFILE, RawAgent, RawCaller, Stage, until};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// How long a stream may be silent at the least.
const SILENCE: Duration = Duration::from_secs(600);

async fn shared<'a>(stage: &'a Stage, agent: &RawAgent) -> (Host<'a>, String) {
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    profile.shared = true;
    let host = stage.online(&profile).await;
    let door = host.door("shared").await;
    (host, door)
}

/// A request by hand: its head, and what is sent after it.
struct Asked<'a> {
    method: &'a str,
    target: &'a str,
    headers: String,
    body: &'a [u8],
}

fn asked<'a>(method: &'a str, target: &'a str, headers: &str) -> Asked<'a> {
    let headers = headers.to_owned();
    Asked {
        method,
        target,
        headers,
        body: b"",
    }
}

async fn answer(base: &str, asked: &Asked<'_>) -> Answer {
    let mut caller = RawCaller::connect(base).await;
    caller.head(asked.method, asked.target, &asked.headers).await;
    if asked.headers.contains("100-continue") {
        assert_eq!(caller.answer(false).await.status, "100");
    }
    caller.write(asked.body).await;
    caller.answer(asked.method == "HEAD").await
}

#[tokio::test]
async fn what_is_asked_and_answered_by_hand_is_the_same_through_the_shared_door_as_directly() {
    let stage = Stage::set(Era::L).await;
    let agent = RawAgent::start(json!({})).await;
    let (_host, door) = shared(&stage, &agent).await;
    let two_megabytes: Vec<u8> = (0..2_000_000_u32).map(|number| (number % 251) as u8).collect();
    let long = format!("X-Long: {}\r\n", "x".repeat(40 * 1024));
    let mut all = vec![
        asked("GET", "/x/q?a=%2F&b=c+d%20&&=;'[]{}|`^\\", ""),
        asked("GET", "/x/q?", ""),
        asked("GET", "/x/q?%zz&%&?#".trim_end_matches('#'), ""),
        asked("GET", "/x/tasks/1%2F2:cancel/%20/~a!$&'()*+,;=@", ""),
        asked("GET", "/x//two///slashes/", ""),
        asked("POST", "/rpc?x", "A2A-Version:\r\nContent-Length: 0\r\n"),
        asked(
            "POST",
            "/rpc",
            "A2A-Version: 1.0\r\nA2A-Version: 0.3\r\nContent-Length: 0\r\n",
        ),
        asked(
            "GET",
            "/x/h",
            "Authorization: Bearer x\r\nCookie: a=b\r\nX-Empty:\r\nX-Odd: \u{e4}\r\nVia: 1.1 x\r\n",
        ),
        asked("GET", "/x/h", &long),
        asked("HEAD", "/x/h", ""),
        asked("HEAD", "/x/chunked", ""),
        asked("HEAD", "/x/tagged", "If-None-Match: W/\"v1\"\r\n"),
        asked("GET", "/x/tagged", "If-None-Match: W/\"v1\"\r\n"),
        asked("GET", "/x/tagged", "If-None-Match: W/\"v2\"\r\n"),
        asked("GET", "/x/chunked", ""),
        asked("GET", "/x/nothing", ""),
        asked("GET", "/x/odd", ""),
        asked("DELETE", "/x/thing", ""),
        asked("OPTIONS", "/x/thing", "Origin: https://page.example\r\n"),
        asked("QUERY", "/x/thing", "Content-Length: 0\r\n"),
    ];
    for (headers, body) in [
        (
            "Transfer-Encoding: chunked\r\n",
            b"3\r\nabc\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n".as_slice(),
        ),
        (
            "Content-Length: 2000000\r\nExpect: 100-continue\r\n",
            &two_megabytes,
        ),
        ("Content-Length: 2000000\r\n", &two_megabytes),
    ] {
        for target in ["/rpc", "/x/upload"] {
            let headers = headers.to_owned();
            all.push(Asked {
                method: "POST",
                target,
                headers,
                body,
            });
        }
    }
    for asked in &all {
        let directly = answer(agent.url(), asked).await;
        let through = answer(&door, asked).await;
        assert_eq!(directly, through, "{} {}", asked.method, asked.target);
    }
}

#[tokio::test]
async fn the_base_with_and_without_a_slash_is_the_agents_own_endpoint_without_a_redirect() {
    let stage = Stage::set(Era::L).await;
    let agent = RawAgent::start(json!({})).await;
    let (_host, door) = shared(&stage, &agent).await;
    for below in ["", "/", "?q=%2F", "/?q=%2F", "/a2a", "/rpc", "/rpc/"] {
        let answer = answer(&door, &asked("POST", below, "Content-Length: 0\r\n")).await;
        assert_eq!(answer.status, "200");
        let heard: Value = serde_json::from_str(&answer.body).unwrap();
        let query = below.find('?').map_or("", |at| &below[at..]);
        assert_eq!(heard["target"], format!("/rpc{query}"), "{below}");
    }
}

#[tokio::test]
async fn the_card_leads_through_the_door_and_is_known_by_its_tag() {
    let stage = Stage::set(Era::L).await;
    let agent = RawAgent::start(json!({})).await;
    let (_host, door) = shared(&stage, &agent).await;
    let mut tags = Vec::new();
    for place in ["/.well-known/agent-card.json", "/.well-known/agent.json"] {
        let got = answer(&door, &asked("GET", place, "Accept-Encoding: gzip\r\n")).await;
        let card: Value = serde_json::from_str(&got.body).unwrap();
        assert_eq!(card["url"], format!("{door}/rpc"));
        assert_eq!(card["additionalInterfaces"][0]["url"], format!("{door}/x"));
        let tag = got
            .headers
            .iter()
            .find(|(name, _)| name == "etag")
            .unwrap()
            .1
            .clone();
        let head = answer(&door, &asked("HEAD", place, "")).await;
        assert_eq!((&head.headers, head.length), (&got.headers, Some(got.body.len())));
        let had = answer(&door, &asked("GET", place, &format!("If-None-Match: {tag}\r\n"))).await;
        assert_eq!((had.status.as_str(), had.body.as_str()), ("304", ""));
        tags.push(tag);
    }
    assert_eq!(tags[0], tags[1]);
}

#[tokio::test]
async fn a_signed_card_passes_untouched_and_the_status_says_that_it_leads_nowhere() {
    let stage = Stage::set(Era::L).await;
    let agent = RawAgent::start(json!({ "signatures": [{ "protected": "e30", "signature": "x" }] })).await;
    let (host, door) = shared(&stage, &agent).await;
    let card = asked("GET", "/.well-known/agent-card.json", "");
    assert_eq!(answer(agent.url(), &card).await, answer(&door, &card).await);
    let is_said = async || {
        let profile = host.online().await;
        let mut items = profile["health"].as_array().unwrap().iter();
        items.any(|item| item["code"] == "sealed_card").then_some(())
    };
    until("the warning is there", Duration::from_secs(10), is_said).await;
    assert!(
        host.ligand(&["door", "unshare", "--profile", PROFILE])
            .await
            .status
            .success()
    );
    let is_gone = async || is_said().await.is_none().then_some(());
    until(
        "the warning is gone with the open door",
        Duration::from_secs(10),
        is_gone,
    )
    .await;
}

#[tokio::test]
#[ignore = "takes ten minutes: cargo xtask test --full"]
async fn a_stream_that_is_silent_for_ten_minutes_goes_on() {
    let stage = Stage::set(Era::L).await;
    let agent = RawAgent::start(json!({})).await;
    let (_host, door) = shared(&stage, &agent).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let mut stream = client.get(format!("{door}/x/silent")).send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "data: 1\n\n");
    let silence = tokio::time::timeout(SILENCE, stream.chunk()).await;
    assert!(silence.is_err(), "it was not silent: {silence:?}");
    agent.go_on();
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "data: 2\n\n");
    assert_eq!(stream.chunk().await.unwrap(), None);
}
