//! Registering, beating, and what the platform hands out in return.

use serde_json::json;

use crate::platform::Platform;

#[tokio::test]
async fn registering_brings_online_and_in_the_later_generation_a_secret() {
    for platform in Platform::all().await {
        let workspace = platform.create("Laptop").await;
        let registered = platform.register(&workspace).await;
        assert_eq!(
            (registered.status, &registered.body["status"]),
            (200, &json!("registered"))
        );
        assert!(registered.body.get("auth_token").is_none(), "it had a token");
        let secret = registered.body.get("platform_inbound_secret");
        assert_eq!(secret.is_some(), platform.by_era(false, true));
        assert_eq!(
            registered.body.get("delivery_mode").is_some(),
            platform.by_era(false, true)
        );
        assert_eq!(platform.status(&workspace).await, "online");
        let beat = platform.beat(&workspace, json!({})).await;
        assert_eq!(beat.body.get("platform_inbound_secret"), secret);
    }
}

#[tokio::test]
async fn a_registration_without_its_fields_is_refused() {
    for platform in Platform::all().await {
        let workspace = platform.create("Laptop").await;
        for body in [
            json!({}),
            json!({"workspace_id": workspace.id}),
            json!([]),
            json!("x"),
        ] {
            let refused = platform.post("/registry/register", &workspace.token, &body).await;
            assert_eq!(
                (refused.status, &refused.body["error"]),
                (400, &json!("invalid request body")),
                "{body}"
            );
        }
    }
}

#[tokio::test]
async fn errors_degrade_from_a_half_and_recover_below_a_tenth() {
    for platform in Platform::all().await {
        let workspace = platform.create("Laptop").await;
        platform.register(&workspace).await;
        for (rate, status) in [
            (0.49, "online"),
            (0.5, "degraded"),
            (0.3, "degraded"),
            (0.1, "degraded"),
            (0.05, "online"),
        ] {
            platform.beat(&workspace, json!({"error_rate": rate})).await;
            assert_eq!(platform.status(&workspace).await, status, "{rate}");
        }
        platform
            .beat(&workspace, json!({"runtime_state": "wedged"}))
            .await;
        assert_eq!(platform.status(&workspace).await, "degraded");
        platform.beat(&workspace, json!({"runtime_state": "ok"})).await;
        assert_eq!(
            platform.status(&workspace).await,
            "degraded",
            "only the empty word is healthy"
        );
        platform.beat(&workspace, json!({"runtime_state": ""})).await;
        assert_eq!(platform.status(&workspace).await, "online");
    }
}

#[tokio::test]
async fn a_beat_for_nobody_is_200_and_one_without_an_id_is_400() {
    for platform in Platform::all().await {
        let nobody = json!({"workspace_id": "00000000-0000-0000-0000-00000000abcd"});
        assert_eq!(
            platform.post("/registry/heartbeat", "x", &nobody).await.status,
            200
        );
        let none = platform.post("/registry/heartbeat", "x", &json!({})).await;
        assert_eq!(
            (none.status, none.body),
            (400, json!({"error": "invalid request body"}))
        );
    }
}
