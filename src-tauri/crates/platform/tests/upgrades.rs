//! Feeds that do not come about: the upgrade to WebSocket is refused, or does not fit.

use ligand_platform::{Error, Kind, Stage};
use serde_json::json;

use crate::common::{Server, answering, answering_json, code, raw, token};

async fn refusal(server: &Server) -> Error {
    let error = server.platform().events(Some(&token()), None).await.unwrap_err();
    assert_eq!(error.stage, Stage::Events);
    code(&error);
    error
}

#[tokio::test]
async fn a_refused_upgrade_is_told_like_any_refusal() {
    let server = answering_json(401, &json!({"error": "invalid WebSocket credential"})).await;
    let error = refusal(&server).await;
    assert!(
        matches!(error.kind, Kind::Unauthorized { status: 401, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("invalid WebSocket credential"),
        "{error}"
    );
    for (status, body, kind) in [
        (
            429,
            json!({"error": "rate limit exceeded", "retry_after": 7}),
            "rate_limited",
        ),
        (500, json!({"error": "auth check failed"}), "server"),
        (200, json!({"status": "ok"}), "protocol"),
    ] {
        assert_eq!(
            refusal(&answering_json(status, &body).await).await.kind.code(),
            kind
        );
    }
    assert_eq!(
        refusal(&answering(404, "", "").await).await.kind.code(),
        "not_a_platform"
    );
    assert_eq!(
        refusal(&answering(200, "text/html", "<title>").await)
            .await
            .kind
            .code(),
        "not_a_platform"
    );
}

#[tokio::test]
async fn an_origin_that_the_feed_does_not_take_is_told_as_such() {
    // Platform and edge refuse it without a body, the upgrade itself in plain text.
    for (content_type, body) in [("", ""), ("text/plain; charset=utf-8", "Forbidden\n")] {
        assert_eq!(
            refusal(&answering(403, content_type, body).await)
                .await
                .kind
                .code(),
            "wrong_origin"
        );
    }
    assert_eq!(
        refusal(&answering(403, "text/html", "<title>").await)
            .await
            .kind
            .code(),
        "not_a_platform"
    );
    let json = answering_json(403, &json!({"error": "no"})).await;
    assert_eq!(refusal(&json).await.kind.code(), "unauthorized");
}

#[tokio::test]
async fn an_upgrade_that_does_not_fit_our_key_is_refused() {
    let server = raw(
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
          sec-websocket-accept: c29tZXRoaW5nIGVsc2U=\r\n\r\n",
        false,
    )
    .await;
    assert_eq!(refusal(&server).await.kind.code(), "protocol");
}
