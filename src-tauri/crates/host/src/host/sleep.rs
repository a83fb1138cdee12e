//! What the machine's sleep is for the host: every profile goes to sleep, and every one wakes.

use std::time::Duration;

use super::HostHandle;
use crate::{power::Sleeper, profile::Command};

impl Sleeper for HostHandle {
    async fn sleep(&self) {
        self.ask_all(Command::Sleep).await;
    }

    async fn wake(&self, slept: Duration) {
        if !slept.is_zero() {
            self.inner.woke.send_replace(());
        }
        self.ask_all(move |done| Command::Wake(slept, done)).await;
    }
}
