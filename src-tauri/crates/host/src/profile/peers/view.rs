//! What faces see of peers and of what is sent to them. No peer's URL and no card is in it.

use ligand_platform::Workspace;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::org::text::{NAME, SENTENCE, WORD, line, some_line};

/// A workspace next to ours: a sibling, a child or the parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Peer {
    /// Its id.
    pub id: Uuid,
    /// Its name, in one line. Several may have the same.
    pub name: String,
    /// Its role.
    pub role: Option<String>,
    /// The platform's status word; unknown ones as they are.
    pub state: String,
    /// The workspace that it stands under.
    pub parent_id: Option<Uuid>,
    /// Its tier.
    pub tier: Option<i32>,
    /// Tasks that it works on.
    pub active_tasks: u32,
}

impl Peer {
    pub(super) fn of(workspace: &Workspace) -> Self {
        Self {
            id: workspace.id,
            name: line(&workspace.name, NAME),
            role: workspace
                .role
                .as_deref()
                .and_then(|role| some_line(role, SENTENCE)),
            state: line(workspace.status.word(), WORD),
            parent_id: workspace.parent_id,
            tier: workspace.tier,
            active_tasks: workspace.active_tasks,
        }
    }

    #[cfg(test)]
    pub(super) fn named(name: &str, id: u128) -> Self {
        Self {
            id: Uuid::from_u128(id),
            name: name.to_owned(),
            role: None,
            state: "online".to_owned(),
            parent_id: None,
            tier: None,
            active_tasks: 0,
        }
    }
}

/// The peers of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PeerList {
    /// The peers, in the platform's order.
    pub peers: Vec<Peer>,
    /// How old the list is, in seconds awake: it is kept for 5 min.
    pub age_s: u32,
}

/// What became of a message to a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PeerOutcome {
    /// The peer answered.
    Answered,
    /// The peer was busy or away; the platform keeps the message for it.
    Queued,
    /// The platform keeps it until the peer fetches it, and an answer comes as a message of its own.
    Taken,
}

/// A message that was sent to a peer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SentToPeer {
    /// The peer's id.
    pub id: Uuid,
    /// The peer's name, where it is known.
    pub name: Option<String>,
    /// What became of it.
    pub outcome: PeerOutcome,
    /// The peer's answer as text.
    pub answer: Option<String>,
    /// How many messages wait for the peer, where it was queued.
    pub waiting: Option<u32>,
    /// From the request to the answer, in milliseconds.
    pub total_ms: f64,
}

/// Where a delegation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DelegationState {
    /// The platform has it, and it is on its way or worked on.
    Working,
    /// The peer is busy or away; the platform sends it later.
    Queued,
    /// It was answered.
    Completed,
    /// It could not be delivered.
    Failed,
}

impl DelegationState {
    /// Its name in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Queued => "queued",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will come of it.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// Work that was handed to a peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Delegation {
    /// To ask for it by.
    pub id: Uuid,
    /// The peer's id, where the platform tells.
    pub peer: Option<Uuid>,
    /// The peer's name, where it is known.
    pub name: Option<String>,
    /// Whether it was there before it was asked for.
    pub known: bool,
    /// Where it stands.
    pub state: DelegationState,
    /// The answer as text, once there is one.
    pub answer: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}
