//! Creating, listing and looking up, as both generations answer.

use ligand_platform::{Created, Kind, Lookup, NewWorkspace, Stage, Status};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{TOKEN, WORKSPACE, answering_json, code, laptop, recording, token};

fn connection() -> Value {
    json!({
        "workspace_id": WORKSPACE, "platform_url": "https://acme.example", "auth_token": TOKEN,
        "registry_endpoint": "https://acme.example/registry/register",
        "heartbeat_endpoint": "https://acme.example/registry/heartbeat",
        "curl_register_template": "curl …", "python_snippet": "import …", "codex_snippet": {"later": true},
    })
}

#[tokio::test]
async fn a_workspace_is_created_as_external_in_both_ways_of_saying_so() {
    let reply =
        json!({"id": WORKSPACE, "external": true, "status": "awaiting_agent", "connection": connection()});
    let (server, record) = recording(201, &reply).await;
    let created = server
        .platform()
        .create_workspace(&token(), &laptop())
        .await
        .unwrap();
    assert_eq!((created.id, &created.status), (WORKSPACE, &Status::AwaitingAgent));
    let got = created.connection.clone().unwrap();
    assert_eq!(
        (got.workspace_id, got.platform_url.to_string().as_str()),
        (WORKSPACE, "https://acme.example")
    );
    assert_eq!(got.auth_token.expose(), TOKEN);
    assert!(!format!("{created:?}").contains(TOKEN));
    let asked = record.one();
    assert_eq!(asked.line(), "POST /workspaces");
    assert_eq!(
        asked.json(),
        json!({"name": "Laptop", "runtime": "external", "external": true})
    );
}

#[tokio::test]
async fn role_and_parent_are_sent_where_they_are_given() {
    let (server, record) = recording(
        201,
        &json!({"id": WORKSPACE, "status": "online", "external": true}),
    )
    .await;
    let parent = Uuid::from_u128(2);
    let new = NewWorkspace {
        role: Some("tests".into()),
        parent_id: Some(parent),
        ..laptop()
    };
    server.platform().create_workspace(&token(), &new).await.unwrap();
    let asked = record.one().json();
    assert_eq!(
        (&asked["role"], &asked["parent_id"]),
        (&json!("tests"), &json!(parent))
    );
}

#[tokio::test]
async fn an_old_platform_creates_without_a_connection() {
    let server = answering_json(
        201,
        &json!({"id": WORKSPACE, "status": "online", "external": true}),
    )
    .await;
    let created = server
        .platform()
        .create_workspace(&token(), &laptop())
        .await
        .unwrap();
    assert_eq!((created.id, created.status), (WORKSPACE, Status::Online));
    assert!(created.connection.is_none());
}

/// What is created by a reply with this block for a connection.
async fn created(block: Value) -> Created {
    let reply = json!({"id": WORKSPACE, "external": true, "status": "awaiting_agent", "connection": block});
    let server = answering_json(201, &reply).await;
    server
        .platform()
        .create_workspace(&token(), &laptop())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_created_workspace_is_told_although_it_came_without_a_token() {
    // The workspace exists now, so its id must not be lost; an empty token is what a failed minting leaves.
    let mut blocks = vec![json!(null), json!("none"), json!([]), json!({})];
    for token in [json!(""), json!(null), json!(7), json!("two words")] {
        let mut block = connection();
        block["auth_token"] = token;
        blocks.push(block);
    }
    for block in blocks {
        let created = created(block.clone()).await;
        assert_eq!(created.id, WORKSPACE);
        assert!(created.connection.is_none(), "{block}");
    }
}

#[tokio::test]
async fn a_platform_that_does_not_know_its_own_address_has_the_one_that_was_asked() {
    for address in [json!(""), json!(null), json!("acme"), json!("ftp://acme.example")] {
        let mut block = connection();
        block["platform_url"] = address;
        let connection = created(block).await.connection.unwrap();
        assert_eq!(connection.auth_token.expose(), TOKEN);
        assert!(connection.platform_url.is_loopback(), "{connection:?}");
    }
}

#[tokio::test]
async fn a_creation_that_is_refused_tells_the_platforms_word() {
    let server = answering_json(400, &json!({"error": "invalid workspace fields"})).await;
    let error = server
        .platform()
        .create_workspace(&token(), &laptop())
        .await
        .unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::Create, "refused"));
    assert!(error.to_string().contains("invalid workspace fields"), "{error}");
    let server = answering_json(401, &json!({"error": "admin auth required"})).await;
    let error = server
        .platform()
        .create_workspace(&token(), &laptop())
        .await
        .unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::Create, "unauthorized"));
}

/// A row of the list, with everything that the platform puts into it.
fn row() -> Value {
    json!({
        "id": WORKSPACE, "name": "Laptop", "role": null, "tier": 3, "status": "online",
        "agent_card": {"name": "Laptop"}, "url": "https://t.example/x", "parent_id": null, "active_tasks": 0,
        "max_concurrent_tasks": 1, "last_error_rate": 0, "last_sample_error": "", "uptime_seconds": 12,
        "current_task": "", "runtime": "external", "workspace_dir": null, "monthly_spend": 0, "budget_limit": null,
        "x": 0, "y": 0, "collapsed": false, "provision_timeout_ms": 600_000
    })
}

#[tokio::test]
async fn the_list_is_read_with_every_status_of_both_generations() {
    let statuses = [
        ("provisioning", Status::Provisioning),
        ("online", Status::Online),
        ("offline", Status::Offline),
        ("degraded", Status::Degraded),
        ("failed", Status::Failed),
        ("paused", Status::Paused),
        ("hibernated", Status::Hibernated),
        ("hibernating", Status::Hibernating),
        ("awaiting_agent", Status::AwaitingAgent),
        ("dreaming", Status::Other("dreaming".into())),
    ];
    let rows: Vec<Value> = statuses
        .iter()
        .map(|(name, _)| {
            let mut row = row();
            row["status"] = json!(name);
            row
        })
        .collect();
    let (server, record) = recording(200, &json!(rows)).await;
    let list = server.platform().workspaces(&token()).await.unwrap();
    let read: Vec<_> = list.iter().map(|workspace| workspace.status.clone()).collect();
    assert_eq!(read, statuses.map(|(_, status)| status));
    assert_eq!(record.one().line(), "GET /workspaces");
    let first = &list[0];
    assert_eq!(
        (first.id, first.name.as_str(), first.max_concurrent_tasks),
        (WORKSPACE, "Laptop", 1)
    );
    assert_eq!(
        (first.role.as_ref(), first.current_task.as_deref()),
        (None, Some(""))
    );
    assert_eq!(first.agent_card, Some(json!({"name": "Laptop"})));
}

#[tokio::test]
async fn an_org_without_workspaces_has_an_empty_list() {
    let server = answering_json(200, &json!([])).await;
    assert!(server.platform().workspaces(&token()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_look_up_lacks_what_only_the_list_has() {
    let mut one = row();
    for field in [
        "budget_limit",
        "monthly_spend",
        "current_task",
        "last_sample_error",
        "workspace_dir",
    ] {
        one.as_object_mut().unwrap().remove(field);
    }
    one["last_outbound_at"] = json!("2026-05-02T10:00:00Z");
    let (server, record) = recording(200, &one).await;
    let Lookup::Present(found) = server.platform().workspace(WORKSPACE).await.unwrap() else {
        panic!()
    };
    assert_eq!((found.id, found.current_task), (WORKSPACE, None));
    assert_eq!(record.one().line(), format!("GET /workspaces/{WORKSPACE}"));
}

#[tokio::test]
async fn a_removed_workspace_is_found_as_removed_in_both_generations() {
    let mut old = row();
    old["status"] = json!("removed");
    let new = json!({"error": "workspace removed", "id": WORKSPACE, "removed_at": null, "hint": "…"});
    for (status, reply) in [(200, old), (410, new)] {
        let server = answering_json(status, &reply).await;
        assert_eq!(
            server.platform().workspace(WORKSPACE).await.unwrap(),
            Lookup::Removed,
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_workspace_that_never_was_is_a_refusal_and_no_removal() {
    let server = answering_json(404, &json!({"error": "workspace not found"})).await;
    let error = server.platform().workspace(WORKSPACE).await.unwrap_err();
    assert_eq!(code(&error), "refused");
    assert!(matches!(error.kind, Kind::Refused { status: 404, .. }));
}

#[tokio::test]
async fn a_410_that_no_platform_sent_is_no_removal() {
    for (content_type, body) in [("", ""), ("text/html", "<title>Gone</title>")] {
        let server = crate::common::answering(410, content_type, body).await;
        let error = server.platform().workspace(WORKSPACE).await.unwrap_err();
        assert_eq!((error.stage, code(&error)), (Stage::Lookup, "not_a_platform"));
    }
}

#[tokio::test]
async fn a_workspace_is_read_although_parts_of_it_surprise() {
    let odd = json!({
        "id": WORKSPACE, "name": null, "status": "dreaming", "agent_card": null, "active_tasks": -1,
        "max_concurrent_tasks": null, "parent_id": "", "runtime": 7, "url": "https://relay.example/w/AbCdEfGhIjKl"
    });
    let server = answering_json(200, &odd).await;
    let Lookup::Present(found) = server.platform().workspace(WORKSPACE).await.unwrap() else {
        panic!()
    };
    assert_eq!(found.status, Status::Other("dreaming".into()));
    assert_eq!((found.name.as_str(), found.agent_card.as_ref()), ("", None));
    assert_eq!((found.parent_id, found.max_concurrent_tasks), (None, 0));
    assert!(
        !format!("{found:?}").contains("AbCdEfGhIjKl"),
        "an address is kept"
    );
}
