//! Sending a message to a workspace through the platform.

use std::time::Duration;

use reqwest::{Method, StatusCode, header::HeaderName};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    client::Platform,
    error::{Error, Stage},
    token::Token,
};

/// Names the workspace that sends.
const WORKSPACE_ID: HeaderName = HeaderName::from_static("x-workspace-id");

/// What became of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The agent's JSON-RPC answer.
    Replied(Value),
    /// The workspace was busy or away; the platform delivers it later.
    Queued {
        /// To ask for it by, on newer platforms.
        queue_id: Option<String>,
        /// How many wait.
        depth: u64,
    },
    /// Taken for a workspace that fetches its messages, or that answers later by an event.
    Accepted {
        /// `poll` or `push-async`.
        delivery_mode: String,
    },
}

impl Platform {
    /// Sends a JSON-RPC message. Older platforms need no credential; newer ones take the sender's identity from it.
    /// The deadline covers the agent's whole work.
    ///
    /// # Errors
    /// As every call. What the agent itself answered with a status from 300 on comes with that status: as
    /// [`crate::Kind::Unauthorized`], [`crate::Kind::Refused`] or [`crate::Kind::Server`].
    pub async fn send(
        &self,
        credential: Option<&Token>,
        id: Uuid,
        message: &Value,
        deadline: Duration,
    ) -> Result<Answer, Error> {
        self.send_from(credential, None, id, message, deadline).await
    }

    /// The same, with the sending workspace named where there is one.
    pub(crate) async fn send_from(
        &self,
        credential: Option<&Token>,
        from: Option<Uuid>,
        id: Uuid,
        message: &Value,
        deadline: Duration,
    ) -> Result<Answer, Error> {
        let path = format!("/workspaces/{id}/a2a");
        let mut call = self
            .call(Stage::Send, Method::POST, &path)
            .credential(credential)?;
        if let Some(from) = from {
            call = call.header(WORKSPACE_ID, &from.to_string());
        }
        let reply = call.json(message).deadline(deadline).reply().await?;
        let body = reply.decode().map_err(|kind| Error {
            stage: Stage::Send,
            kind,
        })?;
        Ok(answer(reply.status, body))
    }
}

/// The platform's own words for a message that it keeps, or the agent's answer, which has none of them.
fn answer(status: StatusCode, body: Value) -> Answer {
    if status == StatusCode::ACCEPTED && body["queued"] == true {
        return Answer::Queued {
            queue_id: body["queue_id"].as_str().map(str::to_owned),
            depth: body["queue_depth"].as_u64().unwrap_or_default(),
        };
    }
    match body["delivery_mode"].as_str() {
        Some(mode) if body["status"] == "queued" && body.get("jsonrpc").is_none() => Answer::Accepted {
            delivery_mode: mode.to_owned(),
        },
        _ => Answer::Replied(body),
    }
}
