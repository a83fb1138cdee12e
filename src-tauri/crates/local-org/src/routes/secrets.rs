//! A workspace's secrets: their names for whoever may enter, their values for its own agent alone.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::asked::{Pair, Segment};
use super::{Reply, body, enter, inside, ok, own};
use crate::auth::Bearer;
use crate::org::Org;
use crate::refusal::Refusal;

/// `GET /workspaces/:id/secrets/values`: own token, asked for a second time in the handler.
pub(crate) async fn values(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    let bearer = Bearer::of(&headers);
    let values = org
        .store
        .run(move |tx| {
            let id = own(tx, &bearer, &id)?;
            Ok(tx.secret_values(id)?)
        })
        .await?;
    let shown: Map<String, Value> = values
        .iter()
        .map(|(name, value)| (name.clone(), json!(value.expose())))
        .collect();
    Ok(ok(Value::Object(shown)))
}

/// `GET /workspaces/:id/secrets`: names only.
pub(crate) async fn list(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    let id = enter(&org, &headers, id).await?;
    let rows = org.store.run(move |tx| Ok(tx.secret_names(id)?)).await?;
    Ok(ok(Value::Array(rows)))
}

#[derive(Deserialize)]
struct New {
    key: String,
    value: String,
}

/// `POST` or `PUT /workspaces/:id/secrets`
pub(crate) async fn set(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let id = enter(&org, &headers, id).await?;
    let wrong = "invalid request body";
    let new: New = body::json(body, wrong).await?;
    if new.key.is_empty() || new.value.is_empty() {
        return Err(Refusal::bad_request(wrong));
    }
    let key = new.key.clone();
    org.store
        .run(move |tx| Ok(tx.set_secret(id, &new.key, &new.value)?))
        .await?;
    Ok(ok(json!({"status": "saved", "key": key})))
}

/// `DELETE /workspaces/:id/secrets/:key`
pub(crate) async fn delete(State(org): State<Arc<Org>>, Pair(id, key): Pair, headers: HeaderMap) -> Reply {
    let bearer = Bearer::of(&headers);
    let name = key.clone();
    let deleted = org
        .store
        .run(move |tx| {
            let id = inside(tx, &bearer, &id)?;
            Ok(tx.delete_secret(id, &name)?)
        })
        .await?;
    if deleted {
        Ok(ok(json!({"status": "deleted", "key": key})))
    } else {
        Err(Refusal::not_found("secret not found"))
    }
}
