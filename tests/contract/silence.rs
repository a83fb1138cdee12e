//! When the platform gives a silent workspace up, and what brings it back.

use std::time::Duration;

use serde_json::json;

use crate::platform::{NOBODY, Org};

#[tokio::test]
async fn a_silent_external_workspace_is_swept_after_its_generations_window_and_a_heartbeat_brings_it_back() {
    for org in Org::each().await {
        if !org.has_clock() {
            continue;
        }
        let (window, swept) = org.by_era((90, "offline"), (180, "awaiting_agent"));
        let silent = org.create_at("Silent", NOBODY).await;
        // Just inside the window: several sweeps pass it over.
        org.advance(Duration::from_secs(window - 5)).await;
        let sweeps = org.create_at("Sweeps", NOBODY).await;
        assert_eq!(org.status(&silent).await, "online");
        org.advance(Duration::from_secs(20)).await;
        org.wait_for_status(&silent, swept).await;
        assert_eq!(org.status(&sweeps).await, "online");
        assert_eq!(org.show(&silent).await["url"], NOBODY, "it can still be called");
        org.beat(&silent, json!({})).await;
        assert_eq!(org.status(&silent).await, "online");
    }
}

#[tokio::test]
async fn a_creation_that_nobody_registers_fails_after_ten_minutes_in_the_older_generation_alone() {
    for org in Org::each().await {
        if !org.has_clock() {
            continue;
        }
        let workspace = org.create("Laptop").await;
        org.advance(Duration::from_secs(10 * 60 + 31)).await;
        let given_up = org.by_era("failed", "awaiting_agent");
        assert_eq!(org.status(&workspace).await, given_up);
        org.beat(&workspace, json!({})).await;
        assert_eq!(org.status(&workspace).await, org.by_era("failed", "online"));
        org.register(&workspace, NOBODY).await;
        assert_eq!(org.status(&workspace).await, "online", "registering always does");
    }
}
