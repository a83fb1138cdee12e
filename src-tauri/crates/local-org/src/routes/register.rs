//! An agent says where it is and what it can do.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Reply, body, ok};
use crate::auth::{Bearer, Gate};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::store::{Fault, NewRow, Tx};

/// The body of `POST /registry/register`.
#[derive(Deserialize)]
struct Registration {
    #[serde(default, deserialize_with = "body::or_default")]
    id: String,
    #[serde(default, deserialize_with = "body::or_default")]
    url: String,
    #[serde(default, deserialize_with = "body::any_value")]
    agent_card: Option<Value>,
    #[serde(default, deserialize_with = "body::or_default")]
    delivery_mode: String,
    #[serde(default, deserialize_with = "body::or_default")]
    kind: String,
}

fn invalid() -> Refusal {
    Refusal::bad_request("invalid request body")
}

/// `POST /registry/register`
pub(crate) async fn register(State(org): State<Arc<Org>>, headers: HeaderMap, body: Body) -> Reply {
    let bearer = Bearer::of(&headers);
    let new: Registration = body::json(body, "invalid request body").await?;
    if new.id.is_empty() || new.agent_card.is_none() {
        return Err(invalid());
    }
    if !org.era.has_delivery_modes() {
        // Also what the agent gets for a URL that is not let in: the reason is lost.
        if new.url.is_empty() || org.rules.check_registered(&new.url).await.is_err() {
            return Err(invalid());
        }
        let id = Id::parse(&new.id).ok_or_else(registration_failed)?;
        let reply = org
            .store
            .run(move |tx| {
                tx.admit(Gate::Registry, &bearer, Some(id))?;
                store(tx, id, &new.url, new.agent_card.unwrap_or_default(), None)
            })
            .await?;
        return Ok(ok(reply));
    }
    if !matches!(new.delivery_mode.as_str(), "" | "push" | "poll") {
        return Err(Refusal::bad_request("delivery_mode must be 'push' or 'poll'"));
    }
    if !matches!(new.kind.as_str(), "" | "workspace" | "platform") {
        return Err(Refusal::bad_request("kind must be 'workspace' or 'platform'"));
    }
    let id = Id::parse(&new.id).ok_or_else(registration_failed)?;
    let given = Some(new.delivery_mode.clone()).filter(|mode| !mode.is_empty());
    let mode = org
        .store
        .run(move |tx| {
            tx.admit(Gate::Registry, &bearer, Some(id))?;
            Ok(match given {
                Some(mode) => mode,
                None => mode_of(tx, id)?,
            })
        })
        .await?;
    match check_later(&org, &new, &mode).await {
        Ok(url) => {
            let card = new.agent_card.unwrap_or_default();
            Ok(ok(org
                .store
                .run(move |tx| store(tx, id, &url, card, Some(mode)))
                .await?))
        }
        Err(refusal) => {
            // The agent showed its token, so this is about itself: it is remembered for its next heartbeats.
            org.store
                .run(move |tx| {
                    tx.execute(
                        "UPDATE workspaces SET register_failed_at = ?2 WHERE id = ?1",
                        (id, tx.now),
                    )?;
                    Ok(())
                })
                .await?;
            Err(refusal)
        }
    }
}

fn registration_failed() -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "registration failed")
}

/// How a workspace that does not say gets its messages: as before, else fetched if it is external, else
/// called.
fn mode_of(tx: &Tx<'_>, id: Id) -> rusqlite::Result<String> {
    let mode = match tx.workspace(id)? {
        Some(row) => row
            .delivery_mode
            .or_else(|| (row.runtime == "external").then(|| "poll".to_owned())),
        None => None,
    };
    Ok(mode.unwrap_or_else(|| "push".to_owned()))
}

/// The later generation's checks that come after the token. Gives the URL that counts.
async fn check_later(org: &Org, new: &Registration, mode: &str) -> Result<String, Refusal> {
    if new.kind == "platform" {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "kind='platform' is not given by registration",
        ));
    }
    if mode == "poll" {
        return Ok(new.url.clone());
    }
    let card_url = new.agent_card.as_ref().and_then(card_url).unwrap_or_default();
    if !card_url.is_empty() && !is_safe(org, card_url).await {
        return Err(Refusal::bad_request("workspace agent_card URL not allowed"));
    }
    let url = if new.url.is_empty() { card_url } else { &new.url };
    if url.is_empty() {
        return Err(Refusal::bad_request("url is required for push-mode workspaces"));
    }
    org.rules
        .check_registered(url)
        .await
        .map_err(Refusal::bad_request)?;
    Ok(url.to_owned())
}

fn card_url(card: &Value) -> Option<&str> {
    card.get("url")?.as_str()
}

async fn is_safe(org: &Org, url: &str) -> bool {
    match Url::parse(url) {
        Ok(url) => org.rules.check_dialled(&url).await,
        Err(_) => false,
    }
}

/// Writes the registration. A removed workspace is left as it is, but answered and announced as if it were
/// not.
fn store(tx: &mut Tx<'_>, id: Id, url: &str, card: Value, mode: Option<String>) -> Result<Value, Fault> {
    let era = tx.realm.era;
    let row = tx.workspace(id)?;
    let mut stored_url = url.to_owned();
    let untouched = match &row {
        None => {
            let name = id.to_string();
            tx.insert_workspace(&NewRow {
                id,
                name: &name,
                role: "",
                tier: 1,
                status: Status::Online,
                runtime: "langgraph",
                parent_id: None,
                workspace_dir: None,
                max_concurrent_tasks: 1,
                budget_limit: None,
                place: (0.0, 0.0),
            })?;
            false
        }
        Some(row) => {
            // What the platform itself gave a container is kept. No agent from outside is known by such a
            // URL.
            if !row.is_external() && row.url.starts_with("http://127.0.0.1") {
                stored_url.clone_from(&row.url);
            }
            match row.status {
                Status::Removed => true,
                Status::Paused | Status::Hibernated => era.pause_outlasts_register(),
                _ => false,
            }
        }
    };
    if !untouched {
        tx.prepare_cached(
            "UPDATE workspaces SET url = ?2, agent_card = ?3, status = 'online', last_heartbeat_at = ?4,
                                   updated_at = ?4, delivery_mode = coalesce(?5, delivery_mode),
                                   register_failed_at = NULL
             WHERE id = ?1",
        )?
        .execute((id, &stored_url, card.to_string(), tx.now, &mode))?;
    }
    let mut event = json!({"url": stored_url, "agent_card": card});
    let mut reply = json!({"status": "registered"});
    if let Some(mode) = mode {
        event["delivery_mode"] = json!(mode);
        reply["delivery_mode"] = json!(mode);
    }
    tx.record(id, "WORKSPACE_ONLINE", event)?;
    if !tx.has_live_token(id)? {
        reply["auth_token"] = json!(tx.mint_token(id)?.expose());
    }
    if era.has_inbound_secrets()
        && let Some(row) = tx.workspace(id)?
    {
        reply["platform_inbound_secret"] = json!(tx.inbound_secret(&row)?.0.expose());
    }
    Ok(reply)
}

/// The body of `POST /registry/update-card`.
#[derive(Deserialize)]
struct Card {
    #[serde(default, deserialize_with = "body::or_default")]
    workspace_id: String,
    #[serde(default, deserialize_with = "body::any_value")]
    agent_card: Option<Value>,
}

/// `POST /registry/update-card`
pub(crate) async fn update_card(State(org): State<Arc<Org>>, headers: HeaderMap, body: Body) -> Reply {
    let bearer = Bearer::of(&headers);
    let new: Card = body::json(body, "invalid request body").await?;
    let card = new
        .agent_card
        .filter(|_| !new.workspace_id.is_empty())
        .ok_or_else(invalid)?;
    let failed = || Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "failed to update card");
    let id = Id::parse(&new.workspace_id).ok_or_else(failed)?;
    org.store
        .run(move |tx| tx.admit(Gate::Registry, &bearer, Some(id)))
        .await?;
    if org.era.has_delivery_modes()
        && let Some(url) = card_url(&card).filter(|url| !url.is_empty())
        && !is_safe(&org, url).await
    {
        return Err(Refusal::bad_request("workspace URL not allowed"));
    }
    org.store
        .run(move |tx| {
            tx.set_column(id, "agent_card", card.to_string())?;
            tx.record(id, "AGENT_CARD_UPDATED", json!({"agent_card": card}))?;
            Ok(())
        })
        .await?;
    Ok(ok(json!({"status": "updated"})))
}
