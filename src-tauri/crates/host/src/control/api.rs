//! What travels over the control API besides [`crate::status::Status`]: small bodies in and out, and nothing that
//! does anything. Fields are only ever added.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::{
    config::{LogLevel, ProfileName},
    deliveries::DeliveryView,
    detect::FoundAgent,
    host::{DelegationState, DoorView},
    notify::Pause,
    org::Arrangement,
    plugins::{Plugin, PluginSource, SetupState},
    setup::Token,
};

/// What to say to our own workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SendText {
    /// The message, as text.
    pub text: String,
}

/// What to say to a workspace of the org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// The message, as text.
    pub text: String,
}

/// Which changes of states are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// Those with a higher number than this.
    #[serde(default)]
    pub after: u64,
    /// Those of this workspace alone.
    pub workspace: Option<Uuid>,
    /// At most so many, the newest.
    #[serde(default = "default_changes")]
    pub limit: usize,
}

fn default_changes() -> usize {
    200
}

/// How the peers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeersQuery {
    /// As they are now, and not as they were up to 5 min ago.
    #[serde(default)]
    pub anew: bool,
}

/// What to say to a peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SendToPeer {
    /// The peer, by name or id.
    pub to: String,
    /// The message, as text.
    pub text: String,
}

/// What to hand to a peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DelegateToPeer {
    /// The peer, by name or id.
    pub to: String,
    /// The task, as text.
    pub text: String,
    /// With the same text here again, nothing is handed over a second time.
    #[serde(default)]
    #[ts(optional)]
    pub once: Option<String>,
}

/// How long a delegation's change is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegationQuery {
    /// How it stood when it was last looked at; a change of this is waited for.
    pub seen: Option<DelegationState>,
    /// For so many seconds, 30 at the most.
    #[serde(default)]
    pub wait_s: u32,
}

/// The plugins of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PluginList {
    /// The plugins, by name.
    pub plugins: Vec<Plugin>,
}

/// A plugin to install.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallPlugin {
    /// Where it comes from.
    pub source: PluginSource,
}

/// What became of a plugin's `setup.sh`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotePluginSetup {
    /// How it ended.
    pub setup: SetupState,
}

/// For how long nothing is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PauseNotifications {
    /// For how long.
    pub pause: Pause,
}

/// Whether something is to be told of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MuteWorkspace {
    /// The workspace, by id or by a name that it alone has.
    pub workspace: String,
    /// Nothing is told of it.
    pub muted: bool,
}

/// The workspace that was muted or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Muted {
    /// Its id.
    pub workspace: Uuid,
    /// Its name.
    pub name: String,
}

/// Whether the shared door is to be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedDoor {
    /// Open to other A2A callers, or not.
    pub open: bool,
}

/// The org's key, to be kept for a profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepOrgKey {
    /// The key.
    pub(super) org_key: Token,
}

/// The A2A agents that run on this machine already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgentList {
    /// The agents, in order of their ports.
    pub agents: Vec<FoundAgent>,
}

/// The profile that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Added {
    /// Its name.
    #[ts(type = "string")]
    pub profile: ProfileName,
}

/// The doors of a profile.
#[derive(Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DoorList {
    /// The platform door first.
    pub doors: Vec<DoorView>,
}

/// Which deliveries are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveriesQuery {
    /// Those with a higher number than this.
    #[serde(default)]
    pub after: i64,
    /// At most so many, the newest.
    #[serde(default = "default_deliveries")]
    pub limit: u32,
    /// Seconds that one is waited for, where there is none.
    #[serde(default)]
    pub wait_s: u32,
}

fn default_deliveries() -> u32 {
    50
}

/// The last deliveries of a profile, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DeliveryList {
    /// The deliveries.
    pub deliveries: Vec<DeliveryView>,
}

/// Deliveries that have come or have ended, for whoever looks on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DeliveryNews {
    /// Whose they are.
    pub profile: String,
    /// The deliveries, by number. One that was told before is told again when it has ended.
    pub deliveries: Vec<DeliveryView>,
}

/// Whether the bodies of deliveries are to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SetRecording {
    /// From now on; or not, which forgets those that there are.
    pub on: bool,
}

/// A delivery as a command for a shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CurlText {
    /// The command, with a placeholder for the address.
    pub text: String,
}

/// Which events are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// These alone; all, if it is not said.
    pub only: Option<EventName>,
    /// Whether an org comes whole once, and then only what changes about it.
    #[serde(default)]
    pub changes: bool,
}

/// The events that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventName {
    /// The whole [`crate::status::Status`].
    Status,
    /// The [`crate::org::Org`] of one profile; with `changes`, a [`crate::org::OrgChange`] is called `org_change`.
    Org,
    /// The whole [`crate::notify::NotificationSettings`].
    Notifications,
    /// A [`crate::org::Thread`] in which something was said.
    Thread,
    /// The [`Arranged`] Canvas of one profile.
    Arrangement,
    /// [`DeliveryNews`] of one profile.
    Deliveries,
}

/// How the Canvas of a profile is arranged now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Arranged {
    /// The profile.
    pub profile: String,
    /// Its arrangement.
    pub arrangement: std::sync::Arc<Arrangement>,
}

/// Which log is wanted, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    /// Of this profile's agent, which Ligand starts, instead of the host.
    #[serde(default)]
    pub agent: Option<ProfileName>,
    /// How many of the last lines.
    #[serde(default = "default_lines")]
    pub lines: usize,
    /// Of the host's own log, only what is at least so grave.
    #[serde(default)]
    pub level: Option<LogLevel>,
    /// Only lines with this text in them, whatever its case.
    #[serde(default)]
    pub search: Option<String>,
    /// Whether to go on with what is written from now on, as a stream of events.
    #[serde(default)]
    pub follow: bool,
}

/// What one screen shows.
fn default_lines() -> usize {
    50
}

/// The last lines of the log, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LogLines {
    /// The lines, without their ends.
    pub lines: Vec<String>,
}
