//! What every request and every answer has in common.

use ligand_e2e::Era;
use reqwest::Method;
use serde_json::json;

use crate::platform::Org;

#[tokio::test]
async fn health_is_open_and_says_ok_in_json() {
    for org in Org::each().await {
        let health = org.get("/health").send().await;
        assert_eq!((health.status, health.body), (200, json!({"status": "ok"})));
    }
}

#[tokio::test]
async fn a_foreign_origin_is_an_empty_403_and_the_platforms_own_is_none() {
    for org in Org::each().await {
        let from = async |origin: &str| {
            let answered = org.get("/health").header("Origin", origin).send().await;
            (answered.status, answered.text.is_empty())
        };
        assert_eq!(from("https://evil.example").await, (403, true));
        assert_eq!(
            from(&format!("{}/", org.url)).await,
            (403, true),
            "a slash is foreign"
        );
        assert_eq!(from(&org.url).await.0, 200);
    }
}

#[tokio::test]
async fn every_answer_has_the_limits_and_the_security_headers() {
    for org in Org::each().await {
        for path in ["/health", "/workspaces"] {
            let answered = org.get(path).send().await;
            for name in [
                "x-ratelimit-limit",
                "x-ratelimit-remaining",
                "x-ratelimit-reset",
                "x-frame-options",
                "strict-transport-security",
                "referrer-policy",
                "permissions-policy",
                "content-security-policy",
            ] {
                assert!(answered.headers.contains_key(name), "{path} has no {name}");
            }
            assert_eq!(answered.headers["x-content-type-options"], "nosniff");
        }
    }
}

#[tokio::test]
async fn what_is_no_route_is_404_whatever_the_method() {
    for org in Org::each().await {
        for (method, path) in [
            (Method::GET, "/no/such/route"),
            (Method::PUT, "/registry/register"),
            (Method::GET, "/registry/heartbeat"),
        ] {
            let answered = org.call(method, path).send().await;
            assert_eq!(answered.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn the_older_generation_has_none_of_the_later_ones_routes() {
    let Some(org) = Org::of(Era::S).await else {
        return;
    };
    let workspace = org.create("Laptop").await;
    for (method, path) in [
        (Method::POST, "/activity/ack"),
        (Method::POST, "/a2a/inbound"),
        (Method::GET, "/a2a/queue/00000000-0000-0000-0000-000000000001"),
        (Method::POST, "/external/rotate"),
        (Method::GET, "/external/connection"),
    ] {
        let call = org.call(method, &workspace.path(path)).admin();
        assert_eq!(
            call.json(json!({"acked_seq": 1})).send().await.status,
            404,
            "{path}"
        );
    }
}

#[tokio::test]
async fn all_viewers_share_one_view_of_the_canvas() {
    for org in Org::each().await {
        let put = || org.call(Method::PUT, "/canvas/viewport").admin();
        let moved = json!({"x": 1.5, "y": -2.0, "zoom": 0.5});
        let saved = put().json(moved.clone()).send().await;
        assert_eq!((saved.status, saved.body), (200, json!({"status": "saved"})));
        let view = org.get("/canvas/viewport").send().await.body;
        for key in ["x", "y", "zoom"] {
            assert_eq!(view[key].as_f64(), moved[key].as_f64(), "{key}");
        }
        let wrong = put().raw("{").send().await;
        assert_eq!(wrong.refusal(), (400, "invalid viewport data"));
    }
}
