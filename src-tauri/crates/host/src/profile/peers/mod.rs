//! The workspaces next to ours: finding one by name, sending to it, and handing work to it.
//!
//! Everything goes through the platform, in our workspace's name. Where a peer's agent is neither asked nor known here:
//! our token must reach nobody but the platform. Who the peers are is remembered for [`FRESH`], and forgotten with the
//! first failure: whom we did not reach may have moved.

mod book;
mod find;
mod view;

use std::time::Duration;

use ligand_platform::{Answer, Error, Kind, Platform, Standing, Token};
use uuid::Uuid;

pub(super) use book::PeerBook;
pub use find::PeerError;
use find::{Target, pick};
pub use view::{Delegation, DelegationState, Peer, PeerList, PeerOutcome, SentToPeer};

use super::send::{DEADLINE, ms};
use crate::{
    clock::Clock,
    message::{message, text_of},
};

/// How long a list of peers is good for: what the platform's own clients keep one.
const FRESH: Duration = Duration::from_secs(300);

/// How often the platform is asked where a delegation stands, while somebody waits for it: the limit of 600 requests a
/// minute is shared with everything else that we do.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What a profile lends to those who ask something of its peers, so that its own task need not wait for an answer.
pub(crate) struct PeerKit {
    pub(super) platform: Platform,
    pub(super) token: Token,
    pub(super) workspace: Uuid,
    pub(super) clock: Clock,
    pub(super) book: PeerBook,
}

impl PeerKit {
    /// The peers, as remembered or as the platform tells them now.
    pub(crate) async fn list(&self, anew: bool) -> Result<PeerList, Error> {
        if anew {
            self.book.forget();
        }
        if let Some(known) = self.book.read(self.clock.now(), FRESH) {
            return Ok(known);
        }
        let peers = self.platform.peers(&self.token, self.workspace).await?;
        let peers: Vec<Peer> = peers.iter().map(Peer::of).collect();
        Ok(self.book.write(self.clock.now(), peers))
    }

    /// Sends a text to a peer and waits for its answer.
    pub(crate) async fn send(&self, who: &str, text: &str) -> Result<SentToPeer, PeerError> {
        let peer = self.find(who).await?;
        let message = message(text, &Uuid::new_v4().to_string());
        let began = self.clock.now();
        let sent = self
            .platform
            .send_as(&self.token, self.workspace, peer.id, &message, DEADLINE);
        let answer = sent.await.inspect_err(|_| self.book.forget())?;
        let (outcome, answer, waiting) = match answer {
            Answer::Replied(reply) => {
                let text = text_of(&reply).map_err(PeerError::Agent)?;
                (PeerOutcome::Answered, Some(text), None)
            }
            Answer::Queued { depth, .. } => {
                let waiting = u32::try_from(depth).unwrap_or(u32::MAX);
                (PeerOutcome::Queued, None, Some(waiting))
            }
            Answer::Accepted { .. } => (PeerOutcome::Taken, None, None),
        };
        Ok(SentToPeer {
            id: peer.id,
            name: peer.name,
            outcome,
            answer,
            waiting,
            total_ms: ms(self.clock.now().saturating_sub(began)),
        })
    }

    /// Hands a task to a peer; the platform does the rest. The same `key` again gives the delegation that there is.
    pub(crate) async fn delegate(
        &self,
        who: &str,
        task: &str,
        key: Option<&str>,
    ) -> Result<Delegation, PeerError> {
        let peer = self.find(who).await?;
        let fresh = Uuid::new_v4().to_string();
        let key = key.unwrap_or(&fresh);
        let hand_over = async || {
            self.platform
                .delegate(&self.token, self.workspace, peer.id, task, key)
                .await
        };
        let mut handed = hand_over().await;
        if matches!(&handed, Err(error) if may_have_arrived(error)) {
            // Under the same key it is the same one.
            handed = hand_over().await;
        }
        let handed = handed.inspect_err(|_| self.book.forget())?;
        Ok(Delegation {
            id: handed.id,
            peer: Some(peer.id),
            name: peer.name,
            known: handed.known,
            state: DelegationState::Working,
            answer: None,
            error: None,
        })
    }

    /// Where a delegation stands. While it stands as it was `seen` it is looked at again and again, for as long as `wait`.
    pub(crate) async fn delegation(
        &self,
        id: Uuid,
        seen: Option<DelegationState>,
        wait: Duration,
    ) -> Result<Delegation, PeerError> {
        let until = self.clock.now() + wait;
        loop {
            let found = self
                .platform
                .delegation(&self.token, self.workspace, id)
                .await?
                .ok_or(PeerError::NoSuchDelegation(id))?;
            let name = found.target.and_then(|peer| self.book.name_of(peer));
            let (state, answer, error) = match found.standing {
                Standing::Working => (DelegationState::Working, None, None),
                Standing::Queued => (DelegationState::Queued, None, None),
                Standing::Completed { text } => (DelegationState::Completed, Some(text), None),
                Standing::Failed { error } => (DelegationState::Failed, None, Some(error)),
            };
            if Some(state) != seen || self.clock.now() + LOOK_EVERY > until {
                return Ok(Delegation {
                    id,
                    peer: found.target,
                    name,
                    known: true,
                    state,
                    answer,
                    error,
                });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The peer that is meant. One that is not remembered is looked for in a new list.
    async fn find(&self, who: &str) -> Result<Target, PeerError> {
        if let Ok(id) = who.trim().parse() {
            // Whoever knows the id may talk to some who are no neighbours: the platform decides.
            let name = self.book.name_of(id);
            return Target { id, name }.unless(self.workspace);
        }
        let remembered = self.book.read(self.clock.now(), FRESH);
        let picked = match remembered.map(|known| pick(&known.peers, who)) {
            None | Some(Err(PeerError::NoSuchPeer { .. })) => pick(&self.list(true).await?.peers, who),
            Some(picked) => picked,
        };
        picked?.unless(self.workspace)
    }
}

/// Whether the platform may have got it, though we did not hear so.
fn may_have_arrived(error: &Error) -> bool {
    matches!(error.kind, Kind::Unreachable(_) | Kind::Timeout)
}
