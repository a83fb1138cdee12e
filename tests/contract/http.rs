//! What every request and every answer has in common.

use reqwest::Method;
use serde_json::json;

use crate::platform::{Platform, answer};

#[tokio::test]
async fn health_is_open_and_says_ok_in_json() {
    for platform in Platform::all().await {
        let health = answer(platform.request(Method::GET, "/health")).await;
        assert_eq!((health.status, health.body), (200, json!({"status": "ok"})));
    }
}

#[tokio::test]
async fn a_foreign_origin_is_an_empty_403_and_the_platforms_own_is_none() {
    for platform in Platform::all().await {
        let from = async |origin: &str| {
            let request = platform.request(Method::GET, "/health").header("Origin", origin);
            let answered = answer(request).await;
            (answered.status, answered.text.is_empty())
        };
        assert_eq!(from("https://evil.example").await, (403, true));
        assert_eq!(
            from(&format!("{}/", platform.url)).await,
            (403, true),
            "a slash is foreign"
        );
        assert_eq!(from(&platform.url).await.0, 200);
    }
}

#[tokio::test]
async fn every_answer_has_the_limits_and_the_security_headers() {
    for platform in Platform::all().await {
        for path in ["/health", "/workspaces"] {
            let answered = answer(platform.request(Method::GET, path)).await;
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
    for platform in Platform::all().await {
        for (method, path) in [
            (Method::GET, "/no/such/route"),
            (Method::PUT, "/registry/register"),
            (Method::GET, "/registry/heartbeat"),
        ] {
            let answered = answer(platform.request(method, path)).await;
            assert_eq!(answered.status, 404, "{path}");
        }
    }
}
