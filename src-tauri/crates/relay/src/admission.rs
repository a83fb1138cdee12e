//! Who may have a workspace's calls.
//!
//! A hello is checked in this order: meant for this relay, for a platform of ours, with a key that may. What the laptop
//! says about itself and proves by itself has been checked before (`ligand_tunnel::Handshake`).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ligand_platform::BaseUrl;
use ligand_tunnel::hello::{Claim, Refusal, RefusalCode};
use ligand_tunnel::{RelayKeyHash, Shown, VerifyingKey};
use uuid::Uuid;

use crate::asking::Asking;
use crate::cards::{Cards, Doubt};
use crate::directory::Place;
use crate::keys::RelayKeys;
use crate::memory::Memory;
use crate::options::AllowedPlatform;
use crate::tokens::{TokenDoubt, Tokens};

/// When a laptop whose platform could not be asked may try again, in seconds.
const UNREACHABLE_RETRY_S: u32 = 10;
/// When a laptop may try again that came while too many others did, in seconds.
const CROWDED_RETRY_S: u32 = 20;

/// What a laptop was admitted with.
pub(crate) enum With {
    CardKey(VerifyingKey),
    RelayKey(RelayKeyHash),
    /// Which is not kept.
    Token,
}

/// How a link's right stands when it is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Good,
    Gone,
    /// It could not be found out.
    Unknown,
    /// Others had to be looked at first.
    NotNow,
}

/// See the module.
pub(crate) struct Admission {
    /// The relay's own public origin.
    origin: String,
    platforms: Vec<AllowedPlatform>,
    cards: Cards,
    tokens: Tokens,
    relay_keys: Option<PathBuf>,
}

impl Admission {
    pub(crate) fn new(
        origin: String,
        platforms: Vec<AllowedPlatform>,
        asking: Asking,
        memory: Memory,
        relay_keys: Option<PathBuf>,
    ) -> Self {
        let asking = Arc::new(asking);
        Self {
            origin,
            platforms,
            cards: Cards::new(memory, asking.clone()),
            tokens: Tokens::new(asking),
            relay_keys,
        }
    }

    /// Decides about a hello.
    pub(crate) async fn admit(&self, claim: &Claim, shown: &Shown) -> Result<(Place, With), Refusal> {
        if claim.dialled != self.origin {
            return Err(Refusal::new(
                RefusalCode::WrongRelay,
                format!(
                    "This relay's address is {}: put exactly that into the profile.",
                    self.origin
                ),
            ));
        }
        let place = Place {
            platform: self.platform(claim)?,
            workspace: claim.workspace,
        };
        match shown {
            Shown::CardKey(key) => {
                self.cards
                    .check(place, key)
                    .await
                    .map_err(|doubt| refusal(doubt, &claim.platform))?;
                Ok((place, With::CardKey(*key)))
            }
            Shown::RelayKey(hash) => {
                if self.has_relay_key(*hash, claim.workspace).await == Standing::Good {
                    return Ok((place, With::RelayKey(*hash)));
                }
                Err(Refusal::new(
                    RefusalCode::UnknownKey,
                    "This relay does not know the key that was shown: ask its operator for one.",
                ))
            }
            Shown::Token(token) => {
                let takes = |platform: &AllowedPlatform| platform.takes_tokens;
                if !self.platforms.get(place.platform).is_some_and(takes) {
                    return Err(token_refusal(None, &claim.platform));
                }
                let checked = self.tokens.check(place, token).await;
                checked.map_err(|doubt| token_refusal(Some(doubt), &claim.platform))?;
                Ok((place, With::Token))
            }
        }
    }

    /// Looks again at what a link was admitted with.
    pub(crate) async fn standing(&self, place: Place, with: &With) -> Standing {
        match with {
            With::RelayKey(hash) => self.has_relay_key(*hash, place.workspace).await,
            // Only the laptop can show its token again, and its platform may hide everything else.
            With::Token => Standing::Unknown,
            With::CardKey(key) => match self.cards.check_again(place, key).await {
                Ok(()) => Standing::Good,
                Err(Doubt::NotInCard | Doubt::NoWorkspace | Doubt::Removed) => Standing::Gone,
                Err(Doubt::NotAsked(_)) => Standing::Unknown,
                Err(Doubt::TooOften) => Standing::NotNow,
            },
        }
    }

    /// Whether the platform says that a workspace is gone, as far as it can be asked now.
    pub(crate) async fn is_gone(&self, place: Place) -> bool {
        self.cards.are_gone(place).await
    }

    /// How long ago it was found out that a link that was just admitted may be; `None` = before the relay's start.
    pub(crate) fn known_for(&self, place: Place, with: &With) -> Option<Duration> {
        match with {
            // Its file is read for every hello, and the platform is asked about every token.
            With::RelayKey(_) | With::Token => Some(Duration::ZERO),
            With::CardKey(_) => self.cards.memory.read_ago(place),
        }
    }

    /// What is remembered of cards.
    pub(crate) fn memory(&self) -> &Memory {
        &self.cards.memory
    }

    fn platform(&self, claim: &Claim) -> Result<usize, Refusal> {
        let unknown = |message: String| Refusal::new(RefusalCode::UnknownPlatform, message);
        let base: BaseUrl = claim
            .platform
            .parse()
            .map_err(|error| unknown(format!("The platform's address is none: {error}.")))?;
        let base = base.to_string();
        let (index, allowed) = self
            .platforms
            .iter()
            .enumerate()
            .find(|(_, allowed)| allowed.base.to_string() == base)
            .ok_or_else(|| {
                unknown(format!(
                    "This relay does not serve {base}: its operator has to add it with --platform."
                ))
            })?;
        match (&allowed.org_id, &claim.org_id) {
            (Some(ours), Some(theirs)) if ours != theirs => {
                Err(unknown("This relay serves another org of that platform.".into()))
            }
            _ => Ok(index),
        }
    }

    async fn has_relay_key(&self, hash: RelayKeyHash, workspace: Uuid) -> Standing {
        let Some(path) = self.relay_keys.clone() else {
            return Standing::Gone;
        };
        let looked = tokio::task::spawn_blocking(move || {
            RelayKeys::load(&path).map(|keys| keys.find(hash, workspace).is_some())
        });
        match looked.await {
            Ok(Ok(true)) => Standing::Good,
            Ok(Ok(false)) => Standing::Gone,
            Ok(Err(error)) => {
                tracing::error!(%error, "relay keys not read");
                Standing::Unknown
            }
            Err(_) => Standing::Unknown,
        }
    }
}

/// `None`: the operator takes none.
fn token_refusal(doubt: Option<TokenDoubt>, platform: &str) -> Refusal {
    match doubt {
        None => Refusal::new(
            RefusalCode::TokenNotTaken,
            format!(
                "This relay takes no tokens of {platform}: leave token_to out of the profile, or have the relay's \
                 operator allow it with --token-proof-for."
            ),
        ),
        Some(TokenDoubt::Refused) => Refusal::new(
            RefusalCode::TokenRefused,
            format!("{platform} refused the workspace's token."),
        ),
        Some(TokenDoubt::ProvesNothing) => Refusal::new(
            RefusalCode::TokenProvesNothing,
            format!(
                "{platform} takes any token for this workspace, so a token proves nothing to this relay: leave \
                 token_to out of the profile, or have the platform's operator demand tokens."
            ),
        ),
        Some(TokenDoubt::Other(doubt)) => refusal(doubt, platform),
    }
}

fn refusal(doubt: Doubt, platform: &str) -> Refusal {
    match doubt {
        Doubt::NotInCard => Refusal::new(
            RefusalCode::UnknownKey,
            "The workspace's agent card does not have this computer's key: publish it with update-card and dial again.",
        ),
        Doubt::NoWorkspace => Refusal::new(
            RefusalCode::UnknownWorkspace,
            format!("{platform} knows no such workspace."),
        ),
        Doubt::Removed => Refusal::new(
            RefusalCode::WorkspaceRemoved,
            format!("The workspace was deleted at {platform}."),
        ),
        Doubt::NotAsked(code) => Refusal::new(
            RefusalCode::PlatformUnreachable,
            format!("The relay could not ask {platform} about the workspace ({code})."),
        )
        .retry_after(UNREACHABLE_RETRY_S),
        Doubt::TooOften => Refusal::new(RefusalCode::Busy, "Too many computers are connecting at once.")
            .retry_after(CROWDED_RETRY_S),
    }
}
