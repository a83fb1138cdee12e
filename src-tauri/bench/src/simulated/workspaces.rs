//! The hosts' workspaces: made at a real local org, each with the key of its own in its agent card.

use futures::{StreamExt, stream};
use ligand_e2e::LocalOrg;
use ligand_tunnel::{SigningKey, card_extension};
use reqwest::Client;
use serde_json::json;
use uuid::Uuid;

/// Workspaces that are made at the same time.
const AT_ONCE: usize = 8;

/// A workspace and the private half of its key.
pub(crate) struct Made {
    pub(crate) id: Uuid,
    pub(crate) key: SigningKey,
}

/// Makes so many.
pub(crate) async fn make(org: &LocalOrg, count: usize) -> Vec<Made> {
    let client = Client::builder().no_proxy().build().unwrap();
    stream::iter(0..count)
        .map(|number| one(org, &client, number))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

async fn one(org: &LocalOrg, client: &Client, number: usize) -> Made {
    let workspace = org.create(&format!("w{number}")).await;
    let key = SigningKey::from_bytes(&rand::random());
    let card = json!({
        "name": "A simulated host", "description": "", "version": "1.0.0", "skills": [],
        "capabilities": { "extensions": [card_extension(&key.verifying_key())] },
    });
    let published = client
        .post(format!("{}/registry/update-card", org.url()))
        .bearer_auth(&workspace.token)
        .json(&json!({ "workspace_id": workspace.id, "agent_card": card }))
        .send()
        .await
        .unwrap();
    assert!(published.status().is_success(), "{}", published.status());
    Made {
        id: workspace.id.parse().unwrap(),
        key,
    }
}
