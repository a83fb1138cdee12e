//! `send`: a message to our own workspace, through the platform and back, with where the time went.

use std::time::Duration;

use ligand_platform::{Answer, Error, Platform, Token};
use ligand_tunnel::LinkHandle;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{clock::Clock, deliveries::Deliveries, host::Sent};

/// How long an answer is waited for: what the platform's own canvas waits.
pub(super) const DEADLINE: Duration = Duration::from_secs(120);

/// What a profile lends to `send`, so that its own task need not wait for an answer.
pub(crate) struct SendKit {
    pub(super) platform: Platform,
    /// With whose right it is sent; none where messages are fetched and nobody has given the org's key: what we send
    /// ourselves then comes back as our own words.
    pub(super) token: Option<Token>,
    pub(super) workspace: Uuid,
    pub(super) deliveries: Deliveries,
    pub(super) link: Option<LinkHandle>,
    pub(super) clock: Clock,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The platform did not take the message.
    #[error("{0}")]
    Platform(#[from] Error),
    /// The platform took it and keeps it for later.
    #[error(
        "the platform queued the message ({depth} waiting): the workspace did not answer; it is delivered when the workspace is back"
    )]
    Queued {
        /// Messages in the queue.
        depth: u64,
    },
    /// There is nobody in whose name it could be sent.
    #[error(
        "this profile fetches its messages, and what a workspace sends to itself counts as its own words; write to it on the Canvas, or connect with `ligand create --keep-org-key`"
    )]
    ToOneself,
    /// The platform keeps it until this very host fetches it; the answer goes to the people who watch.
    #[error(
        "the message waits at the platform until it is fetched, within seconds, and its answer is shown in the workspace's chat; `ligand deliveries` lists it"
    )]
    ToBeFetched,
    /// The agent answered with an error.
    #[error("the agent answered with an error: {0}")]
    Agent(String),
}

impl SendKit {
    /// Sends the text and waits for the answer.
    pub(crate) async fn send(self, text: &str) -> Result<Sent, SendError> {
        let token = self.token.as_ref().ok_or(SendError::ToOneself)?;
        let tunnel = match &self.link {
            Some(link) => link.ping().await.unwrap_or_default(),
            None => Duration::ZERO,
        };
        let message_id = Uuid::new_v4().to_string();
        let body = message(text, &message_id);
        let began = self.clock.now();
        let answer = self
            .platform
            .send(Some(token), self.workspace, &body, DEADLINE)
            .await?;
        let total = self.clock.now().saturating_sub(began);
        let reply = match answer {
            Answer::Replied(reply) => reply,
            Answer::Queued { depth, .. } => return Err(SendError::Queued { depth }),
            Answer::Accepted { delivery_mode } if delivery_mode == "poll" => {
                return Err(SendError::ToBeFetched);
            }
            Answer::Accepted { .. } => return Err(SendError::Queued { depth: 0 }),
        };
        let answer = text_of(&reply).map_err(SendError::Agent)?;
        let timing = self.deliveries.timing(&message_id).unwrap_or_default();
        let platform = total.saturating_sub(timing.host).saturating_sub(tunnel);
        Ok(Sent {
            answer,
            total_ms: ms(total),
            platform_ms: ms(platform),
            tunnel_ms: ms(tunnel),
            agent_ms: ms(timing.agent),
        })
    }
}

/// A text as a message of A2A.
pub(super) fn message(text: &str, message_id: &str) -> Value {
    json!({
        "jsonrpc": "2.0", "id": message_id, "method": "message/send",
        "params": {"message": {
            "kind": "message", "role": "user", "messageId": message_id,
            "parts": [{"kind": "text", "text": text}]
        }}
    })
}

/// The text of a JSON-RPC answer: of a message, of a task's artifacts, or of its status; or the error that it is.
pub(super) fn text_of(reply: &Value) -> Result<String, String> {
    if let Some(error) = reply.get("error") {
        let message = error.get("message").or(Some(error)).and_then(Value::as_str);
        return Err(message.unwrap_or("no reason given").to_owned());
    }
    let result = &reply["result"];
    let result = if result.get("message").is_some() {
        &result["message"]
    } else {
        result
    };
    if let Some(text) = result.as_str() {
        return Ok(text.to_owned());
    }
    let artifacts = result["artifacts"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|artifact| &artifact["parts"]);
    let parts = [&result["parts"], &result["status"]["message"]["parts"]]
        .into_iter()
        .chain(artifacts);
    let texts: Vec<&str> = parts
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|part| part["text"].as_str())
        .collect();
    Ok(texts.join("\n"))
}

/// Milliseconds, to the hundredth.
pub(super) fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_every_shape_of_answer_is_found() {
        let shapes = [
            json!({"result": {"kind": "message", "parts": [{"kind": "text", "text": "hi"}]}}),
            json!({"result": {"message": {"parts": [{"text": "hi"}]}}}),
            json!({"result": {"kind": "task", "artifacts": [{"parts": [{"type": "text", "text": "hi"}]}]}}),
            json!({"result": {"status": {"message": {"parts": [{"text": "hi"}]}}}}),
            json!({"result": "hi"}),
        ];
        for shape in shapes {
            assert_eq!(text_of(&shape).unwrap(), "hi", "{shape}");
        }
    }

    #[test]
    fn an_error_of_the_agent_is_told_with_its_message() {
        let error = text_of(&json!({"error": {"code": -32000, "message": "out of tea"}})).unwrap_err();
        assert_eq!(error, "out of tea");
        assert_eq!(
            SendError::Agent(error).to_string(),
            "the agent answered with an error: out of tea"
        );
    }
}
