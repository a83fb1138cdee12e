//! What `ligand status`, the tray and the Canvas say about this host: one document, in data.
//!
//! It never holds a door's URL, a token or the secret half of a key. The schema only grows: a field once named keeps its meaning.
//! Building it from what happens is the profiles' work; this module has the shapes and the board they write on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use ts_rs::TS;
use uuid::Uuid;

/// The version of the document's schema, raised only when a field would have to change its meaning.
pub const SCHEMA: u32 = 1;

/// Everything that a face of Ligand shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Status {
    /// [`SCHEMA`] of the host that wrote it.
    pub schema: u32,
    /// The host itself.
    pub host: HostStatus,
    /// Every configured profile, by name.
    pub profiles: Vec<ProfileStatus>,
}

impl Status {
    /// Each profile whose agent was told a port to listen on, with that port.
    #[must_use]
    pub fn started_agents(&self) -> Vec<(String, u16)> {
        let profiles = self.profiles.iter();
        profiles
            .filter_map(|profile| Some((profile.name.clone(), profile.agent.port?)))
            .collect()
    }
}

impl Status {
    /// The profile of that name.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<&ProfileStatus> {
        self.profiles.iter().find(|profile| profile.name == name)
    }
}

/// The host process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HostStatus {
    /// Its process id.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// The commit that it was built from, where that was known, shortened.
    #[serde(default)]
    pub commit: Option<String>,
    /// A newer version, where one was looked for and found.
    #[serde(default)]
    pub update: Option<NewVersion>,
    /// Where secrets are kept.
    pub vault: VaultStatus,
    /// What is wrong with the host as a whole.
    pub health: Vec<HealthItem>,
}

/// A version that is newer than this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewVersion {
    /// The version.
    pub version: String,
    /// Where it is described, as an https address.
    pub url: Option<String>,
}

/// Where secrets are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum VaultStatus {
    /// Not decided yet, or the keychain is locked.
    Waiting,
    /// In the operating system's keychain.
    Keychain,
    /// In a file that only its owner can read, because there is no keychain.
    File {
        /// The file.
        path: String,
    },
    /// In the host's memory alone: it was given them by its environment.
    Memory,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ProfileStatus {
    /// Its name.
    pub name: String,
    /// The platform's base URL.
    pub platform: String,
    /// Our workspace.
    pub workspace: WorkspaceStatus,
    /// What keeps the workspace online.
    pub presence: PresenceStatus,
    /// How calls reach the host.
    pub exposure: ExposureStatus,
    /// The link to the relay. Without a relay but with doors, `state` alone says something: whether these can be reached.
    pub link: LinkStatus,
    /// What answers.
    pub agent: AgentStatus,
    /// What is wrong, worst first.
    pub health: Vec<HealthItem>,
}

/// Our workspace, as far as the platform has told us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WorkspaceStatus {
    /// Its id.
    pub id: Uuid,
    /// Its name, once the platform has said it.
    pub name: Option<String>,
}

/// The words for presence, and nothing else: every face shows these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PresenceWord {
    /// Not running, because the user stopped it.
    Stopped,
    /// On the way to online.
    Connecting,
    /// Registered, beating, and calls get through.
    Online,
    /// Online, but calls may fail.
    Degraded,
    /// Platform or relay cannot be reached; it is tried again.
    Unreachable,
    /// The laptop announced that it sleeps.
    Asleep,
    /// The org paused the workspace.
    Paused,
    /// The org removed the workspace.
    Removed,
    /// Only the user can mend it.
    NeedsUser,
}

impl PresenceWord {
    /// The word that a person reads.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Stopped => "Stopped",
            Self::Connecting => "Connecting",
            Self::Online => "Online",
            Self::Degraded => "Degraded",
            Self::Unreachable => "Unreachable",
            Self::Asleep => "Asleep",
            Self::Paused => "Paused by the org",
            Self::Removed => "Removed from the org",
            Self::NeedsUser => "Needs you",
        }
    }
}

/// Presence, and why it is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PresenceStatus {
    /// The state.
    pub state: PresenceWord,
    /// Since when, RFC 3339 in UTC.
    pub since: String,
    /// One sentence on why, where the word alone does not say it.
    pub reason: Option<String>,
    /// When the next attempt is made, RFC 3339 in UTC, where one is waited for.
    pub retry_at: Option<String>,
}

/// How calls reach the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExposureStatus {
    /// Through a relay.
    Relay {
        /// The relay's public address.
        relay: String,
        /// Whether the shared door is open to other A2A callers.
        shared_door: bool,
        /// The public half of the key with which the host signs in there, as it stands in the workspace's agent card; once
        /// the vault was read.
        #[serde(default)]
        key: Option<String>,
    },
    /// The host fetches its messages from the platform.
    Poll,
    /// Through a quick tunnel of `cloudflared`, which Ligand keeps running.
    Cloudflared {
        /// The public address that it has now. The doors are below it, at paths of their own.
        address: Option<String>,
        /// Whether the shared door is open to other A2A callers.
        shared_door: bool,
    },
    /// Through `ngrok`, which Ligand keeps running.
    Ngrok {
        /// The public address that it has now. The doors are below it, at paths of their own.
        address: Option<String>,
        /// Whether the shared door is open to other A2A callers.
        shared_door: bool,
    },
    /// Through something of the user's own, at a public address of theirs.
    Url {
        /// That address. The doors are below it, at paths of their own.
        address: String,
        /// Where the host's own listener is.
        listen: String,
        /// Whether the shared door is open to other A2A callers.
        shared_door: bool,
    },
}

/// What the link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LinkWord {
    /// Not wanted.
    Off,
    /// Being dialled.
    Dialling,
    /// Up.
    Up,
    /// Lost or refused; dialled again after a wait.
    Waiting,
}

/// The link to the relay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct LinkStatus {
    /// What it does.
    pub state: LinkWord,
    /// Whether a pong came within the last 20 seconds.
    pub verified: bool,
    /// The last measured round trip to the relay in milliseconds.
    pub round_trip_ms: Option<f64>,
    /// Why the last link ended or could not be had.
    pub reason: Option<String>,
}

impl LinkStatus {
    /// A link that nobody wants.
    #[must_use]
    pub fn off() -> Self {
        Self {
            state: LinkWord::Off,
            verified: false,
            round_trip_ms: None,
            reason: None,
        }
    }
}

/// What answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgentStatus {
    /// Where it comes from: `echo`, `attach`, `command`, `exec` or `claude`.
    pub kind: String,
    /// Whether it would take a call now.
    pub ready: bool,
    /// Deliveries that it works on.
    pub active_tasks: usize,
    /// Why it is not ready.
    pub reason: Option<String>,
    /// The port that it was told to listen on, while Ligand has it running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub port: Option<u16>,
}

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing works until it is mended.
    Error,
    /// Something does not work, or will soon not.
    Warning,
    /// Good to know.
    Info,
}

/// One thing that is wrong now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HealthItem {
    /// Its stable code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: String,
    /// What was seen, where that helps.
    pub detail: Option<String>,
    /// What to do next.
    pub next: String,
}

/// The one place that the status is written to and read from.
#[derive(Debug, Clone)]
pub struct Board(Arc<watch::Sender<Arc<Status>>>);

impl Board {
    /// A board with the host and no profile.
    #[must_use]
    pub fn new(host: HostStatus) -> Self {
        let first = Status {
            schema: SCHEMA,
            host,
            profiles: Vec::new(),
        };
        Self(Arc::new(watch::Sender::new(Arc::new(first))))
    }

    /// Follows what is written.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<Status>> {
        self.0.subscribe()
    }

    /// Writes the host's part.
    pub fn set_host(&self, change: impl FnOnce(&mut HostStatus)) {
        self.change(|status| change(&mut status.host));
    }

    /// Writes a profile's part, new or in place of the old one.
    pub fn set_profile(&self, profile: ProfileStatus) {
        self.change(
            |status| match status.profiles.iter_mut().find(|p| p.name == profile.name) {
                Some(place) => *place = profile,
                None => {
                    status.profiles.push(profile);
                    status.profiles.sort_by(|a, b| a.name.cmp(&b.name));
                }
            },
        );
    }

    /// Takes a profile's part away.
    pub fn remove_profile(&self, name: &str) {
        self.change(|status| status.profiles.retain(|profile| profile.name != name));
    }

    fn change(&self, change: impl FnOnce(&mut Status)) {
        self.0.send_if_modified(|current| {
            let mut next = Status::clone(current);
            change(&mut next);
            let changed = next != **current;
            if changed {
                *current = Arc::new(next);
            }
            changed
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> HostStatus {
        HostStatus {
            pid: 1,
            version: "0".into(),
            commit: None,
            update: None,
            vault: VaultStatus::Waiting,
            health: Vec::new(),
        }
    }

    #[test]
    fn a_write_that_changes_nothing_wakes_nobody() {
        let board = Board::new(host());
        let mut seen = board.watch();
        seen.mark_unchanged();
        board.set_host(|host| host.pid = 1);
        assert!(!seen.has_changed().unwrap());
        board.set_host(|host| host.pid = 2);
        assert!(seen.has_changed().unwrap());
    }
}
