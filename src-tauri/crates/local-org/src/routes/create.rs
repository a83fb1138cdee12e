//! Making a workspace.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::credentials::{connection, platform_url};
use super::{Reply, body};
use crate::auth::{Bearer, Gate};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::store::{Fault, NewRow, Tx};

/// The tier of a workspace that asks for none.
const DEFAULT_TIER: i64 = 3;
/// The runtime of a workspace that asks for none.
const DEFAULT_RUNTIME: &str = "langgraph";
/// Characters that names and roles can't have.
const FORBIDDEN: &[char] = &['{', '}', '[', ']', '|', '>', '*', '&', '!'];

/// The body of `POST /workspaces`. Fields that only concern containers are checked and not kept.
#[derive(Deserialize)]
struct New {
    #[serde(default, deserialize_with = "body::or_default")]
    name: String,
    #[serde(default, deserialize_with = "body::or_default")]
    role: String,
    #[serde(default, deserialize_with = "body::or_default")]
    runtime: String,
    #[serde(default, deserialize_with = "body::or_default")]
    model: String,
    #[serde(default, deserialize_with = "body::or_default")]
    external: bool,
    #[serde(default, deserialize_with = "body::or_default")]
    url: String,
    #[serde(default, deserialize_with = "body::or_default")]
    tier: i64,
    #[serde(default, deserialize_with = "body::or_default")]
    workspace_dir: String,
    #[serde(default, deserialize_with = "body::or_default")]
    workspace_access: String,
    parent_id: Option<String>,
    budget_limit: Option<i64>,
    #[serde(default, deserialize_with = "body::or_default")]
    max_concurrent_tasks: i64,
    #[serde(default, deserialize_with = "body::or_default")]
    canvas: Place,
    #[serde(default, deserialize_with = "body::or_default")]
    secrets: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct Place {
    #[serde(default, deserialize_with = "body::or_default")]
    x: f64,
    #[serde(default, deserialize_with = "body::or_default")]
    y: f64,
}

/// Checks the texts of a workspace.
pub(crate) fn check_fields(name: &str, role: &str, model: &str, runtime: &str) -> Result<(), String> {
    for (label, text, limit) in [
        ("name", name, 255),
        ("role", role, 1_000),
        ("model", model, 100),
        ("runtime", runtime, 100),
    ] {
        if text.contains(['\n', '\r']) {
            return Err(format!("{label} must not contain newline characters"));
        }
        if matches!(label, "name" | "role") && text.contains(FORBIDDEN) {
            return Err(format!("{label} contains invalid characters"));
        }
        if text.len() > limit {
            return Err(format!("{label} must be at most {limit} characters"));
        }
    }
    Ok(())
}

/// `POST /workspaces`
pub(crate) async fn create(State(org): State<Arc<Org>>, headers: HeaderMap, body: Body) -> Reply {
    let bearer = Bearer::of(&headers);
    org.store
        .run(move |tx| tx.admit(Gate::Admin, &bearer, None))
        .await?;
    let new: New = body::json(body, "invalid workspace payload").await?;
    if new.name.is_empty() {
        return Err(Refusal::bad_request("invalid workspace payload"));
    }
    check_fields(&new.name, &new.role, &new.model, &new.runtime)
        .map_err(|_| Refusal::bad_request("invalid workspace fields"))?;
    if !new.workspace_dir.is_empty() && !is_safe_dir(&new.workspace_dir) {
        return Err(Refusal::bad_request("invalid workspace directory"));
    }
    if !matches!(
        new.workspace_access.as_str(),
        "" | "none" | "read_only" | "read_write"
    ) {
        return Err(Refusal::bad_request("invalid workspace access"));
    }
    if !new.url.is_empty() && org.era.checks_url_at_create() {
        org.rules
            .check_registered(&new.url)
            .await
            .map_err(|reason| Refusal::bad_request(format!("unsafe workspace URL: {reason}")))?;
    }
    let platform = platform_url(&headers);
    let reply = org.store.run(move |tx| insert(tx, &new, &platform)).await?;
    Ok((StatusCode::CREATED, axum::Json(reply)).into_response())
}

fn is_safe_dir(dir: &str) -> bool {
    const SYSTEM: [&str; 10] = [
        "/etc", "/var", "/proc", "/sys", "/dev", "/boot", "/sbin", "/bin", "/lib", "/usr",
    ];
    let system = SYSTEM.iter().any(|path| {
        dir.strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    dir.starts_with('/') && !dir.contains("..") && !system
}

fn insert(tx: &mut Tx<'_>, new: &New, platform: &str) -> Result<Value, Fault> {
    let id = Id::new();
    let era = tx.realm.era;
    let external = new.external || new.runtime == "external";
    let runtime = if new.runtime.is_empty() {
        DEFAULT_RUNTIME
    } else {
        &new.runtime
    };
    let failed = || Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "failed to create workspace");
    let parent_id = match new.parent_id.as_deref() {
        None => None,
        Some(parent) => {
            let parent = Id::parse(parent)
                .map(|parent| tx.workspace(parent))
                .transpose()?
                .flatten();
            Some(parent.ok_or_else(failed)?.id)
        }
    };
    let tier = if new.tier == 0 { DEFAULT_TIER } else { new.tier };
    tx.insert_workspace(&NewRow {
        id,
        name: &new.name,
        role: &new.role,
        tier,
        status: Status::Provisioning,
        runtime,
        parent_id,
        workspace_dir: Some(new.workspace_dir.as_str()).filter(|dir| !dir.is_empty()),
        max_concurrent_tasks: new.max_concurrent_tasks.max(1),
        budget_limit: new.budget_limit,
        place: (new.canvas.x, new.canvas.y),
    })?;
    for (name, value) in &new.secrets {
        tx.set_secret(id, name, value)?;
    }
    tx.record(
        id,
        "WORKSPACE_PROVISIONING",
        json!({"name": new.name, "tier": tier, "runtime": runtime}),
    )?;
    if !external {
        return no_container(tx, id, new);
    }
    if !new.url.is_empty() {
        tx.set_column(id, "url", &new.url)?;
        tx.set_column(id, "runtime", "external")?;
        tx.set_status(id, Status::Online)?;
        tx.record(
            id,
            "WORKSPACE_ONLINE",
            json!({"name": new.name, "external": true}),
        )?;
        return Ok(json!({"id": id, "external": true, "status": "online"}));
    }
    if era.knows_awaiting_agent() {
        tx.set_column(id, "runtime", "external")?;
        tx.set_status(id, Status::AwaitingAgent)?;
    }
    // The older generation can't store the status: the change is lost whole, so the row stays as it was
    // inserted, even its runtime. The answer claims otherwise.
    let token = tx.mint_token(id)?;
    tx.record(
        id,
        "WORKSPACE_AWAITING_AGENT",
        json!({"name": new.name, "external": true}),
    )?;
    Ok(json!({
        "id": id,
        "external": true,
        "status": "awaiting_agent",
        "connection": connection(platform, id, token.expose()),
    }))
}

/// The local org starts no containers: the workspace is made and fails, as on a platform without any.
fn no_container(tx: &mut Tx<'_>, id: Id, new: &New) -> Result<Value, Fault> {
    let error = "Docker not available on this platform instance";
    tx.set_status(id, Status::Failed)?;
    tx.set_column(id, "sample_error", error)?;
    tx.record(id, "WORKSPACE_PROVISION_FAILED", json!({"error": error}))?;
    let access = if new.workspace_access.is_empty() {
        "none"
    } else {
        &new.workspace_access
    };
    Ok(json!({
        "id": id,
        "status": "provisioning",
        "awareness_namespace": format!("workspace:{id}"),
        "workspace_access": access,
    }))
}
