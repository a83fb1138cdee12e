//! The workspace's secrets: what its own agent may have, by name.

use std::{collections::BTreeMap, fmt};

use reqwest::Method;
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    client::Platform,
    error::{Error, Stage},
    token::Token,
};

/// The value of one secret: zeroed when dropped, never printed, and exactly as the platform gave it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretValue(Zeroizing<String>);

impl SecretValue {
    /// The value itself. It belongs in the environment of the workspace's agent and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretValue {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(redacted)")
    }
}

impl Platform {
    /// The workspace's secrets, those of the org below them. The names are whatever somebody wrote: an empty one, or one
    /// that no variable can have, is possible. All or nothing: one that the platform cannot read is a failure of all.
    ///
    /// # Errors
    /// As every call, but without the platform's own words: one about a value that it cannot read may quote it.
    pub async fn secret_values(
        &self,
        token: &Token,
        id: Uuid,
    ) -> Result<BTreeMap<String, SecretValue>, Error> {
        let path = format!("/workspaces/{id}/secrets/values");
        let call = self.call(Stage::Secrets, Method::GET, &path);
        let secrets = call.credential(Some(token))?.decode().await;
        secrets.map_err(|error: Error| Error {
            kind: error.kind.without_words(),
            ..error
        })
    }
}
