//! What faces see of an org. No workspace's URL is in it, and of a card only its words.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// The version of the document's schema, raised only when a field would have to change its meaning.
pub const SCHEMA: u32 = 1;

/// The workspaces of one platform, as far as a profile may see them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Org {
    /// The version of the document's schema.
    pub schema: u32,
    /// The profile whose org it is.
    pub profile: String,
    /// How much of the org is known.
    pub scope: OrgScope,
    /// Why it is not the whole org, or not up to date, in a sentence or two.
    pub note: Option<String>,
    /// When it was last known to be right, RFC 3339 in UTC; none before the first answer.
    pub as_of: Option<String>,
    /// Whether it is kept up to date now. If not, it is as old as `as_of` says.
    pub live: bool,
    /// Whether it was kept on the disk by an earlier run, and the platform has not been heard since.
    pub from_snapshot: bool,
    /// Counts the pictures of this profile since the host started: a change says which one it changes.
    #[ts(type = "number")]
    pub revision: u64,
    /// In whose name this profile speaks to the other workspaces.
    pub speaks_as: Voice,
    /// Whether the platform refuses the org key that this profile keeps.
    #[serde(default)]
    pub key_refused: bool,
    /// The number of the newest change of a state: with a higher one, there is something new in the history.
    #[ts(type = "number")]
    pub history: u64,
    /// What agents ask people to allow, newest first; none where our credential does not show it.
    pub approvals: Option<Vec<Approval>>,
    /// Every workspace that is known, in the platform's order.
    pub workspaces: Vec<Arc<OrgWorkspace>>,
}

impl Org {
    /// Nothing is known yet.
    #[must_use]
    pub fn unknown(profile: String, note: &str) -> Self {
        Self {
            schema: SCHEMA,
            profile,
            scope: OrgScope::Own,
            note: Some(note.to_owned()),
            as_of: None,
            live: false,
            from_snapshot: false,
            revision: 0,
            speaks_as: Voice::Workspace,
            key_refused: false,
            history: 0,
            approvals: None,
            workspaces: Vec::new(),
        }
    }
}

/// How much of the org is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OrgScope {
    /// All of it.
    Org,
    /// Our workspace and those next to it.
    Peers,
    /// Our workspace alone.
    #[serde(rename = "self")]
    Own,
}

/// One workspace of the org. Never with a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrgWorkspace {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Option<String>,
    /// What its card says that it is for, where its card is shown.
    pub description: Option<String>,
    /// The names of its skills, the first 16 of its card.
    pub skills: Vec<String>,
    /// The platform's status word; unknown ones as they are.
    pub state: String,
    /// Since when it is in that state, RFC 3339 in UTC, if that was seen.
    pub since: Option<String>,
    /// When its last heartbeat was seen, RFC 3339 in UTC. The platform's lists do not tell.
    pub last_seen: Option<String>,
    /// Whether it counts as online, was heard before, and has given no sign of life for 45 s while we listened.
    pub suspect: bool,
    /// What it runs on, where the platform tells.
    pub runtime: Option<String>,
    /// Whether it runs outside the platform.
    pub remote: bool,
    /// Whether this laptop fulfils it.
    pub ours: bool,
    /// The workspace that it stands under. It may be missing here, and parents may form a circle.
    pub parent_id: Option<Uuid>,
    /// Its tier.
    pub tier: Option<i32>,
    /// Where the org's people have put it, if anywhere.
    pub place: Option<Place>,
    /// Tasks that it works on.
    pub active_tasks: u32,
    /// What it works on.
    pub current_task: Option<String>,
    /// Its last error.
    pub error: Option<String>,
}

#[cfg(test)]
impl OrgWorkspace {
    /// A workspace of which little is known.
    pub(crate) fn named(id: u128, name: &str, state: &str) -> Self {
        Self {
            id: Uuid::from_u128(id),
            name: name.to_owned(),
            role: None,
            description: None,
            skills: Vec::new(),
            state: state.to_owned(),
            since: None,
            last_seen: None,
            suspect: false,
            runtime: None,
            remote: false,
            ours: false,
            parent_id: None,
            tier: None,
            place: None,
            active_tasks: 0,
            current_task: None,
            error: None,
        }
    }
}

/// A place on the Canvas, in the platform's units: a workspace alone is 240 wide and 130 high there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// To the right.
    pub x: i32,
    /// Downwards.
    pub y: i32,
}

/// In whose name something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// A person's, by the org key.
    Human,
    /// Our workspace's, by its token.
    Workspace,
    /// The workspace's that is spoken to.
    Agent,
}

/// Something that an agent asks people to allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Approval {
    /// Its id.
    pub id: String,
    /// The workspace whose agent asks.
    pub workspace: Uuid,
    /// That workspace's name.
    pub name: String,
    /// What it wants to do.
    pub action: String,
    /// Why.
    pub reason: Option<String>,
    /// When it asked, RFC 3339.
    pub at: String,
}
