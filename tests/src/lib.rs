//! The harness of the end-to-end tests: real binaries in processes of their own, in folders of their own.
//!
//! Nothing here replaces a part of Ligand. A test that fails leaves the end of every process's output on the screen.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness that cannot go on fails its test"
)]

mod agent;
mod bus;
pub mod desktop;
mod host;
mod keychain;
mod logind;
pub mod network;
mod org;
mod plain;
pub mod proc;
mod process;
mod raw_agent;
mod raw_caller;
mod relay;
mod scratch;
mod sdk;
#[cfg(target_os = "linux")]
mod sockets;
mod stage;
mod until;
mod upstream;

pub use agent::{Call, SLOWLY, TestAgent, WAIT, wall_clock_us};
pub use bus::SessionBus;
pub use host::{Host, PROFILE, Profile, Said, Variables, ligand};
pub use keychain::Keychain;
pub use logind::Logind;
pub use org::{Beat, Era, LocalOrg, OrgCaller, Workspace, message};
pub use plain::plain_agent;
pub use process::{Process, binary};
pub use raw_agent::RawAgent;
pub use raw_caller::{Answer, RawCaller};
pub use relay::{Relay, WITH_METRICS};
pub use scratch::Scratch;
pub use sdk::{Sdk, SdkAgent};
#[cfg(target_os = "linux")]
pub use sockets::{TcpConnection, tcp_connections};
pub use stage::{Stage, WORKSPACE};
pub use until::{now, until};
pub use upstream::{LONGEST_GAP, upstream};
