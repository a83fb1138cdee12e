//! What must hold of the desktop shell, on a desktop of each test's own: an X server without a screen, a session bus
//! without activation, and on it a tray that the test plays.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod desk;
mod driver;
mod faults;
mod panel;
mod single;
mod tray;
mod window;
