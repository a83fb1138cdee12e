//! What faces see of an org. No workspace's URL and no card is in it.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// The version of the document's schema, raised only when a field would have to change its meaning.
pub const SCHEMA: u32 = 1;

/// The pictures of all profiles, by the profile's name.
pub type Orgs = BTreeMap<String, Arc<Org>>;

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
    /// The platform's status word; unknown ones as they are.
    pub state: String,
    /// Since when it is in that state, RFC 3339 in UTC, if that was seen.
    pub since: Option<String>,
    /// When its last heartbeat was seen, RFC 3339 in UTC. The platform's lists do not tell.
    pub last_seen: Option<String>,
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
    /// Tasks that it works on.
    pub active_tasks: u32,
    /// What it works on.
    pub current_task: Option<String>,
    /// Its last error.
    pub error: Option<String>,
}
