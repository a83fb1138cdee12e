//! The block that connects an agent to its external workspace: given at creation, renewed by a rotation.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use super::asked::Segment;
use super::{Reply, ok, workspace_id, workspace_not_found};
use crate::auth::{Bearer, Gate};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::store::{Fault, Tx};

/// The platform's own base URL, as the caller reached it. The fence has made sure that the host is ours.
pub(crate) fn platform_url(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    format!("http://{host}")
}

/// The block. `token` is empty where it is not shown.
pub(crate) fn connection(platform: &str, id: Id, token: &str) -> Value {
    let shell = format!(
        "# Put your token and your agent's public URL in, then run this.\n\
         WORKSPACE_AUTH_TOKEN='…' AGENT_URL='https://…'\n\
         curl -fsS '{platform}/registry/register' \\\n  \
           -H \"Authorization: Bearer $WORKSPACE_AUTH_TOKEN\" -H 'Content-Type: application/json' \\\n  \
           -d '{{\"id\":\"{id}\",\"url\":\"'\"$AGENT_URL\"'\",\"agent_card\":{{\"name\":\"My agent\"}}}}'\n"
    );
    let python = format!(
        "# Put your token and your agent's public URL in; needs nothing but Python.\n\
         import json, urllib.request\n\
         TOKEN, AGENT_URL = '…', 'https://…'\n\
         body = {{'id': '{id}', 'url': AGENT_URL, 'agent_card': {{'name': 'My agent'}}}}\n\
         urllib.request.urlopen(urllib.request.Request(\n    \
             '{platform}/registry/register', json.dumps(body).encode(),\n    \
             {{'Authorization': 'Bearer ' + TOKEN, 'Content-Type': 'application/json'}}))\n"
    );
    json!({
        "workspace_id": id,
        "platform_url": platform,
        "auth_token": token,
        "registry_endpoint": format!("{platform}/registry/register"),
        "heartbeat_endpoint": format!("{platform}/registry/heartbeat"),
        "curl_register_template": shell,
        "python_snippet": python,
    })
}

/// `POST /workspaces/:id/external/rotate`
pub(crate) async fn rotate(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    let (bearer, platform) = (Bearer::of(&headers), platform_url(&headers));
    let token = org
        .store
        .run(move |tx| {
            let id = external(tx, &bearer, &id)?;
            tx.revoke_tokens(id)?;
            let token = tx.mint_token(id)?;
            tx.record(id, "EXTERNAL_CREDENTIALS_ROTATED", json!({"workspace_id": id}))?;
            Ok((id, token))
        })
        .await?;
    Ok(ok(
        json!({"connection": connection(&platform, token.0, token.1.expose())}),
    ))
}

/// `GET /workspaces/:id/external/connection`
pub(crate) async fn show(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    let (bearer, platform) = (Bearer::of(&headers), platform_url(&headers));
    let id = org.store.run(move |tx| external(tx, &bearer, &id)).await?;
    Ok(ok(json!({"connection": connection(&platform, id, "")})))
}

/// Lets the caller in and makes sure that the workspace is an external one.
fn external(tx: &Tx<'_>, bearer: &Bearer, id: &str) -> Result<Id, Fault> {
    tx.admit(Gate::Workspace, bearer, Id::parse(id))?;
    let id = workspace_id(id)?;
    let row = tx
        .workspace(id)?
        .filter(|row| row.status != Status::Removed)
        .ok_or_else(workspace_not_found)?;
    if !row.is_external() {
        return Err(Refusal::bad_request("workspace is not external")
            .with("runtime", row.runtime)
            .with("hint", "only external workspaces have credentials to hand out")
            .into());
    }
    Ok(id)
}
