//! Which card keys may have a workspace's calls: asked of the platform once, and remembered.
//!
//! A remembered key needs no platform: laptops come back while it is down, and all at once. A key that is not remembered
//! gets one fresh look at the card, so that one that was just published works at once.

use std::sync::Arc;

use ligand_platform::{Error, Kind, Lookup};
use ligand_tunnel::{VerifyingKey, keys_in_card};

use crate::asking::{ASK_WAIT, Asking};
use crate::directory::Place;
use crate::memory::Memory;

/// Why a laptop may not have a workspace's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It is not in the card.
    NotInCard,
    /// The platform knows no such workspace.
    NoWorkspace,
    /// The workspace was deleted.
    Removed,
    /// The platform could not be asked; with the kind of failure.
    NotAsked(&'static str),
    /// The platform has been asked too often of late.
    TooOften,
}

impl Doubt {
    /// What a failed question about a workspace says.
    pub(crate) fn of(error: &Error, place: Place) -> Self {
        match &error.kind {
            Kind::Gone => Self::Removed,
            Kind::Refused { status: 404, .. } => Self::NoWorkspace,
            kind => {
                tracing::warn!(workspace = %place.workspace, error = %kind, "the platform was asked in vain");
                Self::NotAsked(kind.code())
            }
        }
    }
}

/// See the module.
pub(crate) struct Cards {
    pub(crate) memory: Memory,
    asking: Arc<Asking>,
}

impl Cards {
    pub(crate) fn new(memory: Memory, asking: Arc<Asking>) -> Self {
        Self { memory, asking }
    }

    /// Whether a key may have a workspace's calls. Asks the platform if the key is not remembered.
    pub(crate) async fn check(&self, place: Place, key: &VerifyingKey) -> Result<(), Doubt> {
        if self.memory.admits(place, key) {
            return Ok(());
        }
        if !self.asking.take() {
            return Err(Doubt::TooOften);
        }
        self.look(place, key).await
    }

    /// Asks the platform although the key is remembered, unless others wait for it more urgently.
    pub(crate) async fn check_again(&self, place: Place, key: &VerifyingKey) -> Result<(), Doubt> {
        if !self.asking.take_spare() {
            return Err(Doubt::TooOften);
        }
        self.look(place, key).await
    }

    /// Whether the platform says that there is no such workspace any more, unless others wait for it more urgently.
    pub(crate) async fn are_gone(&self, place: Place) -> bool {
        self.asking.take_spare() && matches!(self.read(place).await, Err(Doubt::Removed | Doubt::NoWorkspace))
    }

    async fn look(&self, place: Place, key: &VerifyingKey) -> Result<(), Doubt> {
        let keys = self.read(place).await?;
        if keys.contains(key) {
            Ok(())
        } else {
            Err(Doubt::NotInCard)
        }
    }

    async fn read(&self, place: Place) -> Result<Vec<VerifyingKey>, Doubt> {
        let keys = tokio::time::timeout(ASK_WAIT, self.keys(place)).await;
        let keys = keys.unwrap_or(Err(Doubt::NotAsked("timeout")));
        match &keys {
            Ok(keys) => self.memory.learn(place, keys),
            Err(Doubt::Removed | Doubt::NoWorkspace) => self.memory.learn(place, &[]),
            Err(_) => {}
        }
        keys
    }

    async fn keys(&self, place: Place) -> Result<Vec<VerifyingKey>, Doubt> {
        let (platform, _turn) = self.asking.turn(place.platform).await.ok_or(Doubt::TooOften)?;
        match platform.workspace(place.workspace).await {
            Ok(Lookup::Present(workspace)) => Ok(workspace
                .agent_card
                .as_ref()
                .map(keys_in_card)
                .unwrap_or_default()),
            Ok(Lookup::Removed) => Err(Doubt::Removed),
            Err(error) => Err(Doubt::of(&error, place)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::Json;
    use axum::routing::get;
    use ligand_platform::Platform;
    use ligand_tunnel::{SigningKey, card_extension};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::clock::Clock;

    struct Scene {
        cards: Cards,
        place: Place,
        _folder: tempfile::TempDir,
    }

    fn key() -> VerifyingKey {
        let mut seed = [0; 32];
        rand::fill(&mut seed);
        SigningKey::from_bytes(&seed).verifying_key()
    }

    /// Cards over a platform whose every workspace has the extensions that the test puts there.
    async fn cards(extensions: Arc<Mutex<Vec<Value>>>) -> Scene {
        let workspace = Uuid::new_v4();
        let answer = move || async move {
            let extensions = extensions.lock().unwrap().clone();
            Json(json!({"id": workspace, "status": "online",
                "agent_card": {"capabilities": {"extensions": extensions}}}))
        };
        let router = axum::Router::new().route("/workspaces/{id}", get(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let platform = Platform::new(base, None).unwrap();
        let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::start());
        let names = vec![platform.base().to_string()];
        let memory = Memory::open(folder.path().join("cards"), names, clock);
        Scene {
            cards: Cards::new(memory, Arc::new(Asking::new(vec![platform], 200, clock))),
            place: Place {
                platform: 0,
                workspace,
            },
            _folder: folder,
        }
    }

    #[tokio::test]
    async fn a_key_that_has_left_the_card_is_noticed_and_forgotten() {
        let (key, other) = (key(), key());
        let extensions = Arc::new(Mutex::new(vec![card_extension(&key)]));
        let Scene {
            cards,
            place,
            _folder,
        } = cards(extensions.clone()).await;
        assert_eq!(cards.check(place, &key).await, Ok(()));
        *extensions.lock().unwrap() = vec![card_extension(&other)];
        assert_eq!(cards.check(place, &key).await, Ok(()), "it is remembered");
        assert_eq!(cards.check_again(place, &key).await, Err(Doubt::NotInCard));
        assert_eq!(cards.check(place, &key).await, Err(Doubt::NotInCard));
        assert_eq!(cards.check(place, &other).await, Ok(()));
    }

    #[tokio::test]
    async fn a_flood_of_unknown_keys_does_not_reach_the_platform() {
        let Scene {
            cards,
            place,
            _folder,
        } = cards(Arc::default()).await;
        let mut too_often = 0;
        for _ in 0..100 {
            match cards.check(place, &key()).await {
                Err(Doubt::TooOften) => too_often += 1,
                other => assert_eq!(other, Err(Doubt::NotInCard)),
            }
        }
        assert!(too_often > 20, "{too_often}");
    }
}
