//! The local org over the life of a host: there from the beginning, or once the host asks for it, and gone after it.
//!
//! One task owns it. It hears the host's wish and the word to end, and nothing else.

use ligand_host::{
    host::{BringLocalOrg, Host, HostError, HostHandle, LocalOrg, NotBrought},
    places::Places,
    setup::SetupError,
    vault::{Vault, VaultError},
};
use ligand_local_org::Era;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::embedded::{Embedded, EmbeddedError, VAULT_RETRY, profile_name};

/// What a process has before its host begins: the way on which the host will ask.
#[derive(Debug)]
pub struct LocalToCome {
    asked: mpsc::Receiver<BringLocalOrg>,
}

/// The task.
#[derive(Debug)]
pub struct Local {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl LocalToCome {
    /// With the host's end of the way.
    #[must_use]
    pub fn new() -> (LocalOrg, Self) {
        let (way, asked) = LocalOrg::new();
        (way, Self { asked })
    }

    /// Begins to serve the host, with what came along already. `again` brings along what an earlier start did, if a
    /// profile is on it.
    #[must_use]
    pub fn serve(self, host: &Host, era: Era, embedded: Option<Embedded>, again: bool) -> Local {
        let stop = CancellationToken::new();
        let handle = host.handle();
        let places = handle.places().clone();
        if again && embedded.is_none() && Embedded::is_there(&places) {
            let ended = stop.clone();
            // The other profiles do not wait for it.
            tokio::spawn(async move { ended.run_until_cancelled(bring_again(handle)).await });
        }
        let served = Served {
            places,
            era,
            embedded,
            canvas: host.web_url().map(str::to_owned),
        };
        let task = tokio::spawn(served.run(self.asked, stop.clone()));
        Local { task, stop }
    }
}

impl Local {
    /// Ends it.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::debug!(%error, "the local org's task was cut");
        }
    }
}

/// Brings it along, once the keychain is unlocked. Where it does not begin, its profile says that it cannot be reached.
async fn bring_again(host: HostHandle) {
    loop {
        match host.bring_local_org().await {
            Ok(_) => return,
            Err(HostError::Setup(SetupError::Vault(VaultError::Locked))) => {
                tokio::time::sleep(VAULT_RETRY).await
            }
            Err(error) => {
                tracing::warn!(%error, "the local org of an earlier start did not come along");
                return;
            }
        }
    }
}

struct Served {
    places: Places,
    era: Era,
    embedded: Option<Embedded>,
    canvas: Option<String>,
}

impl Served {
    async fn run(mut self, mut asked: mpsc::Receiver<BringLocalOrg>, stop: CancellationToken) {
        self.link();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(wish) = asked.recv() => {
                    let brought = tokio::select! {
                        biased;
                        () = stop.cancelled() => break,
                        brought = self.bring(&wish.vault) => brought,
                    };
                    wish.answer(match brought {
                        Ok(()) => Ok(profile_name()),
                        Err(error) => Err(NotBrought { why: error.to_string(), needs_user: error.needs_user() }),
                    });
                }
            }
        }
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }

    async fn bring(&mut self, vault: &Vault) -> Result<(), EmbeddedError> {
        match &self.embedded {
            Some(embedded) => embedded.renew_profile(&self.places, vault).await,
            None => {
                self.embedded = Some(Embedded::begin(&self.places, vault, self.era).await?);
                self.link();
                Ok(())
            }
        }
    }

    /// The org's page leads to the Canvas.
    fn link(&self) {
        if let (Some(embedded), Some(canvas)) = (&self.embedded, &self.canvas) {
            embedded.link_canvas(canvas);
        }
    }
}
