//! `send`: a message to our own workspace, through the platform and back, with where the time went.

use std::time::Duration;

use ligand_platform::{Answer, Error, Platform, Token};
use ligand_tunnel::LinkHandle;
use uuid::Uuid;

use crate::{
    clock::Clock,
    deliveries::Deliveries,
    host::Sent,
    message::{message, text_of},
};

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
        "this profile fetches its messages, and what a workspace sends to itself counts as its own words; write to it on the Canvas, or keep an org key with `ligand profile org-key`"
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

/// Milliseconds, to the hundredth.
pub(super) fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 100.0
}
