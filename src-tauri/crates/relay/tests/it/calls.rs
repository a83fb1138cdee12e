//! What a call looks like on the other side.

use std::sync::{Arc, Mutex};

use futures::future::join_all;
use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::header::HeaderMap;
use ligand_tunnel::{CallContent, STREAMS_PER_LINK};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::support::{
    Alive, Answered, Laptop, Platform, RawCaller, Relay, client, echo, eventually, path, soon, text,
};

type Seen = Arc<Mutex<Vec<(String, HeaderMap)>>>;

/// Notes what arrives, and answers "seen".
fn noting(seen: &Seen) -> impl Fn(Request<CallContent>) -> std::future::Ready<Answered> + Clone + use<> {
    let seen = seen.clone();
    move |request| {
        let line = format!("{} {}", request.method(), request.uri());
        seen.lock().unwrap().push((line, request.headers().clone()));
        std::future::ready(Ok(text("seen")))
    }
}

#[tokio::test]
async fn path_query_and_headers_arrive_as_they_were_sent() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let seen = Seen::default();
    let served = Laptop::known(&platform, &relay).serve(noting(&seen)).await;
    let target = format!(
        "{}/v1/tasks:x/%2F%20..//a?q=%41&r=a+b&&=;'",
        path(&served.shared_door)
    );
    let mut caller = RawCaller::connect(&relay).await;
    caller
        .write(format!(
            "GET {target} HTTP/1.1\r\nHost: relay.example\r\nA2A-Version:\r\nX-Unknown: 1\r\nX-Unknown: 2\r\n\
             Authorization: Bearer t\r\nConnection: keep-alive, x-mine\r\nX-Mine: 1\r\nTE: trailers\r\n\
             Proxy-Authorization: x\r\n\r\n"
        ))
        .await;
    let answer = caller.until("seen").await;
    assert!(answer.starts_with("HTTP/1.1 200"));
    let (line, headers) = seen.lock().unwrap().pop().unwrap();
    assert_eq!(line, format!("GET {target}"));
    assert_eq!(headers["a2a-version"], "");
    assert_eq!(headers["host"], "relay.example");
    assert_eq!(headers["authorization"], "Bearer t");
    assert_eq!(
        headers.get_all("x-unknown").iter().collect::<Vec<_>>(),
        ["1", "2"]
    );
    for gone in ["connection", "x-mine", "te", "proxy-authorization"] {
        assert!(!headers.contains_key(gone), "{gone}");
    }
}

#[tokio::test]
async fn answers_keep_their_status_and_headers_but_those_about_the_connection() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay)
        .serve(|_request| async {
            let mut response = text("teapot");
            *response.status_mut() = hyper::StatusCode::IM_A_TEAPOT;
            let headers = response.headers_mut();
            headers.insert("etag", "W/\"1\"".parse().unwrap());
            headers.append("set-cookie", "a=1".parse().unwrap());
            headers.append("set-cookie", "b=2".parse().unwrap());
            headers.insert("keep-alive", "timeout=1".parse().unwrap());
            headers.insert("content-type", "text/x".parse().unwrap());
            Ok(response)
        })
        .await;
    let answer = client().get(&served.shared_door).send().await.unwrap();
    assert_eq!(answer.status(), 418);
    let headers = answer.headers();
    assert_eq!(headers["etag"], "W/\"1\"");
    assert_eq!(headers["content-length"], "6");
    assert_eq!(headers["content-type"], "text/x");
    assert_eq!(headers.get_all("set-cookie").iter().count(), 2);
    assert!(!headers.contains_key("keep-alive") && !headers.contains_key("connection"));
    assert!(headers.contains_key("date"));
}

#[tokio::test]
async fn calls_that_come_together_are_answered_in_order_whatever_form_each_has() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let path = path(&served.shared_door);
    let sized = |body: &str| crate::support::post(&path, body);
    let chunked =
        format!("POST {path} HTTP/1.1\r\nhost: r\r\ntransfer-encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n");
    let last =
        format!("POST {path} HTTP/1.1\r\nhost: r\r\nconnection: close\r\ncontent-length: 4\r\n\r\nfour");
    for calls in [
        [sized("one"), chunked.clone(), sized("3"), last.clone()],
        [sized("one"), sized("two"), sized("3"), last.clone()],
        [chunked.replace("two", "one"), sized("two"), sized("3"), last],
    ] {
        let mut caller = RawCaller::connect(&relay).await;
        caller.write(calls.concat()).await;
        let said = String::from_utf8(caller.rest().await).unwrap();
        let mut answers = said.split("HTTP/1.1 200 OK\r\n");
        assert_eq!(answers.next(), Some(""), "{said}");
        for body in ["one", "two", "3", "four"] {
            let answer = answers.next().unwrap();
            let (sized, chunked) = (format!("\r\n\r\n{body}"), format!("\r\n{body}\r\n0\r\n\r\n"));
            assert!(
                answer.ends_with(&sized) || answer.ends_with(&chunked),
                "{body}: {said}"
            );
            assert_eq!(answer.matches("date: ").count(), 1, "{answer}");
        }
        assert_eq!(answers.next(), None);
    }
}

#[tokio::test]
async fn head_and_not_modified_have_no_body_and_keep_their_length() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay)
        .serve(|request: Request<CallContent>| async move {
            let mut response = text("");
            if request.headers().contains_key("if-none-match") {
                *response.status_mut() = hyper::StatusCode::NOT_MODIFIED;
                response.headers_mut().insert("etag", "\"1\"".parse().unwrap());
            } else if request.method() == "HEAD" {
                response
                    .headers_mut()
                    .insert("content-length", "1234".parse().unwrap());
            } else {
                return Ok(text("next"));
            }
            Ok(response)
        })
        .await;
    let path = path(&served.shared_door);
    // One connection: a body where none belongs would show up before the last answer.
    let mut caller = RawCaller::connect(&relay).await;
    caller
        .write(format!("HEAD {path} HTTP/1.1\r\nhost: r\r\n\r\n"))
        .await;
    let head = caller.until("\r\n\r\n").await;
    assert!(head.contains("content-length: 1234\r\n"), "{head}");
    caller
        .write(format!(
            "GET {path} HTTP/1.1\r\nhost: r\r\nif-none-match: \"1\"\r\n\r\n"
        ))
        .await;
    let not_modified = caller.until("\r\n\r\n").await;
    assert!(
        not_modified.starts_with("HTTP/1.1 304") && not_modified.contains("etag: \"1\""),
        "{not_modified}"
    );
    caller
        .write(format!("GET {path} HTTP/1.1\r\nhost: r\r\n\r\n"))
        .await;
    assert!(caller.until("next").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_caller_that_expects_100_continue_gets_it_and_its_2_mb_arrive() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay)
        .serve(|request: Request<CallContent>| async move {
            let length = request.into_body().collect().await.unwrap().to_bytes().len();
            Ok(text(format!("{length} bytes")))
        })
        .await;
    for door in [&served.platform_door, &served.shared_door] {
        let mut caller = RawCaller::connect(&relay).await;
        caller
            .write(format!(
                "POST {} HTTP/1.1\r\nhost: r\r\nexpect: 100-continue\r\ncontent-length: 2000000\r\n\r\n",
                path(door)
            ))
            .await;
        assert_eq!(caller.until("\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
        caller.write(vec![b'x'; 2_000_000]).await;
        assert!(caller.until("2000000 bytes").await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn an_upgrade_under_a_door_is_refused_and_never_reaches_the_laptop() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let seen = Seen::default();
    let served = Laptop::known(&platform, &relay).serve(noting(&seen)).await;
    let mut caller = RawCaller::connect(&relay).await;
    caller
        .write(format!(
            "GET {} HTTP/1.1\r\nhost: r\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
            path(&served.shared_door)
        ))
        .await;
    assert!(caller.until("no_upgrade").await.starts_with("HTTP/1.1 501"));
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn requests_that_can_be_read_in_two_ways_never_reach_the_laptop() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let seen = Seen::default();
    let served = Laptop::known(&platform, &relay).serve(noting(&seen)).await;
    let path = path(&served.shared_door);
    for head in [
        format!("POST {path} HTTP/1.1\r\nhost: r\r\nhost: s\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\n\r\n"),
        format!("POST http://r{path} HTTP/1.1\r\nhost: r\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\nhost: r\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx"),
        format!("POST {path} HTTP/1.1\r\nhost: r\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\nhost: r\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\nhost: r\r\nx y: 1\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\nhost: r\r\nx: a\u{1}b\r\n\r\n"),
    ] {
        let mut caller = RawCaller::connect(&relay).await;
        caller.write(&head).await;
        assert!(
            caller.until("\r\n\r\n").await.starts_with("HTTP/1.1 400"),
            "{head}"
        );
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn heads_of_60_kb_pass_both_ways_and_larger_ones_are_refused() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay)
        .serve(|request: Request<CallContent>| async move {
            let mut response = text("");
            response
                .headers_mut()
                .insert("x-large", request.headers()["x-large"].clone());
            Ok(response)
        })
        .await;
    let large = "x".repeat(60 * 1024);
    let answer = client()
        .get(&served.shared_door)
        .header("x-large", &large)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["x-large"], large.as_str());
    let larger = "x".repeat(66 * 1024);
    let answer = client()
        .get(&served.shared_door)
        .header("x-large", larger)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_calls_at_once_go_over_one_link() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let (go, working) = (Arc::new(Semaphore::new(0)), Alive::default());
    let served = Laptop::known(&platform, &relay).serve(working.at_work(&go)).await;
    let client = client();
    let calls = (0..300).map(|number| {
        let request = client.post(&served.platform_door).body(format!("call {number}"));
        async move {
            assert_eq!(
                request.send().await.unwrap().text().await.unwrap(),
                format!("call {number}")
            );
        }
    });
    let calls = tokio::spawn(join_all(calls.collect::<Vec<_>>()));
    eventually("as many as there are streams", || {
        working.count() == STREAMS_PER_LINK
    })
    .await;
    go.add_permits(300);
    soon(calls).await.unwrap();
    eventually("all work has ended", || working.count() == 0).await;
}

#[tokio::test]
async fn streams_are_used_again() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let client = client();
    // yamux gives up a link after 2^31 streams; what shows here is that the same few serve many calls in a row.
    for number in 0..500 {
        let body = "x".repeat(number * 100);
        let answer = client
            .post(&served.platform_door)
            .body(body.clone())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.text().await.unwrap(), body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_the_laptop_did_not_read_does_not_hurt_the_next_call() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay)
        .serve(|request: Request<CallContent>| async move {
            if request.headers().contains_key("x-refuse") {
                let mut response = text("no");
                *response.status_mut() = hyper::StatusCode::UNAUTHORIZED;
                return Ok(response);
            }
            echo(request).await
        })
        .await;
    let client = client();
    for size in [1, 1_000, 10_000, 60_000, 100_000, 1_000_000] {
        for _ in 0..10 {
            let body = vec![b'x'; size];
            let refused = client
                .post(&served.platform_door)
                .header("x-refuse", "1")
                .body(body)
                .send()
                .await;
            assert_eq!(refused.unwrap().status(), 401, "{size}");
            let answer = client
                .post(&served.platform_door)
                .body("after")
                .send()
                .await
                .unwrap_or_else(|error| panic!("{size}: {error:?}"));
            assert_eq!(answer.text().await.unwrap(), "after", "{size}");
        }
    }
}

#[tokio::test]
async fn the_health_check_answers_and_everything_else_is_json() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let healthy = client()
        .get(relay.url().join("/healthz").unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(healthy.status(), 200);
    assert_eq!(healthy.json::<Value>().await.unwrap()["status"], "ok");
    let nothing = client()
        .get(relay.url().join("/favicon.ico").unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(nothing.status(), 404);
    assert!(nothing.json::<Value>().await.unwrap()["error"].is_string());
}

#[tokio::test]
async fn http_1_0_callers_are_served() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let mut caller = RawCaller::connect(&relay).await;
    let path = path(&served.shared_door);
    caller
        .write(format!("POST {path} HTTP/1.0\r\ncontent-length: 5\r\n\r\nhello"))
        .await;
    let answer = String::from_utf8(caller.rest().await).unwrap();
    assert!(
        answer.starts_with("HTTP/1.0 200") && answer.ends_with("\r\n\r\nhello"),
        "{answer}"
    );
}
