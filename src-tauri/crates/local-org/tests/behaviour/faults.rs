//! The switches of a test, and that nobody else has them.

use std::time::Duration;

use ligand_local_org::Era;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{ADMIN, Org};

async fn with_switches(era: Era) -> Org {
    Org::start_as(tempfile::tempdir().unwrap(), |options| {
        options.era = era;
        options.faults = true;
    })
    .await
}

async fn set(org: &Org, fault: Value) {
    let reply = org.post("/admin/faults").bearer(ADMIN).json(fault).send().await;
    assert_eq!((reply.status, reply.body), (200, json!({})));
}

async fn clear(org: &Org) {
    let reply = org
        .call(Method::DELETE, "/admin/faults")
        .bearer(ADMIN)
        .send()
        .await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn without_being_asked_for_there_are_no_switches_and_with_them_only_for_the_admin() {
    let plain = Org::start(Era::L).await;
    assert_eq!(plain.get("/admin/faults").bearer(ADMIN).send().await.status, 404);
    let clock = plain
        .post("/admin/clock")
        .bearer(ADMIN)
        .json(json!({"advance_ms": 1}));
    assert_eq!(clock.send().await.status, 404);

    let org = with_switches(Era::L).await;
    let token = org
        .post("/org/tokens")
        .bearer(ADMIN)
        .json(json!({}))
        .send()
        .await
        .body;
    for token in ["nobody's", token["auth_token"].as_str().unwrap()] {
        assert_eq!(org.get("/admin/faults").bearer(token).send().await.status, 401);
    }
    for wrong in [json!({"kind": "flood"}), json!({}), json!({"kind": "latency"})] {
        let reply = org.post("/admin/faults").bearer(ADMIN).json(wrong).send().await;
        assert_eq!(reply.status, 400);
    }
}

#[tokio::test]
async fn a_standing_fault_is_met_where_and_as_often_as_it_says_until_it_is_cleared() {
    let org = with_switches(Era::L).await;
    set(
        &org,
        json!({"kind": "rate_limited", "retry_after": 7, "path": "/health", "times": 1}),
    )
    .await;
    let met = org.get("/health").send().await;
    assert_eq!(
        (met.status, met.headers["retry-after"].to_str().unwrap()),
        (429, "7")
    );
    assert_eq!(
        met.body,
        json!({"error": "rate limit exceeded", "retry_after": 7})
    );
    assert_eq!(org.get("/health").send().await.status, 200, "it was met once");

    set(&org, json!({"kind": "datastore", "path": "/health"})).await;
    let met = org.get("/health").send().await;
    assert_eq!(
        (met.status, &met.body["code"]),
        (503, &json!("platform_unavailable"))
    );
    let listed = org.get("/admin/faults").bearer(ADMIN).send().await.body;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    clear(&org).await;

    set(&org, json!({"kind": "html"})).await;
    let met = org.get("/health").send().await;
    assert!(
        met.status == 200 && met.text.starts_with("<!doctype html>"),
        "{met:?}"
    );
    clear(&org).await;
    for (kind, status) in [("empty_404", 404), ("wrong_origin", 403)] {
        set(&org, json!({"kind": kind})).await;
        let met = org.get("/health").send().await;
        assert_eq!((met.status, met.text.as_str()), (status, ""));
        clear(&org).await;
    }
    assert_eq!(org.get("/health").send().await.status, 200);
}

#[tokio::test]
async fn an_answer_that_is_cut_breaks_off_within_its_announced_length() {
    let org = with_switches(Era::L).await;
    set(&org, json!({"kind": "cut", "after_bytes": 5})).await;
    let url = format!("{}/health", org.running.url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.get(url).send().await.unwrap();
    assert_eq!(response.content_length(), Some(15));
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn the_clock_is_moved_and_what_that_brings_about_has_come_about() {
    for (era, window, status) in [(Era::S, 90, "offline"), (Era::L, 180, "awaiting_agent")] {
        let org = with_switches(era).await;
        let workspace = org.create_at("Laptop", "http://127.0.0.1:9/").await;
        let advance = async |seconds: u64| {
            let body = json!({"advance_ms": seconds * 1_000});
            let reply = org.post("/admin/clock").bearer(ADMIN).json(body).send().await;
            assert!(reply.status == 200 && reply.body["now"].is_string(), "{reply:?}");
        };
        advance(window - 5).await;
        assert_eq!(org.status(&workspace).await, "online");
        advance(10).await;
        assert_eq!(org.status(&workspace).await, status);
    }
}

#[tokio::test]
async fn what_is_done_behind_a_clients_back_is_what_an_operator_would_do() {
    let org = with_switches(Era::L).await;
    let workspace = org.create_at("Laptop", "http://127.0.0.1:9/").await;
    let deed = |kind: &str| json!({"kind": kind, "workspace": workspace.id});
    org.say(&workspace, "m-1", "hi").await;
    let rows = org.received(&workspace).await;
    set(&org, deed("forget_activity")).await;
    let cursor = rows[0]["id"].as_str().unwrap();
    let path = format!("/workspaces/{}/activity?since_id={cursor}", workspace.id);
    assert_eq!(org.get(&path).bearer(&workspace.token).send().await.status, 410);
    set(&org, deed("pause")).await;
    assert_eq!(org.status(&workspace).await, "paused");
    set(&org, deed("rotate_token")).await;
    assert_eq!(org.beat(&workspace, json!({})).await.status, 401);
    set(&org, deed("remove")).await;
    let path = format!("/workspaces/{}", workspace.id);
    assert_eq!(org.get(&path).send().await.status, 410);
    set(&org, deed("purge")).await;
    assert_eq!(org.get(&path).send().await.status, 404);
    let again = org
        .post("/admin/faults")
        .bearer(ADMIN)
        .json(deed("purge"))
        .send()
        .await;
    assert_eq!(again.status, 404);
}

#[tokio::test]
async fn a_fault_of_one_path_is_not_met_below_it() {
    let org = with_switches(Era::L).await;
    let workspace = org.create("Laptop").await;
    let rows = json!([{"id": workspace.id, "name": "Made up", "status": "dreaming"}]);
    set(
        &org,
        json!({"kind": "answer", "status": 200, "body": rows, "path": "/workspaces", "exact": true}),
    )
    .await;
    assert_eq!(org.get("/workspaces").bearer(ADMIN).send().await.body, rows);
    let path = format!("/workspaces/{}", workspace.id);
    assert_eq!(org.get(&path).send().await.body["name"], "Laptop");
}

#[tokio::test]
async fn viewers_are_dropped_miss_what_happens_or_hear_what_did_not() {
    let org = with_switches(Era::S).await;
    let addr = org.running.addr();
    let stream = tokio::net::TcpStream::connect(addr).await.unwrap();
    let (mut viewer, _) = tokio_tungstenite::client_async(format!("ws://{addr}/ws"), stream)
        .await
        .unwrap();
    let mut next = async || {
        let frame = futures::StreamExt::next(&mut viewer);
        tokio::time::timeout(Duration::from_secs(10), frame)
            .await
            .unwrap()
    };
    set(&org, json!({"kind": "ws_overflow"})).await;
    org.create("Missed").await;
    clear(&org).await;
    org.create("Seen").await;
    let seen = next().await.unwrap().unwrap().into_text().unwrap();
    assert!(seen.contains("Seen"), "{seen}");
    // What making it told besides.
    while !next().await.unwrap().unwrap().to_string().contains("AWAITING") {}
    let nobody = "00000000-0000-4000-8000-000000000000";
    set(
        &org,
        json!({"kind": "event", "event": "BOOT_STEP", "workspace": nobody, "payload": {"step": 1}}),
    )
    .await;
    let told: Value = serde_json::from_str(&next().await.unwrap().unwrap().into_text().unwrap()).unwrap();
    assert_eq!(
        (&told["event"], &told["payload"]),
        (&json!("BOOT_STEP"), &json!({"step": 1}))
    );
    set(&org, json!({"kind": "ws_drop"})).await;
    loop {
        match next().await {
            None | Some(Err(_)) => break,
            Some(Ok(frame)) if frame.is_close() => break,
            Some(Ok(_)) => {}
        }
    }
}
