//! The neighbours of a workspace.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::asked::{Params, Segment};
use super::{Reply, ok, workspace_not_found};
use crate::auth::{Bearer, Gate};
use crate::hierarchy;
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::store::Workspace;

/// `GET /registry/:id/peers`: siblings, children, parent.
pub(crate) async fn peers(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    params: Params,
    headers: HeaderMap,
) -> Reply {
    let bearer = Bearer::of(&headers);
    let needle = params.get("q").unwrap_or_default().trim().to_lowercase();
    let found = org
        .store
        .run(move |tx| {
            tx.admit(Gate::Peers, &bearer, Id::parse(&id))?;
            let id = Id::parse(&id).ok_or_else(workspace_not_found)?;
            let parent = hierarchy::parent(tx, id)?.ok_or_else(workspace_not_found)?;
            let mut found = Vec::new();
            if parent.is_some() || tx.realm.era.roots_are_siblings() {
                found.extend(tx.children(parent)?.into_iter().filter(|row| row.id != id));
            }
            found.extend(tx.children(Some(id))?);
            if let Some(parent) = parent {
                found.extend(tx.workspace(parent)?);
            }
            found.retain(|row| row.status != Status::Removed);
            let nameless = |row: &Workspace| row.role.as_deref().unwrap_or_default().is_empty();
            if tx.realm.era.filter_needs_roles() && !needle.is_empty() && found.iter().any(nameless) {
                // Its answer has no body.
                return Err(Refusal::bare(StatusCode::INTERNAL_SERVER_ERROR).into());
            }
            let matches = |text: &str| text.to_lowercase().contains(&needle);
            let view = found
                .iter()
                .filter(|row| matches(&row.name) || row.role.as_deref().is_some_and(matches))
                .map(Workspace::peer_view)
                .collect();
            Ok(Value::Array(view))
        })
        .await?;
    Ok(ok(found))
}
