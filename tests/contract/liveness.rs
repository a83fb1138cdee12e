//! When the platform gives a silent workspace up, and what brings it back.

use std::time::Duration;

use serde_json::json;

use crate::platform::Platform;

#[tokio::test]
async fn a_silent_workspace_is_given_up_after_its_generations_window() {
    for platform in Platform::all().await {
        if !platform.has_switches("a_silent_workspace_is_given_up_after_its_generations_window") {
            continue;
        }
        let workspace = platform.create("Laptop").await;
        platform.register(&workspace).await;
        let window = platform.by_era(90, 180);
        platform.advance(Duration::from_secs(window - 10)).await;
        assert_eq!(platform.status(&workspace).await, "online");
        platform.advance(Duration::from_secs(15)).await;
        assert_eq!(
            platform.status(&workspace).await,
            platform.by_era("offline", "awaiting_agent")
        );
        platform.beat(&workspace, json!({})).await;
        assert_eq!(
            platform.status(&workspace).await,
            "online",
            "a beat brings it back"
        );
    }
}

#[tokio::test]
async fn one_whose_agent_never_came_fails_after_ten_minutes_in_the_older_generation_alone() {
    for platform in Platform::all().await {
        if !platform
            .has_switches("one_whose_agent_never_came_fails_after_ten_minutes_in_the_older_generation_alone")
        {
            continue;
        }
        let workspace = platform.create("Laptop").await;
        platform.advance(Duration::from_secs(601)).await;
        let given_up = platform.by_era("failed", "awaiting_agent");
        assert_eq!(platform.status(&workspace).await, given_up);
        platform.beat(&workspace, json!({})).await;
        assert_eq!(
            platform.status(&workspace).await,
            platform.by_era("failed", "online")
        );
        platform.register(&workspace).await;
        assert_eq!(
            platform.status(&workspace).await,
            "online",
            "registering always does"
        );
    }
}
