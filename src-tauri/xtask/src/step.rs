//! A named step: its name before it begins, how long it took when it is done.

use std::io::{self, Write};
use std::time::Instant;

use crate::shell::Failure;

/// Runs `work` under a name that a person can follow.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    say(&format!("==> {name}"));
    let began = now();
    let done = work();
    let took = began.elapsed().as_secs_f64();
    say(&match &done {
        Ok(_) => format!("    {name}: done in {took:.1} s"),
        Err(_) => format!("    {name}: failed after {took:.1} s"),
    });
    done
}

/// Says that a step is left out, so that nobody takes silence for success.
pub(crate) fn skipped(name: &str, why: &str) {
    say(&format!("==> SKIPPED {name}: {why}"));
}

/// One line, written at once: what a child writes next comes after it. A reader who has gone is not our failure.
pub(crate) fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _gone = writeln!(out, "{line}").and_then(|()| out.flush());
}

#[allow(
    clippy::disallowed_methods,
    reason = "the clock of xtask: it only measures how long a step took"
)]
fn now() -> Instant {
    Instant::now()
}
