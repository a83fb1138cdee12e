//! Everything that Ligand does without a screen.
//!
//! One host per user holds the profiles; each profile keeps one workspace of one platform online and carries its
//! calls to the agent on this laptop. Faces (tray, window, command line) know only the control API.

pub mod agent;
#[cfg(test)]
mod bindings;
mod clock;
pub mod config;
pub mod control;
pub mod deliveries;
pub mod detect;
pub mod diagnostics;
pub mod doctor;
pub mod doors;
mod exposure;
mod files;
pub mod headless;
pub mod health;
pub mod host;
mod keep_awake;
pub mod lock;
pub mod logging;
pub mod login_item;
mod mask;
mod message;
mod network;
pub mod notify;
pub mod org;
pub mod places;
pub mod plugins;
mod power;
pub mod presence;
mod probe;
mod profile;
mod proxy;
pub mod resident;
mod serving;
pub mod settings;
pub mod setup;
pub mod socket;
pub mod status;
mod supervise;
mod update;
pub mod vault;
pub mod web;

pub use ligand_tunnel::EVENTS_AT_ONCE;
#[cfg(unix)]
pub use supervise::guard_if_asked;
