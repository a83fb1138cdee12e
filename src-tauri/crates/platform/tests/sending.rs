//! Sending a message, and everything that can become of it.

use std::time::Duration;

use ligand_platform::{Answer, Error, Stage};
use serde_json::{Value, json};

use crate::common::{Server, TOKEN, WORKSPACE, answering, answering_json, code, recording, token};

/// Longer than any test takes.
const LATE: Duration = Duration::from_secs(120);

async fn send(server: &Server) -> Result<Answer, Error> {
    server
        .platform()
        .send(Some(&token()), WORKSPACE, &message(), LATE)
        .await
}

fn message() -> Value {
    json!({"jsonrpc": "2.0", "id": "1", "method": "message/send", "params": {}})
}

#[tokio::test]
async fn a_message_goes_to_the_workspace_as_it_is() {
    let reply = json!({"jsonrpc": "2.0", "id": "1", "result": {"kind": "message", "parts": []}});
    let (server, record) = recording(200, &reply).await;
    assert_eq!(send(&server).await.unwrap(), Answer::Replied(reply));
    let asked = record.one();
    assert_eq!(asked.line(), format!("POST /workspaces/{WORKSPACE}/a2a"));
    assert_eq!(asked.json(), message());
    assert_eq!(asked.header("authorization"), [format!("Bearer {TOKEN}")]);
    assert_eq!(asked.header("x-workspace-id"), [""; 0]);
}

#[tokio::test]
async fn an_old_platform_takes_a_message_without_a_credential() {
    let (server, record) = recording(200, &json!({"jsonrpc": "2.0", "id": "1", "result": "hi"})).await;
    server
        .platform()
        .send(None, WORKSPACE, &message(), LATE)
        .await
        .unwrap();
    assert_eq!(record.one().header("authorization"), [""; 0]);
}

#[tokio::test]
async fn an_error_of_json_rpc_is_an_answer() {
    let reply = json!({"jsonrpc": "2.0", "id": "1", "error": {"code": -32601, "message": "no such method"}});
    assert_eq!(
        send(&answering_json(200, &reply).await).await.unwrap(),
        Answer::Replied(reply)
    );
}

#[tokio::test]
async fn an_answer_that_speaks_of_queues_is_still_an_answer() {
    let replies = [
        json!({"jsonrpc": "2.0", "id": "1", "result": {"status": "queued", "delivery_mode": "poll"}}),
        json!({"jsonrpc": "2.0", "id": "1", "status": "queued", "delivery_mode": "poll", "result": "hi"}),
        json!({"status": "queued"}),
        json!({"queued": true, "queue_depth": 3}),
    ];
    for reply in replies {
        assert_eq!(
            send(&answering_json(200, &reply).await).await.unwrap(),
            Answer::Replied(reply)
        );
    }
}

#[tokio::test]
async fn a_busy_or_sleeping_workspace_queues() {
    let new = json!({"queued": true, "queue_id": "q-1", "queue_depth": 2, "message": "queued"});
    let queued = send(&answering_json(202, &new).await).await.unwrap();
    assert_eq!(
        queued,
        Answer::Queued {
            queue_id: Some("q-1".into()),
            depth: 2
        }
    );
    let bare = send(&answering_json(202, &json!({"queued": true})).await)
        .await
        .unwrap();
    assert_eq!(
        bare,
        Answer::Queued {
            queue_id: None,
            depth: 0
        }
    );
}

#[tokio::test]
async fn a_workspace_that_fetches_or_answers_later_accepts() {
    for mode in ["poll", "push-async"] {
        let reply = json!({"status": "queued", "delivery_mode": mode, "method": "message/send"});
        let accepted = send(&answering_json(200, &reply).await).await.unwrap();
        assert_eq!(
            accepted,
            Answer::Accepted {
                delivery_mode: mode.into()
            }
        );
    }
}

#[tokio::test]
async fn a_message_that_the_platform_does_not_deliver_tells_why() {
    for (status, word, kind) in [
        (401, "missing caller auth token", "unauthorized"),
        (402, "workspace budget limit exceeded", "refused"),
        (403, "invalid caller ID", "unauthorized"),
        (404, "workspace not found", "refused"),
        (413, "body too large", "refused"),
        (502, "failed to reach workspace agent", "server"),
        (503, "workspace has no URL", "server"),
    ] {
        let error = send(&answering_json(status, &json!({"error": word})).await)
            .await
            .unwrap_err();
        assert_eq!((error.stage, code(&error)), (Stage::Send, kind));
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[tokio::test]
async fn an_agent_that_answers_nothing_or_no_json_does_not_make_the_platform_a_stranger() {
    // The platform passes an agent's bytes on under its own content type.
    for body in ["", "hello", "<!doctype html>"] {
        let error = send(&answering(200, "application/json", body).await)
            .await
            .unwrap_err();
        assert_eq!((error.stage, code(&error)), (Stage::Send, "protocol"), "{body}");
    }
}
