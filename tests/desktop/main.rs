//! What must hold of the desktop shell, on a desktop of each test's own: an X server without a screen, a session bus
//! without activation, and on it a tray and notifications that the test plays; and of the same page in a browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod bad_days;
mod canvas;
mod dialog;
mod events;
mod faults;
mod hand;
mod keys;
mod missing;
mod muted;
mod notify;
mod onboarding;
mod picture;
mod profile;
mod refusals;
mod rings;
mod screens;
mod settings;
mod single;
mod smoke;
mod states;
mod story;
mod strangers;
mod switches;
mod theme;
mod tray;
mod watched;
mod web;
mod window;
