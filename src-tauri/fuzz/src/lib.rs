//! What strangers can send, as functions of bytes that panic when something does not hold.
//!
//! `cargo xtask fuzz` runs them under libFuzzer. Inputs that once made one panic lie in `found` and are tried by every
//! test run; `seeds` is where the fuzzer begins.
#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "a panic is how a target says that something does not hold"
)]

mod card;
mod door;
mod hello;
mod http;

pub use card::card;
pub use door::door;
pub use hello::hello;
pub use http::http;

/// The door behind which everything is tried.
const DOOR: &str = "https://relay.example/w/door";
/// The agent's port.
const PORT: u16 = 9;
