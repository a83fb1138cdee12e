//! Register, heartbeat, card and state, as both generations answer.

use ligand_platform::{DeliveryMode, Heartbeat, Registered, Registration, Stage, State, Status};
use serde_json::{Value, json};

use crate::common::{TOKEN, WORKSPACE, answering_json, code, recording, token};

const INBOUND: &str = "in-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_abc";

fn registration() -> Registration {
    Registration {
        id: WORKSPACE,
        url: Some("https://relay.example/w/abc".into()),
        agent_card: json!({"name": "Laptop", "skills": []}),
    }
}

async fn registered(reply: Value) -> Registered {
    answering_json(200, &reply)
        .await
        .platform()
        .register(&token(), &registration())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_register_says_id_address_card_and_push() {
    let (server, record) = recording(200, &json!({"status": "registered"})).await;
    server
        .platform()
        .register(&token(), &registration())
        .await
        .unwrap();
    let asked = record.one();
    assert_eq!(asked.line(), "POST /registry/register");
    let said = json!({
        "id": WORKSPACE, "url": "https://relay.example/w/abc", "delivery_mode": "push",
        "agent_card": {"name": "Laptop", "skills": []}
    });
    assert_eq!(asked.json(), said);
}

#[tokio::test]
async fn an_old_platform_registers_without_a_secret_and_with_a_token_only_for_who_had_none() {
    let plain = registered(json!({"status": "registered"})).await;
    assert!(plain.auth_token.is_none() && plain.inbound_secret.is_none() && plain.delivery_mode.is_none());
    let first = registered(json!({"status": "registered", "auth_token": TOKEN})).await;
    assert_eq!(first.auth_token.as_ref().map(|token| token.expose()), Some(TOKEN));
    assert!(!format!("{first:?}").contains(TOKEN));
}

#[tokio::test]
async fn a_new_platform_registers_with_secret_and_mode() {
    let reply = json!({"status": "registered", "delivery_mode": "push", "platform_inbound_secret": INBOUND});
    let read = registered(reply).await;
    assert_eq!(
        read.inbound_secret.as_ref().map(|secret| secret.expose()),
        Some(INBOUND)
    );
    assert_eq!(
        (read.delivery_mode, read.auth_token.is_none()),
        (Some(DeliveryMode::Push), true)
    );
    assert!(!format!("{read:?}").contains(INBOUND));
}

#[tokio::test]
async fn an_empty_secret_is_no_secret() {
    for nothing in [json!(""), json!("  "), json!(null)] {
        let read = registered(json!({"auth_token": nothing, "platform_inbound_secret": nothing})).await;
        assert!(
            read.auth_token.is_none() && read.inbound_secret.is_none(),
            "{nothing}"
        );
        let server = answering_json(200, &json!({"status": "ok", "platform_inbound_secret": nothing})).await;
        let beat = server
            .platform()
            .heartbeat(&token(), &Heartbeat::default())
            .await
            .unwrap();
        assert!(beat.inbound_secret.is_none(), "{nothing}");
    }
}

#[tokio::test]
async fn a_mode_of_the_future_does_not_lose_the_token_that_came_with_it() {
    // The register has taken effect, and its token is shown this once.
    let read =
        registered(json!({"status": "registered", "delivery_mode": "pigeon", "auth_token": TOKEN})).await;
    assert_eq!((read.delivery_mode, read.auth_token.is_some()), (None, true));
}

#[tokio::test]
async fn an_address_that_the_platform_does_not_take_is_told_with_its_word() {
    let word = "url targets a blocked address: RFC-1918 private address";
    let server = answering_json(400, &json!({"error": word})).await;
    let error = server
        .platform()
        .register(&token(), &registration())
        .await
        .unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::Register, "refused"));
    assert!(error.to_string().contains(word), "{error}");
}

#[tokio::test]
async fn a_heartbeat_says_everything_that_is_overwritten_by_it() {
    let (server, record) = recording(200, &json!({"status": "ok"})).await;
    let beat = Heartbeat {
        workspace_id: WORKSPACE,
        error_rate: 0.25,
        sample_error: "out of tea".into(),
        active_tasks: 2,
        uptime_seconds: 321,
        current_task: "tea".into(),
        runtime_state: String::new(),
    };
    let learned = server.platform().heartbeat(&token(), &beat).await.unwrap();
    assert!(learned.inbound_secret.is_none());
    let asked = record.one();
    assert_eq!(asked.line(), "POST /registry/heartbeat");
    let said = json!({
        "workspace_id": WORKSPACE, "error_rate": 0.25, "sample_error": "out of tea", "active_tasks": 2,
        "uptime_seconds": 321, "current_task": "tea", "runtime_state": ""
    });
    assert_eq!(asked.json(), said);
}

#[tokio::test]
async fn a_new_platform_hands_its_secret_out_with_a_heartbeat() {
    let server = answering_json(200, &json!({"status": "ok", "platform_inbound_secret": INBOUND})).await;
    let beat = server
        .platform()
        .heartbeat(&token(), &Heartbeat::default())
        .await
        .unwrap();
    assert_eq!(
        beat.inbound_secret.as_ref().map(|secret| secret.expose()),
        Some(INBOUND)
    );
    assert!(!format!("{beat:?}").contains(INBOUND));
}

#[tokio::test]
async fn a_card_is_published_under_the_workspaces_id() {
    let (server, record) = recording(200, &json!({"status": "updated"})).await;
    server
        .platform()
        .update_card(&token(), WORKSPACE, &json!({"name": "Laptop"}))
        .await
        .unwrap();
    let asked = record.one();
    assert_eq!(asked.line(), "POST /registry/update-card");
    assert_eq!(
        asked.json(),
        json!({"workspace_id": WORKSPACE, "agent_card": {"name": "Laptop"}})
    );
}

#[tokio::test]
async fn a_state_is_read_with_its_pause() {
    for (name, status, paused) in [
        ("online", Status::Online, false),
        ("paused", Status::Paused, true),
    ] {
        let reply = json!({"workspace_id": WORKSPACE, "status": name, "paused": paused, "deleted": false});
        let (server, record) = recording(200, &reply).await;
        let state = server.platform().state(&token(), WORKSPACE).await.unwrap();
        assert_eq!(
            state,
            State {
                status,
                paused,
                deleted: false
            }
        );
        assert_eq!(record.one().line(), format!("GET /workspaces/{WORKSPACE}/state"));
    }
}

#[tokio::test]
async fn a_deleted_workspace_is_a_state_and_no_error() {
    let gone = State {
        status: Status::Removed,
        paused: false,
        deleted: true,
    };
    for (status, reply) in [
        (
            404,
            json!({"workspace_id": WORKSPACE, "status": "removed", "deleted": true}),
        ),
        (404, json!({"workspace_id": WORKSPACE, "deleted": true})),
        (200, json!({"workspace_id": WORKSPACE, "status": "removed"})),
        (410, json!({"error": "workspace removed"})),
    ] {
        let server = answering_json(status, &reply).await;
        assert_eq!(server.platform().state(&token(), WORKSPACE).await.unwrap(), gone);
    }
}

#[tokio::test]
async fn a_404_that_does_not_say_deleted_is_no_deletion() {
    for reply in [
        json!({"error": "workspace not found"}),
        json!({"deleted": "true"}),
        json!({"deleted": false}),
    ] {
        let server = answering_json(404, &reply).await;
        let error = server.platform().state(&token(), WORKSPACE).await.unwrap_err();
        assert_eq!((error.stage, code(&error)), (Stage::State, "refused"));
    }
}

#[tokio::test]
async fn a_state_without_a_status_is_no_removal() {
    let server = answering_json(200, &json!({"workspace_id": WORKSPACE, "deleted": false})).await;
    let error = server.platform().state(&token(), WORKSPACE).await.unwrap_err();
    assert_eq!(code(&error), "protocol");
}

#[tokio::test]
async fn peers_are_listed_with_what_the_platform_tells_of_them() {
    let peer = json!({
        "id": WORKSPACE, "name": "Researcher", "role": null, "tier": 2, "status": "dreaming",
        "url": "https://relay.example/w/abc", "parent_id": null, "active_tasks": 1, "agent_card": null
    });
    let (server, record) = recording(200, &json!([peer])).await;
    let peers = server.platform().peers(&token(), WORKSPACE).await.unwrap();
    let asked = record.one();
    assert_eq!(asked.line(), format!("GET /registry/{WORKSPACE}/peers"));
    assert_eq!(asked.header("authorization"), [format!("Bearer {TOKEN}")]);
    let peer = &peers[0];
    assert_eq!((peer.name.as_str(), peer.tier), ("Researcher", Some(2)));
    assert_eq!(peer.status.word(), "dreaming");
    // What this list does not tell is missing, and not empty.
    assert_eq!(
        (&peer.runtime, &peer.current_task, &peer.last_sample_error),
        (&None, &None, &None)
    );
    assert!(!format!("{peers:?}").contains("relay.example"));

    let refused = answering_json(401, &json!({"error": "invalid workspace auth token"})).await;
    let error = refused.platform().peers(&token(), WORKSPACE).await.unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::Peers, "unauthorized"));
}
