//! Tokens of the org.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::asked::Segment;
use super::{Reply, body, ok};
use crate::auth::{Bearer, Credential, Gate};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;

/// The longest name, in bytes.
const MAX_NAME: usize = 100;

/// `GET /org/tokens`
pub(crate) async fn list(State(org): State<Arc<Org>>, headers: HeaderMap) -> Reply {
    let bearer = Bearer::of(&headers);
    let tokens: Vec<Value> = org
        .store
        .run(move |tx| {
            tx.admit(Gate::Admin, &bearer, None)?;
            let view = tx.org_tokens()?.into_iter().map(|token| {
                let mut view = json!({
                    "id": token.id,
                    "prefix": token.prefix,
                    "created_by": token.created_by,
                    "created_at": token.created_at,
                });
                if let Some(name) = token.name {
                    view["name"] = json!(name);
                }
                if let Some(at) = token.last_used_at {
                    view["last_used_at"] = json!(at);
                }
                view
            });
            Ok(view.collect())
        })
        .await?;
    let count = tokens.len();
    Ok(ok(json!({"tokens": tokens, "count": count})))
}

/// The body of `POST /org/tokens`; may be missing altogether.
#[derive(Default, Deserialize)]
struct New {
    #[serde(default, deserialize_with = "body::or_default")]
    name: String,
}

/// `POST /org/tokens`
pub(crate) async fn mint(State(org): State<Arc<Org>>, headers: HeaderMap, body: Body) -> Reply {
    let bearer = Bearer::of(&headers);
    let credential = org
        .store
        .run(move |tx| tx.admit(Gate::Admin, &bearer, None))
        .await?;
    let new: New = body::json(body, "").await.unwrap_or_default();
    if new.name.len() > MAX_NAME {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "name too long (max 100 chars)",
        ));
    }
    let created_by = match credential {
        Credential::Org(prefix) => format!("org-token:{prefix}"),
        _ => "admin-token".to_owned(),
    };
    let name = new.name.clone();
    let (id, token) = org
        .store
        .run(move |tx| Ok(tx.mint_org_token(&name, &created_by)?))
        .await?;
    let mut reply = json!({
        "id": id,
        "prefix": token.prefix(),
        "auth_token": token.expose(),
        "warning": "copy this token now; it will not be shown again",
    });
    if !new.name.is_empty() {
        reply["name"] = json!(new.name);
    }
    Ok(ok(reply))
}

/// `DELETE /org/tokens/:id`
pub(crate) async fn revoke(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    let bearer = Bearer::of(&headers);
    let revoked = org
        .store
        .run(move |tx| {
            tx.admit(Gate::Admin, &bearer, None)?;
            let missing = || Refusal::not_found("token not found or already revoked");
            let id = Id::parse(&id).ok_or_else(missing)?;
            if tx.revoke_org_token(id)? {
                Ok(id)
            } else {
                Err(missing().into())
            }
        })
        .await?;
    Ok(ok(json!({"revoked": revoked})))
}
