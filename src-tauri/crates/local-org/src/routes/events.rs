//! The kept events, and the one view of the canvas that all its viewers share.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::asked::Segment;
use super::{Reply, body, ok};
use crate::auth::{Bearer, Gate};
use crate::org::Org;

/// `GET /events`
pub(crate) async fn all(State(org): State<Arc<Org>>, headers: HeaderMap) -> Reply {
    listed(&org, &headers, None).await
}

/// `GET /events/:workspaceId`
pub(crate) async fn of_one(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    listed(&org, &headers, Some(id)).await
}

async fn listed(org: &Org, headers: &HeaderMap, workspace: Option<String>) -> Reply {
    let bearer = Bearer::of(headers);
    let rows = org
        .store
        .run(move |tx| {
            tx.admit(Gate::Admin, &bearer, None)?;
            Ok(tx.events(workspace.as_deref())?)
        })
        .await?;
    Ok(ok(Value::Array(rows)))
}

/// The name under which the view is kept.
const VIEWPORT: &str = "canvas_viewport";

/// Where the canvas is looked at.
#[derive(Serialize, Deserialize)]
struct Viewport {
    #[serde(default)]
    x: f64,
    #[serde(default)]
    y: f64,
    #[serde(default)]
    zoom: f64,
}

/// `GET /canvas/viewport`, for anybody.
pub(crate) async fn viewport(State(org): State<Arc<Org>>) -> Reply {
    let kept = org.store.run(|tx| Ok(tx.meta(VIEWPORT)?)).await?;
    let kept = kept.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    Ok(ok(kept.unwrap_or_else(|| json!({"x": 0, "y": 0, "zoom": 1}))))
}

/// `PUT /canvas/viewport`
pub(crate) async fn save_viewport(State(org): State<Arc<Org>>, headers: HeaderMap, body: Body) -> Reply {
    let bearer = Bearer::of(&headers);
    org.store
        .run(move |tx| tx.admit(Gate::Canvas, &bearer, None))
        .await?;
    let view: Viewport = body::json(body, "invalid viewport data").await?;
    let text = json!(view).to_string();
    org.store.run(move |tx| Ok(tx.set_meta(VIEWPORT, &text)?)).await?;
    Ok(ok(json!({"status": "saved"})))
}
