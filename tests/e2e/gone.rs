//! What the org took away while the host was down stays away, and the host says which it was.

use std::time::Duration;

use ligand_e2e::{Era, Host, Stage, WORKSPACE, now, until};
use serde_json::json;

/// How long things may take that should be soon.
const SOON: Duration = Duration::from_secs(10);

/// How long the workspace is watched for a revival: a registration would follow within milliseconds.
const WATCHED: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_workspace_deleted_while_the_host_was_down_is_not_revived_in_the_earlier_era() {
    deleted(Era::S).await;
}

#[tokio::test]
async fn a_workspace_deleted_while_the_host_was_down_is_not_revived_in_the_later_era() {
    deleted(Era::L).await;
}

#[tokio::test]
async fn a_workspace_paused_while_the_host_was_down_is_not_revived_in_the_earlier_era() {
    paused(Era::S).await;
}

#[tokio::test]
async fn a_workspace_paused_while_the_host_was_down_is_not_revived_in_the_later_era() {
    paused(Era::L).await;
}

#[tokio::test]
async fn a_token_that_the_platform_replaced_is_kept_and_used_only_when_the_user_says_so() {
    let stage = Stage::set(Era::S).await;
    let host = stage.online(&stage.profile()).await;
    let secrets = stage.vault_secrets();
    let slow = json!({"kind": "latency", "ms": 1500, "path": "/registry/register", "times": 1});
    stage.org.fault(&slow).await;
    assert!(host.ligand(&["restart"]).await.status.success());
    until("it registers", SOON, async || {
        let faults = stage.org.faults().await;
        faults.iter().all(|fault| fault["times"] == 0).then_some(())
    })
    .await;
    stage.org.revoke_tokens(&stage.workspace).await;

    let profile = host.presence("needs_user").await;
    assert_eq!(profile["health"][0]["code"], "token_replaced", "{profile}");
    assert!(stage.vault_secrets() != secrets, "the new token is not kept");
    assert!(host.ligand(&["start"]).await.status.success());
    host.online().await;
}

async fn deleted(era: Era) {
    let stage = Stage::set(era).await;
    let mut host = stage.online(&stage.profile()).await;
    host.stop().await;
    stage.org.delete(&stage.workspace.id, WORKSPACE).await;
    stays(&stage, "removed", "workspace_removed").await;
}

async fn paused(era: Era) {
    let stage = Stage::set(era).await;
    let mut host = stage.online(&stage.profile()).await;
    host.stop().await;
    stage.org.pause(&stage.workspace).await;
    stays(&stage, "paused", "workspace_paused").await;
}

/// Starts the host again: it says what the org did, and leaves it so.
async fn stays(stage: &Stage, state: &str, code: &str) {
    let host = Host::up(&stage.scratch, Host::file_vault());
    let profile = host.presence(state).await;
    let codes: Vec<&str> = profile["health"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["code"].as_str())
        .collect();
    assert!(codes.contains(&code), "health does not say {code}: {codes:?}");
    let said = host.ligand(&["status"]).await;
    assert!(
        said.stdout.to_lowercase().contains(state),
        "`ligand status` does not say {state}: {}",
        said.stdout
    );

    let began = now();
    while began.elapsed() < WATCHED {
        assert_eq!(stage.org.status(&stage.workspace.id).await, state, "revived");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
