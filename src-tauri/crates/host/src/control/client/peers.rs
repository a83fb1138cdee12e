//! What is asked about peers.

use hyper::Method;
use uuid::Uuid;

use super::{ANSWER_DEADLINE, Answer, Client, SEND_DEADLINE};
use crate::{
    config::ProfileName,
    control::{DelegateToPeer, SendToPeer},
    host::{Delegation, DelegationState, PeerList, SentToPeer},
};

impl Client {
    /// The workspaces next to ours, as the host remembers them for 5 min or, if wished, as they are now.
    ///
    /// # Errors
    /// As for every request.
    pub async fn peers(&self, profile: &ProfileName, anew: bool) -> Answer<PeerList> {
        self.get(&format!("/v1/profiles/{profile}/peers?anew={anew}"))
            .await
    }

    /// Sends a message to a peer in our workspace's name.
    ///
    /// # Errors
    /// As for every request.
    pub async fn send_to(&self, profile: &ProfileName, message: &SendToPeer) -> Answer<SentToPeer> {
        let path = format!("/v1/profiles/{profile}/peers/send");
        self.json(Method::POST, &path, Some(message), SEND_DEADLINE).await
    }

    /// Hands a task to a peer.
    ///
    /// # Errors
    /// As for every request.
    pub async fn delegate(&self, profile: &ProfileName, task: &DelegateToPeer) -> Answer<Delegation> {
        let path = format!("/v1/profiles/{profile}/peers/delegate");
        self.json(Method::POST, &path, Some(task), ANSWER_DEADLINE).await
    }

    /// Where a delegation stands; waits `wait_s` seconds (at most 30) while that is as it was `seen`.
    ///
    /// # Errors
    /// As for every request.
    pub async fn delegation(
        &self,
        profile: &ProfileName,
        id: Uuid,
        seen: Option<DelegationState>,
        wait_s: u32,
    ) -> Answer<Delegation> {
        let mut path = format!("/v1/profiles/{profile}/delegations/{id}?wait_s={wait_s}");
        if let Some(seen) = seen {
            path += &format!("&seen={}", seen.word());
        }
        self.get(&path).await
    }
}
