//! Handing work to a peer, and fetching a plugin.

use ligand_platform::{Delegated, Stage, Standing};
use serde_json::json;
use uuid::Uuid;

use crate::common::{TOKEN, WORKSPACE, answering, answering_json, code, recording, recording_with, token};

/// A delegation's id.
const ID: Uuid = Uuid::from_u128(0xd1);

#[tokio::test]
async fn a_task_is_handed_over_in_our_name_under_its_key() {
    let reply = json!({"delegation_id": ID, "status": "delegated", "target_id": WORKSPACE});
    let (server, record) = recording(202, &reply).await;
    let peer = Uuid::from_u128(7);
    let delegated = server
        .platform()
        .delegate(&token(), WORKSPACE, peer, "think", "k-1")
        .await
        .unwrap();
    let fresh = Delegated { id: ID, known: false };
    assert_eq!(delegated, fresh);
    let asked = record.one();
    assert_eq!(asked.line(), format!("POST /workspaces/{WORKSPACE}/delegate"));
    assert_eq!(
        asked.json(),
        json!({"target_id": peer, "task": "think", "idempotency_key": "k-1"})
    );
    assert_eq!(asked.header("authorization"), [format!("Bearer {TOKEN}")]);
}

#[tokio::test]
async fn the_whole_answer_of_a_delegation_is_read_from_the_log() {
    let text = "long ".repeat(1000);
    let rows = json!([
        {"method": "delegate_result", "status": "completed", "response_body": {"text": text, "delegation_id": ID}},
        {"method": "delegate", "status": "completed", "request_body": {"task": "t", "delegation_id": ID}},
    ]);
    let server = answering_json(200, &rows).await;
    let found = server
        .platform()
        .delegation(&token(), WORKSPACE, ID)
        .await
        .unwrap();
    assert_eq!(found.unwrap().standing, Standing::Completed { text });
    let none = server
        .platform()
        .delegation(&token(), WORKSPACE, Uuid::nil())
        .await;
    assert_eq!(none.unwrap(), None);
}

#[tokio::test]
async fn a_plugin_comes_in_pieces_with_its_source() {
    let (server, record) = recording_with(|_| {
        let headers = [
            ("content-type", "application/gzip"),
            ("x-plugin-source", "local://greeter"),
        ];
        (headers, "not really gzip")
    })
    .await;
    let platform = server.platform();
    let mut archive = platform.plugin(&token(), WORKSPACE, "greeter").await.unwrap();
    assert_eq!(archive.source(), Some("local://greeter"));
    let mut bytes = Vec::new();
    while let Some(piece) = archive.next().await.unwrap() {
        bytes.extend_from_slice(&piece);
    }
    assert_eq!(bytes, b"not really gzip");
    let asked = record.one();
    assert_eq!(
        asked.line(),
        format!("GET /workspaces/{WORKSPACE}/plugins/greeter/download")
    );
    assert_eq!(asked.header("accept"), ["application/gzip"]);
}

#[tokio::test]
async fn what_is_no_archive_is_not_taken_for_a_plugin() {
    let word = json!({"error": "failed to fetch plugin from local", "source": "local://x"}).to_string();
    for (status, kind, body, wanted) in [
        (404, "application/json", word.as_str(), "refused"),
        (413, "application/json", r#"{"error":"too large"}"#, "refused"),
        (200, "application/json", "{}", "protocol"),
        (200, "text/html", "<!doctype html>", "not_a_platform"),
        (200, "", "\u{1f}", "not_a_platform"),
    ] {
        let server = answering(status, kind, body.to_owned()).await;
        let error = server
            .platform()
            .plugin(&token(), WORKSPACE, "x")
            .await
            .unwrap_err();
        assert_eq!((error.stage, code(&error)), (Stage::Plugin, wanted), "{body}");
    }
}
