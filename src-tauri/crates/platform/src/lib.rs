//! The platform's HTTP and WebSocket API: types and a client, and no policy.
//!
//! Nothing here retries, decides or remembers. Every call has a deadline, every body a cap, every error its stage
//! and a stable code. What the platform really does, in both of its generations, is written down with each type.

mod a2a;
mod activity;
mod approvals;
mod base_url;
mod client;
mod connection;
mod delegations;
mod elements;
mod error;
mod events;
mod lenient;
mod plugins;
mod registry;
mod reply;
mod secrets;
mod status;
mod token;
mod workspaces;

pub use a2a::Answer;
pub use activity::{LogEntry, Row, Rows, Since};
pub use approvals::PendingApproval;
pub use base_url::{BaseUrl, BaseUrlError};
pub use client::{ORG_ID, Platform};
pub use connection::{Connection, ConnectionError};
pub use delegations::{Delegated, Delegation, Standing};
pub use error::{Error, Kind, Stage, is_proxy_login};
pub use events::{Event, Events, PING_EVERY};
pub use plugins::PluginArchive;
pub use registry::{Beat, DeliveryMode, Heartbeat, Registered, Registration, State};
pub use secrets::SecretValue;
pub use status::Status;
pub use token::Token;
pub use workspaces::{Created, Lookup, NewWorkspace, Workspace};
