//! What must hold of the desktop shell, on a desktop of each test's own: an X server without a screen, a session bus
//! without activation, and on it a tray and
//! notifications that the test plays; and of the same page in a browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod faults;
mod notify;
mod single;
mod story;
mod strangers;
mod tray;
mod web;
mod window;
