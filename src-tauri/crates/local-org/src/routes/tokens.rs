//! Tokens of one workspace.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde_json::json;

use super::asked::{Pair, Params, Segment};
use super::{Reply, inside, ok};
use crate::auth::Bearer;
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;

/// Live tokens that a workspace may have; the platform's number.
const MOST: u32 = 50;
/// Tokens that a listing shows when nothing is said, and at most.
const LIMITS: (u32, u32) = (50, 200);

/// `GET /workspaces/:id/tokens`
pub(crate) async fn list(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    params: Params,
    headers: HeaderMap,
) -> Reply {
    let bearer = Bearer::of(&headers);
    let number = |name: &str| params.get(name).and_then(|text| text.parse::<u32>().ok());
    let limit = number("limit").filter(|limit| (1..=LIMITS.1).contains(limit));
    let (limit, offset) = (limit.unwrap_or(LIMITS.0), number("offset").unwrap_or(0));
    let tokens = org
        .store
        .run(move |tx| {
            let id = inside(tx, &bearer, &id)?;
            Ok(tx.tokens(id, limit, offset)?)
        })
        .await?;
    Ok(ok(json!({"count": tokens.len(), "tokens": tokens})))
}

/// `POST /workspaces/:id/tokens`
pub(crate) async fn mint(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    let bearer = Bearer::of(&headers);
    let (id, token) = org
        .store
        .run(move |tx| {
            let id = inside(tx, &bearer, &id)?;
            if tx.live_tokens(id)? >= MOST {
                let text = format!("maximum {MOST} active tokens per workspace");
                return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, text).into());
            }
            if tx.workspace(id)?.is_none() {
                // The token would refer to nothing.
                let text = "failed to create token";
                return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, text).into());
            }
            Ok((id, tx.mint_token(id)?))
        })
        .await?;
    let reply = json!({
        "auth_token": token.expose(),
        "workspace_id": id,
        "message": "keep this token now; it is not shown again",
    });
    Ok((StatusCode::CREATED, axum::Json(reply)).into_response())
}

/// `DELETE /workspaces/:id/tokens/:tokenId`
pub(crate) async fn revoke(State(org): State<Arc<Org>>, Pair(id, token): Pair, headers: HeaderMap) -> Reply {
    let bearer = Bearer::of(&headers);
    let revoked = org
        .store
        .run(move |tx| {
            let id = inside(tx, &bearer, &id)?;
            // The platform leaves an id that is none to its database.
            let failed = || Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "failed to revoke token");
            let token = Id::parse(&token).ok_or_else(failed)?;
            Ok(tx.revoke_token(id, token)?)
        })
        .await?;
    if revoked {
        Ok(ok(json!({"status": "revoked"})))
    } else {
        Err(Refusal::not_found("token not found or already revoked"))
    }
}
