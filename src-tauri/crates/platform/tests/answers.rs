//! Every kind of answer, and the kind of error that it becomes.

use std::time::Duration;

use axum::response::Response;
use ligand_platform::{Error, Kind, Stage};
use serde_json::{Value, json};

use crate::common::{Server, WORKSPACE, answer, answering, answering_json, code, recording_with, token};

const HTML: &str = "<!doctype html>\n<title>Acme</title>";

/// What the state poll, a call like most, makes of this server.
async fn told(server: &Server) -> Error {
    let error = server.platform().state(&token(), WORKSPACE).await.unwrap_err();
    assert_eq!(error.stage, Stage::State);
    code(&error);
    error
}

/// The kind that an answer becomes.
async fn kind(status: u16, content_type: &'static str, body: impl Into<axum::body::Bytes>) -> Kind {
    told(&answering(status, content_type, body).await).await.kind
}

async fn kind_of_json(status: u16, json: Value) -> Kind {
    told(&answering_json(status, &json).await).await.kind
}

#[tokio::test]
async fn a_page_is_no_platform_whatever_its_status() {
    for status in [200, 201, 400, 401, 403, 404, 410, 500, 502] {
        for content_type in ["text/html; charset=utf-8", "Text/HTML"] {
            let kind = kind(status, content_type, HTML).await;
            let Kind::NotAPlatform { status: told, .. } = kind else {
                panic!("{status} {content_type}: {kind}")
            };
            assert_eq!(told, status);
        }
    }
}

#[tokio::test]
async fn a_page_in_place_of_health_is_no_platform() {
    let server = answering(200, "text/html", HTML).await;
    let error = server.platform().health().await.unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::Health, "not_a_platform"));
}

#[tokio::test]
async fn json_that_calls_itself_something_else_is_no_platform() {
    let state = json!({"workspace_id": WORKSPACE, "status": "online", "paused": false, "deleted": false});
    for content_type in ["text/html", "text/plain; charset=utf-8"] {
        let kind = kind(200, content_type, state.to_string()).await;
        assert_eq!(kind.code(), "not_a_platform", "{content_type}");
    }
}

#[tokio::test]
async fn an_empty_404_is_no_platform() {
    // A tenant guard answers so when the org's id is missing, and an edge when it does not know the path.
    let Kind::NotAPlatform { status, content, .. } = kind(404, "", "").await else {
        panic!()
    };
    assert_eq!((status, content.as_str()), (404, "no body"));
    assert_eq!(
        kind(404, "text/plain", "404 page not found").await.code(),
        "not_a_platform"
    );
}

#[tokio::test]
async fn an_empty_403_is_a_wrong_origin_and_one_with_a_reason_a_refused_credential() {
    assert_eq!(kind(403, "", "").await.code(), "wrong_origin");
    let reason = "org token not authorized for this workspace's org";
    let Kind::Unauthorized { status, message } = kind_of_json(403, json!({"error": reason})).await else {
        panic!()
    };
    assert_eq!((status, message.as_str()), (403, reason));
}

#[tokio::test]
async fn a_401_is_a_refused_credential_with_the_platforms_word() {
    let kind = kind_of_json(401, json!({"error": "invalid workspace auth token"})).await;
    let Kind::Unauthorized { status, message } = kind else {
        panic!("{kind}")
    };
    assert_eq!((status, message.as_str()), (401, "invalid workspace auth token"));
}

/// What a limited request is told to wait.
async fn wait(status: u16, header: Option<&'static str>, body: Value) -> Option<Duration> {
    let reply = move |_: &_| -> Response {
        let mut response = answer(status, "application/json", body.to_string().into());
        if let Some(header) = header {
            response
                .headers_mut()
                .insert("retry-after", header.parse().unwrap());
        }
        response
    };
    match told(&recording_with(reply).await.0).await.kind {
        Kind::RateLimited { retry_after } if status == 429 => retry_after,
        Kind::Server { retry_after, .. } if status == 503 => retry_after,
        kind => panic!("{status}: {kind}"),
    }
}

#[tokio::test]
async fn how_long_to_wait_is_read_from_the_header_first_and_then_from_the_body() {
    let limited = json!({"error": "rate limit exceeded", "retry_after": 7});
    let enrolling = json!({"error": "workspace re-registering", "retry_after_seconds": 30});
    for status in [429, 503] {
        let cases = [
            (Some("12"), limited.clone(), Some(12)),
            (None, limited.clone(), Some(7)),
            (None, enrolling.clone(), Some(30)),
            (Some("soon"), limited.clone(), Some(7)),
            (Some("-1"), limited.clone(), Some(7)),
            (Some("0"), limited.clone(), Some(0)),
            (None, json!({"error": "busy", "retry_after": "7"}), None),
            (None, json!({"error": "busy"}), None),
        ];
        for (header, body, seconds) in cases {
            let told = wait(status, header, body.clone()).await;
            assert_eq!(
                told,
                seconds.map(Duration::from_secs),
                "{status} {header:?} {body}"
            );
        }
    }
}

#[tokio::test]
async fn a_429_without_json_is_a_limit_too() {
    assert_eq!(kind(429, "", "").await.code(), "rate_limited");
    assert_eq!(kind(429, "text/html", HTML).await.code(), "rate_limited");
}

#[tokio::test]
async fn a_410_in_json_is_a_removed_workspace() {
    let removed = json!({"error": "workspace removed", "id": WORKSPACE, "removed_at": null, "hint": "…"});
    let server = answering_json(410, &removed).await;
    let error = server.platform().workspaces(&token()).await.unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::List, "gone"));
    assert_eq!(kind(410, "", "").await.code(), "not_a_platform");
}

#[tokio::test]
async fn deleted_is_gone_in_every_call_but_the_state_poll() {
    let server = answering_json(404, &json!({"workspace_id": WORKSPACE, "deleted": true})).await;
    let beat = ligand_platform::Heartbeat::default();
    let error = server.platform().heartbeat(&token(), &beat).await.unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::Heartbeat, "gone"));
}

#[tokio::test]
async fn another_4xx_in_json_is_our_fault_with_the_platforms_word() {
    for (status, word) in [
        (400, "invalid workspace ID"),
        (404, "workspace not found"),
        (409, "no"),
        (413, "too big"),
    ] {
        let kind = kind_of_json(status, json!({"error": word})).await;
        let Kind::Refused {
            status: told,
            message,
        } = kind
        else {
            panic!("{kind}")
        };
        assert_eq!((told, message.as_str()), (status, word));
    }
}

#[tokio::test]
async fn a_5xx_is_the_platforms_fault_with_its_word() {
    let down =
        json!({"error": "platform datastore unavailable — retry shortly", "code": "platform_unavailable"});
    for (status, body, word) in [
        (500, json!({"error": "query failed"}), "query failed"),
        (503, down, "platform datastore unavailable — retry shortly"),
        (502, json!({"message": "bad gateway"}), "bad gateway"),
        (500, json!({"error": {"code": -32000}}), "no reason given"),
        (500, json!([]), "no reason given"),
    ] {
        let kind = kind_of_json(status, body).await;
        let Kind::Server {
            status: told,
            message,
            retry_after: None,
        } = kind
        else {
            panic!("{kind}")
        };
        assert_eq!((told, message.as_str()), (status, word));
    }
}

#[tokio::test]
async fn a_5xx_without_json_is_the_platforms_fault_too_and_says_something() {
    for (content_type, body) in [("text/plain", "Bad Gateway"), ("", "")] {
        let kind = kind(502, content_type, body).await;
        let Kind::Server {
            status: 502, message, ..
        } = kind
        else {
            panic!("{kind}")
        };
        assert_eq!(message, "no reason given");
    }
}

#[tokio::test]
async fn a_2xx_that_breaks_the_contract_is_a_protocol_fault() {
    for body in [
        json!([]),
        json!(null),
        json!("online"),
        json!({}),
        json!({"status": 7}),
    ] {
        assert_eq!(kind_of_json(200, body.clone()).await.code(), "protocol", "{body}");
    }
    for body in ["", "{\"status\":", "{\"status\": \"online\"} and more"] {
        assert_eq!(
            kind(200, "application/json", body).await.code(),
            "protocol",
            "{body}"
        );
    }
}

#[tokio::test]
async fn json_nested_without_end_is_a_fault_and_no_overflow() {
    assert_eq!(
        kind(200, "application/json", "[".repeat(1 << 20)).await.code(),
        "protocol"
    );
}
