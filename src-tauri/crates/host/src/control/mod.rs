//! The control API: the one way in which faces (command line, tray, window) see and steer a running host.
//!
//! JSON over HTTP/1.1 on a socket that only the user's own processes can open. Every route has a [`Scope`], and a
//! listener serves the scopes it was given: the socket all of them, a browser's listener never the admin ones. The
//! API decides nothing: it passes requests to [`crate::host::HostHandle`] and answers with its words.

mod adding;
mod api;
mod client;
mod confirm;
mod delivery_news;
mod error;
mod events;
mod handlers;
mod inspect;
mod log_sieve;
mod log_tail;
mod login_item;
mod notifications;
mod org;
mod pass;
mod peers;
mod plugins;
mod routes;
mod server;
mod settings;
mod sse;

#[cfg(test)]
#[cfg(unix)]
mod tests;

pub use api::{
    Added, AgentList, Arranged, CurlText, DelegateToPeer, DelegationQuery, DeliveriesQuery, DeliveryList,
    DeliveryNews, DoorList, EventName, EventsQuery, HistoryQuery, InstallPlugin, LogLines, LogQuery,
    MuteWorkspace, Muted, NotePluginSetup, PauseNotifications, PeersQuery, PluginList, Say, SendText,
    SendToPeer, SetRecording, SharedDoor,
};
pub use client::{Client, ClientError, LogFollower, StatusFollower};
pub use confirm::AskAdmin;
pub use error::{ApiError, ErrorReply};
pub use log_sieve::LogSieve;
pub use log_tail::last_lines;
pub use pass::{EventFollower, HostEvent};
pub use routes::{ROUTES, Route, Scope, Scopes, Verb, router};
pub(crate) use server::serve;
pub use server::{BindError, Control};

/// Which of a profile's doors: part of [`crate::host::DoorView`].
pub use ligand_tunnel::door::Slot;
