//! Whether a workspace's token may have its calls: asked of the platform each time, and kept nowhere.
//!
//! A platform's yes to a token proves something only if it says no to others. There are set-ups in which it does not:
//! development modes, and workspaces that have no live token yet or any more, for which any is taken. So a made-up token
//! of the same shape goes first, *for the same workspace*, since one workspace's guard says nothing about another's; where
//! that is taken, the true one is not even shown. A no to the made-up token is not remembered, since the next
//! moment it may be a yes; a yes is, for a while, so that nobody can spend the rate on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ligand_platform::{Kind, Token};
use zeroize::Zeroizing;

use crate::asking::{ASK_WAIT, Asking};
use crate::cards::Doubt;
use crate::directory::Place;

/// For how long a workspace for which any token is taken is believed to be so.
const OPEN_FOR: Duration = Duration::from_secs(5 * 60);
/// Most of those that are remembered.
const MAX_OPEN: usize = 1024;
/// What made-up tokens are made of, as true ones are: base64url.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Why a token may not have a workspace's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenDoubt {
    /// The platform refuses it.
    Refused,
    /// The platform takes any.
    ProvesNothing,
    /// It could not be found out, or the workspace is gone.
    Other(Doubt),
}

/// See the module.
pub(crate) struct Tokens {
    asking: Arc<Asking>,
    /// For which workspaces any token is taken, and until when that is believed.
    open: Mutex<HashMap<Place, Duration>>,
}

impl Tokens {
    pub(crate) fn new(asking: Arc<Asking>) -> Self {
        Self {
            asking,
            open: Mutex::default(),
        }
    }

    /// Whether a token may have a workspace's calls.
    pub(crate) async fn check(&self, place: Place, token: &str) -> Result<(), TokenDoubt> {
        let now = self.asking.clock.now();
        if self.open().get(&place).is_some_and(|until| now < *until) {
            return Err(TokenDoubt::ProvesNothing);
        }
        let asking = async {
            if self.takes(place, made_up_like(token)).await? {
                self.note_open(place);
                return Err(TokenDoubt::ProvesNothing);
            }
            match self.takes(place, Token::new(token)).await? {
                true => Ok(()),
                false => Err(TokenDoubt::Refused),
            }
        };
        let answer = tokio::time::timeout(ASK_WAIT, asking).await;
        answer.unwrap_or(Err(TokenDoubt::Other(Doubt::NotAsked("timeout"))))
    }

    /// Whether the platform takes a token as this workspace's.
    async fn takes(&self, place: Place, token: Token) -> Result<bool, TokenDoubt> {
        if !self.asking.take() {
            return Err(TokenDoubt::Other(Doubt::TooOften));
        }
        let turn = self.asking.turn(place.platform).await;
        let (platform, _turn) = turn.ok_or(TokenDoubt::Other(Doubt::TooOften))?;
        match platform.state(&token, place.workspace).await {
            Ok(state) if state.deleted => Err(TokenDoubt::Other(Doubt::Removed)),
            Ok(_) => Ok(true),
            Err(error) => match error.kind {
                Kind::Unauthorized { .. } => Ok(false),
                _ => Err(TokenDoubt::Other(Doubt::of(&error, place))),
            },
        }
    }

    fn note_open(&self, place: Place) {
        let now = self.asking.clock.now();
        let mut open = self.open();
        if open.len() >= MAX_OPEN {
            open.retain(|_, until| now < *until);
        }
        if open.len() < MAX_OPEN {
            open.insert(place, now + OPEN_FOR);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Place, Duration>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A token that nobody was given, and that looks like one that somebody was.
fn made_up_like(token: &str) -> Token {
    let made_up = token.chars().map(|character| {
        if character.is_ascii() && ALPHABET.contains(&(character as u8)) {
            let at = usize::from(rand::random::<u8>()) % ALPHABET.len();
            char::from(ALPHABET[at])
        } else {
            character
        }
    });
    let made_up: Zeroizing<String> = Zeroizing::new(made_up.collect());
    Token::new(made_up.as_str())
}

#[cfg(test)]
mod tests;
