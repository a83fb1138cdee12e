//! The vault of a host that was given its secrets by its environment: in memory, for as long as the process lives.
//!
//! It is the vault's one thread that uses it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Account, Secret};

/// Secrets by the names of their accounts.
#[derive(Debug)]
pub(super) struct MemoryVault(RefCell<BTreeMap<String, Secret>>);

impl MemoryVault {
    /// One that holds these.
    pub(super) fn holding(secrets: &[(Account, Secret)]) -> Self {
        let named = secrets
            .iter()
            .map(|(account, secret)| (account.to_string(), secret.clone()));
        Self(RefCell::new(named.collect()))
    }

    pub(super) fn get(&self, account: &str) -> Option<Secret> {
        self.0.borrow().get(account).cloned()
    }

    pub(super) fn set(&self, account: &str, secret: &Secret) {
        self.0.borrow_mut().insert(account.to_owned(), secret.clone());
    }

    pub(super) fn delete(&self, account: &str) {
        self.0.borrow_mut().remove(account);
    }

    pub(super) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::vault::{Kind, Vault, VaultKind};

    #[tokio::test]
    async fn it_holds_what_it_was_given_and_what_it_is_told_and_shows_none_of_it() {
        let account = |kind| Account::new("https://acme.example", Uuid::nil(), kind);
        let given = [(account(Kind::Token), Secret::new("hush"))];
        let vault = Vault::in_memory(&given).await.unwrap();
        assert_eq!(vault.kind(), VaultKind::Memory);
        let token = vault.get(&account(Kind::Token)).await.unwrap().unwrap();
        assert_eq!(token.expose(), "hush");
        let key = account(Kind::RelayKey);
        assert!(vault.get(&key).await.unwrap().is_none());
        vault.set(&key, &Secret::new("seed")).await.unwrap();
        assert_eq!(vault.get(&key).await.unwrap().unwrap().expose(), "seed");
        vault.delete(&key).await.unwrap();
        assert!(vault.get(&key).await.unwrap().is_none());
        let shown = format!("{:?}", MemoryVault::holding(&given));
        assert!(!shown.contains("hush"), "{shown}");
    }
}
