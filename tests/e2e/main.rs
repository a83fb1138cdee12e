//! What must hold of the whole: local org, relay, host and command line as real processes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod a2a;
mod agent_secrets;
mod bad_agents;
mod built_in;
mod canvas;
mod card_copies;
mod command;
mod deliveries;
#[cfg(target_os = "linux")]
mod detect;
mod diagnostics;
mod doctor;
mod errors;
mod exposures;
mod faults;
mod gone;
mod headless;
mod inspector;
mod lifecycle;
mod mixed_load;
mod networks;
mod path;
mod peers;
mod plugins;
mod poll;
mod proxies;
mod raw;
mod recovery;
mod restarts;
mod secrets;
#[cfg(target_os = "linux")]
mod service;
mod settings;
mod sleep;
mod soak;
#[cfg(target_os = "linux")]
mod sockets;
mod storage;
mod takeover;
mod token_proof;
mod traps;
mod wall_clock;
