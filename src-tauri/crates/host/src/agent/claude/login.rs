//! Whether somebody is logged in to Claude Code, as far as that can be known without asking Claude anything.
//!
//! `claude auth status` says so, and is asked until it says yes; after that only a message that fails for want of a
//! login casts doubt. Before version 2.1.41 there is no such command, and its words would be taken for a question.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::{
    agent::{
        AgentError,
        process::{End, HadEnough, Job},
    },
    clock::Clock,
    supervise::Output,
};

/// The first version that can be asked.
const CAN_BE_ASKED: [u32; 3] = [2, 1, 41];

/// How long the program may take for a word about itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long an answer that nobody is logged in is believed: each question starts the whole program.
const BELIEVED: Duration = Duration::from_secs(30);

/// Bytes of such a word.
const WORD: usize = 64 * 1024;

/// What a caller is told whose message met nobody logged in.
pub(super) const LOGGED_OUT: &str = "Claude Code is not logged in on its owner's laptop.";

/// What the owner is told.
const LOG_IN: &str = "Claude Code is not logged in. Run `claude` in a terminal and log in there (/login)";

pub(super) struct Login {
    known: Mutex<Known>,
    clock: Clock,
}

#[derive(Clone, Copy)]
enum Known {
    Nothing,
    In,
    OutSince(Duration),
}

impl Login {
    pub(super) fn new() -> Self {
        Self {
            known: Mutex::new(Known::Nothing),
            clock: Clock::start(),
        }
    }

    /// A message was answered.
    pub(super) fn is_in(&self) {
        *self.known() = Known::In;
    }

    /// A message was not, because nobody is logged in.
    pub(super) fn is_out(&self) {
        *self.known() = Known::OutSince(self.clock.now());
    }

    /// Whether the program can be run, and somebody is logged in as far as it says.
    pub(super) async fn check(&self, program: &Path, dir: &Path, log: &Output) -> Result<(), AgentError> {
        let known = *self.known();
        match known {
            Known::In => return Ok(()),
            Known::OutSince(at) if self.clock.now().saturating_sub(at) < BELIEVED => {
                return Err(AgentError::Unready(LOG_IN.to_owned()));
            }
            Known::Nothing | Known::OutSince(_) => {}
        }
        if ask(program, dir, log).await? {
            self.is_in();
            Ok(())
        } else {
            self.is_out();
            Err(AgentError::Unready(LOG_IN.to_owned()))
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the program itself. One that cannot be asked is taken at its best.
async fn ask(program: &Path, dir: &Path, log: &Output) -> Result<bool, AgentError> {
    let (end, version) = word(program, dir, log, &["--version"]).await;
    if !matches!(end, End::Done) {
        return Err(AgentError::Unready(format!(
            "{} does not run ({}). Run it in a terminal and see what it says",
            program.display(),
            end.words(PATIENCE)
        )));
    }
    if version_of(&version).is_none_or(|version| version < CAN_BE_ASKED) {
        return Ok(true);
    }
    let (_, status) = word(program, dir, log, &["auth", "status"]).await;
    Ok(!says_no(&status))
}

async fn word(program: &Path, dir: &Path, log: &Output, arguments: &[&str]) -> (End, String) {
    let job = Job {
        program: program.to_owned(),
        arguments: arguments.iter().map(Into::into).collect(),
        dir: dir.to_owned(),
        env: Vec::new(),
        input: String::new(),
        limit: PATIENCE,
    };
    let mut said = Vec::new();
    let end = job
        .run(log, &CancellationToken::new(), |bytes| {
            said.extend_from_slice(bytes);
            if said.len() > WORD { Err(HadEnough) } else { Ok(()) }
        })
        .await;
    (end, String::from_utf8_lossy(&said).into_owned())
}

/// `2.1.285 (Claude Code)`
fn version_of(text: &str) -> Option<[u32; 3]> {
    let mut numbers = text.split_whitespace().next()?.split('.').map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some([next()?, next()?, next()?])
}

/// `{"loggedIn": false, "authMethod": "none", …}`
fn says_no(text: &str) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Status {
        logged_in: bool,
    }
    serde_json::from_str::<Status>(text).is_ok_and(|status| !status.logged_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_version_that_can_be_asked_is_asked() {
        assert!(version_of("2.1.285 (Claude Code)\n").unwrap() >= CAN_BE_ASKED);
        assert!(version_of("2.0.99 (Claude Code)").unwrap() < CAN_BE_ASKED);
        assert!(version_of("1.0.128 (Claude Code)").unwrap() < CAN_BE_ASKED);
        for odd in ["", "claude", "2.1", "2.x.1"] {
            assert_eq!(version_of(odd), None, "{odd}");
        }
    }

    #[test]
    fn only_a_clear_no_is_one() {
        assert!(says_no(r#"{"loggedIn": false, "authMethod": "none"}"#));
        for other in [r#"{"loggedIn": true}"#, "", "error: unknown command", "{}"] {
            assert!(!says_no(other), "{other}");
        }
    }
}
