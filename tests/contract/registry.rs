//! Registering, beating, and what the platform hands out in return.

use std::time::Duration;

use ligand_e2e::Era;
use serde_json::json;

use crate::platform::{Org, Workspace};

#[tokio::test]
async fn registration_stores_url_and_card_and_sets_the_workspace_online() {
    for org in Org::each().await {
        let era = org.era;
        let workspace = org.create("Laptop").await;
        let reply = org.register(&workspace, "http://localhost:9/w/x").await;
        assert_eq!((reply.status, &reply.body["status"]), (200, &json!("registered")));
        assert!(
            reply.body.get("auth_token").is_none(),
            "the token from the creation counts"
        );
        match era {
            Era::S => assert_eq!(reply.body, json!({"status": "registered"})),
            Era::L => {
                assert_eq!(reply.body["delivery_mode"], "push");
                let secret = reply.body["platform_inbound_secret"].as_str().unwrap();
                assert_eq!(secret.len(), 43);
                let beat = org.beat(&workspace, json!({})).await;
                assert_eq!(
                    beat.body["platform_inbound_secret"], secret,
                    "the same in every heartbeat"
                );
            }
        }
        let shown = org.show(&workspace).await;
        assert_eq!(
            (&shown["status"], &shown["url"]),
            (&json!("online"), &json!("http://localhost:9/w/x"))
        );
        assert_eq!(
            (&shown["agent_card"]["name"], &shown["name"]),
            (&json!("Laptop"), &json!("Laptop"))
        );
        org.register(&workspace, "http://localhost:9/w/y").await;
        assert_eq!(
            org.show(&workspace).await["url"],
            "http://localhost:9/w/y",
            "a new URL replaces the old one"
        );
    }
}

#[tokio::test]
async fn the_later_generation_lets_an_agent_fetch_its_messages_instead_of_being_called() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let workspace = org.create("Laptop").await;
    let register = |fields: serde_json::Value| {
        let mut body = json!({"id": workspace.id, "agent_card": {}});
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        org.post("/registry/register")
            .bearer(&workspace.token)
            .json(body)
            .send()
    };
    for (wrong, error) in [
        (
            json!({"delivery_mode": "carrier pigeon"}),
            "delivery_mode must be 'push' or 'poll'",
        ),
        (
            json!({"kind": "castle"}),
            "kind must be 'workspace' or 'platform'",
        ),
        (
            json!({"delivery_mode": "push", "agent_card": {"url": "http://169.254.169.254/"}}),
            "workspace agent_card URL not allowed",
        ),
    ] {
        assert_eq!(register(wrong).await.refusal(), (400, error));
    }
    assert_eq!(
        register(json!({"kind": "platform", "delivery_mode": "poll"}))
            .await
            .status,
        403
    );
    let no_url = register(json!({"delivery_mode": "push"})).await;
    assert_eq!(no_url.body["error"], "url is required for push-mode workspaces");
    let silent = register(json!({})).await;
    assert_eq!(
        silent.body["delivery_mode"], "poll",
        "an external workspace that does not say is not called"
    );
    let reply = org.say(&workspace, "m-1", "hi").await;
    let wanted = json!({"status": "queued", "delivery_mode": "poll", "method": "message/send"});
    assert_eq!((reply.status, reply.body), (200, wanted));
    let rows = org.received(&workspace).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["request_body"]["params"]["message"]["messageId"], "m-1");
    assert!(rows[0].get("response_body").is_none());
}

#[tokio::test]
async fn a_refused_registration_shows_as_degraded_for_five_minutes_in_the_later_generation() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let workspace = org.create_at("Laptop", "http://localhost:9/").await;
    assert_eq!(org.register(&workspace, "http://10.0.0.1/").await.status, 400);
    org.beat(&workspace, json!({})).await;
    assert_eq!(org.status(&workspace).await, "degraded");
    org.advance(Duration::from_secs(60)).await;
    org.beat(&workspace, json!({})).await;
    assert_eq!(org.status(&workspace).await, "degraded");
    org.beat(&workspace, json!({"agent_card": {"name": "x"}})).await;
    assert_eq!(
        org.status(&workspace).await,
        "online",
        "a card in a heartbeat ends it"
    );
}

#[tokio::test]
async fn errors_and_a_wedged_runtime_degrade_a_workspace_and_recovery_has_a_threshold_of_its_own() {
    for org in Org::each().await {
        let workspace = org.create_at("Laptop", "http://localhost:9/").await;
        let after = async |fields| {
            org.beat(&workspace, fields).await;
            org.status(&workspace).await
        };
        assert_eq!(after(json!({"error_rate": 0.4})).await, "online");
        assert_eq!(after(json!({"error_rate": 0.5})).await, "degraded");
        assert_eq!(after(json!({"error_rate": 0.2})).await, "degraded");
        assert_eq!(
            after(json!({"error_rate": 0.0, "runtime_state": "ok"})).await,
            "degraded"
        );
        assert_eq!(after(json!({"error_rate": 0.0})).await, "online");
        let managed = json!({"error_rate": 1.0, "runtime_metadata": {"capabilities": {"status_mgmt": true}}});
        assert_eq!(
            after(managed.clone()).await,
            "degraded",
            "what it can is known from the next beat on"
        );
        assert_eq!(
            after(json!({})).await,
            "degraded",
            "that it judges itself is forgotten after this beat"
        );
        assert_eq!(after(json!({})).await, "online");
        let managed_well = json!({"runtime_metadata": {"capabilities": {"status_mgmt": true}}});
        after(managed_well).await;
        assert_eq!(after(managed).await, "online", "it manages its status itself");
        after(json!({})).await;
        assert_eq!(after(json!({"runtime_state": "wedged"})).await, "degraded");
        assert_eq!(after(json!({})).await, "online");
    }
}

#[tokio::test]
async fn a_heartbeat_lifts_a_workspace_that_waits_for_its_first_agent() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        assert_eq!(
            org.beat(&workspace, json!({"monthly_spend": 12})).await.status,
            200
        );
        assert_eq!(org.status(&workspace).await, "online");
        let unknown = Workspace {
            id: "7d0f0000-0000-0000-0000-000000000000".into(),
            token: "x".into(),
        };
        assert_eq!(
            org.beat(&unknown, json!({})).await.status,
            200,
            "nobody has a token for it"
        );
    }
}

#[tokio::test]
async fn a_new_card_replaces_the_old_one_and_changes_nothing_else() {
    for org in Org::each().await {
        let workspace = org.create_at("Laptop", "http://localhost:9/").await;
        let update = |card: serde_json::Value| {
            let body = json!({"workspace_id": workspace.id, "agent_card": card});
            org.post("/registry/update-card")
                .bearer(&workspace.token)
                .json(body)
                .send()
        };
        let key = json!({"capabilities": {"extensions": [{"uri": "urn:x", "params": {"key": "k"}}]}});
        assert_eq!(update(key.clone()).await.body, json!({"status": "updated"}));
        let shown = org.show(&workspace).await;
        assert_eq!(
            (&shown["agent_card"], &shown["url"]),
            (&key, &json!("http://localhost:9/"))
        );
        let unsafe_url = update(json!({"url": "http://169.254.169.254/"})).await;
        let wanted = org.by_era((200, ""), (400, "workspace URL not allowed"));
        assert_eq!(unsafe_url.refusal(), wanted);
    }
}
