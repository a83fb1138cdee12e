//! What the local org does beyond the contract: its seeds, its file, its guards, its switches. What the platform does
//! is told by the contract suite, which crosses crates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests, helpers included: what fails shall fail loudly, and deadlines are real time"
)]

// The contract suite's, of which these tests need less.
#[allow(dead_code, reason = "not every act is needed here")]
#[path = "../../../../../tests/contract/agent.rs"]
mod agent;
mod harness;

mod addresses;
mod faults;
mod fence;
mod guards;
mod persistence;
mod plugins;
mod seeds;
