//! Looking at workspaces and changing what does not start or stop them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::asked::{Params, Segment};
use super::create::check_fields;
use super::{Reply, body, ok, workspace_id, workspace_not_found};
use crate::auth::{Bearer, Credential, Gate};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::store::{Fault, Tx};

/// `GET /workspaces`
pub(crate) async fn list(State(org): State<Arc<Org>>, headers: HeaderMap) -> Reply {
    let bearer = Bearer::of(&headers);
    let rows = org
        .store
        .run(move |tx| {
            tx.admit(Gate::Admin, &bearer, None)?;
            let rows = tx.workspaces()?;
            Ok(rows.iter().map(|row| Value::Object(row.org_view())).collect())
        })
        .await?;
    Ok(ok(Value::Array(rows)))
}

/// `GET /workspaces/:id`, for anybody who knows the id.
pub(crate) async fn show(State(org): State<Arc<Org>>, Segment(id): Segment, params: Params) -> Reply {
    let id = workspace_id(&id)?;
    let hide = org.era.hides_removed() && !params.is_true("include_removed");
    let row = org
        .store
        .run(move |tx| Ok(tx.workspace(id)?))
        .await?
        .ok_or_else(workspace_not_found)?;
    if hide && row.status == Status::Removed {
        return Err(Refusal::new(StatusCode::GONE, "workspace removed")
            .with("id", id.to_string())
            .with("removed_at", json!(row.removed_at))
            .with("hint", "ask with ?include_removed=true to see what is left of it"));
    }
    let mut view = row.public_view();
    view.insert("last_outbound_at".into(), json!(row.last_outbound_at));
    Ok(ok(Value::Object(view)))
}

/// `GET /workspaces/:id/state`, the agent's own short question.
pub(crate) async fn state(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    let bearer = Bearer::of(&headers);
    let subject = Id::parse(&id);
    let status = org
        .store
        .run(move |tx| {
            let credential = tx.admit(Gate::Workspace, &bearer, subject)?;
            tx.pass(Gate::OwnToken, &credential, subject)?;
            let row = subject.map(|id| tx.workspace(id)).transpose()?.flatten();
            Ok(row.map(|row| row.status))
        })
        .await?;
    let id = workspace_id(&id)?;
    match status {
        None => Err(Refusal::bare(StatusCode::NOT_FOUND)
            .with("workspace_id", id.to_string())
            .with("deleted", true)),
        Some(Status::Removed) => Err(Refusal::bare(StatusCode::NOT_FOUND)
            .with("workspace_id", id.to_string())
            .with("status", "removed")
            .with("deleted", true)),
        Some(status) => Ok(ok(json!({
            "workspace_id": id,
            "status": status.as_str(),
            "paused": status == Status::Paused,
            "deleted": false,
        }))),
    }
}

/// What only the admin token may change, where that is guarded.
const INFRASTRUCTURE: [&str; 5] = ["tier", "parent_id", "runtime", "workspace_dir", "compute"];

/// `PATCH /workspaces/:id`. Emits no event, as on the platform.
pub(crate) async fn change(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let bearer = Bearer::of(&headers);
    let subject = Id::parse(&id);
    let guarded = org.era.guards_infrastructure();
    let credential = org
        .store
        .run(move |tx| tx.admit(Gate::Workspace, &bearer, subject))
        .await?;
    let id = workspace_id(&id)?;
    let fields: Map<String, Value> = body::json(body, "invalid request body").await?;
    if guarded
        && credential != Credential::Admin
        && INFRASTRUCTURE.iter().any(|key| fields.contains_key(*key))
    {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "these fields are changed with the admin token only",
        )
        .with("code", "WORKSPACE_INFRASTRUCTURE_AUTH_REQUIRED"));
    }
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
    check_fields(text("name"), text("role"), "", text("runtime")).map_err(Refusal::bad_request)?;
    let needs_restart = fields.contains_key("workspace_dir");
    org.store.run(move |tx| apply(tx, id, &fields)).await?;
    let mut reply = json!({"status": "updated"});
    if needs_restart {
        reply["needs_restart"] = json!(true);
    }
    Ok(ok(reply))
}

/// Writes the fields that have the right type; the platform also passes over the others without a word.
fn apply(tx: &mut Tx<'_>, id: Id, fields: &Map<String, Value>) -> Result<(), Fault> {
    if tx.workspace(id)?.is_none() {
        return Err(workspace_not_found().into());
    }
    for (key, value) in fields {
        match (key.as_str(), value) {
            ("name", Value::String(name)) => tx.set_column(id, "name", name)?,
            ("role", Value::String(role)) => tx.set_column(id, "role", role)?,
            ("role", Value::Null) => tx.set_column(id, "role", None::<String>)?,
            ("runtime", Value::String(runtime)) => tx.set_column(id, "runtime", runtime)?,
            ("workspace_dir", Value::String(dir)) => tx.set_column(id, "workspace_dir", dir)?,
            ("workspace_dir", Value::Null) => tx.set_column(id, "workspace_dir", None::<String>)?,
            ("collapsed", Value::Bool(collapsed)) => tx.set_column(id, "collapsed", collapsed)?,
            ("tier", Value::Number(tier)) => {
                if let Some(tier) = tier.as_i64() {
                    tx.set_column(id, "tier", tier)?;
                }
            }
            ("parent_id", Value::Null) => tx.set_column(id, "parent_id", None::<Id>)?,
            ("parent_id", Value::String(parent)) => {
                let parent = Id::parse(parent)
                    .map(|parent| tx.workspace(parent))
                    .transpose()?
                    .flatten();
                if let Some(parent) = parent {
                    tx.set_column(id, "parent_id", parent.id)?;
                }
            }
            _ => {}
        }
    }
    let number = |key: &str| fields.get(key).and_then(Value::as_f64);
    if let (Some(x), Some(y)) = (number("x"), number("y")) {
        tx.set_column(id, "x", x)?;
        tx.set_column(id, "y", y)?;
    }
    Ok(())
}
