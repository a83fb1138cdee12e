//! The one way to the vault for everything in the host.

use std::{sync::Arc, time::Duration};

use crate::{
    health::{Fault, Faults},
    places::Places,
    status::{Board, VaultStatus},
    vault::{Vault, VaultError, VaultKind},
};

/// The vault, opened when first needed and again while its keychain is locked; says on the board where it is.
#[derive(Clone)]
pub(crate) struct VaultGate {
    places: Places,
    board: Board,
    open: Arc<tokio::sync::Mutex<Option<Vault>>>,
}

impl VaultGate {
    /// The way to this vault, or, without one, to the one that is found when it is first needed.
    pub(super) fn new(places: Places, board: Board, given: Option<Vault>) -> Self {
        let gate = Self {
            places,
            board,
            open: Arc::new(tokio::sync::Mutex::new(given.clone())),
        };
        if let Some(vault) = &given {
            gate.say(vault);
        }
        gate
    }

    /// The vault.
    pub(crate) async fn open(&self) -> Result<Vault, VaultError> {
        let mut open = self.open.lock().await;
        if let Some(vault) = open.as_ref() {
            return Ok(vault.clone());
        }
        let vault = Vault::open(&self.places).await?;
        self.say(&vault);
        *open = Some(vault.clone());
        Ok(vault)
    }

    fn say(&self, vault: &Vault) {
        let mut faults = Faults::default();
        let status = match vault.kind() {
            VaultKind::Keychain => VaultStatus::Keychain,
            VaultKind::File { path } => {
                let path = path.display().to_string();
                faults.raise(Fault::VaultFile, Some(path.clone()), Duration::ZERO);
                VaultStatus::File { path }
            }
            VaultKind::Memory => VaultStatus::Memory,
        };
        self.board.set_host(|host| {
            host.vault = status;
            host.health = faults.shown(Duration::ZERO);
        });
    }
}
