//! What the org took away while the host was down stays away, and the host says which it was.

use std::time::Duration;

use ligand_e2e::{Era, Host, Stage, WORKSPACE, now};

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
