//! What most stories begin with: an org, a relay, and a workspace that waits for its agent.

use serde_json::Value;

use crate::host::{Host, Profile};
use crate::org::{Era, LocalOrg, Workspace};
use crate::relay::Relay;
use crate::scratch::Scratch;

/// The name of the stage's workspace.
pub const WORKSPACE: &str = "Laptop";

/// An org, a relay and a workspace.
#[derive(Debug)]
pub struct Stage {
    /// The platform.
    pub org: LocalOrg,
    /// The relay, which knows that platform.
    pub relay: Relay,
    /// A workspace that nobody serves yet.
    pub workspace: Workspace,
    /// The folders of all of them, and of the host. Dropped last.
    pub scratch: Scratch,
}

impl Stage {
    /// Sets it.
    pub async fn set(era: Era) -> Self {
        Self::set_in(Scratch::new(), era, &[]).await
    }

    /// Sets it in those folders, with more arguments for the relay.
    pub async fn set_in(scratch: Scratch, era: Era, of_relay: &[&str]) -> Self {
        let org = LocalOrg::start(&scratch, era).await;
        let relay = Relay::start_with(&scratch, org.url(), of_relay).await;
        let workspace = org.create(WORKSPACE).await;
        Self {
            org,
            relay,
            workspace,
            scratch,
        }
    }

    /// A profile for the workspace with the echo agent.
    #[must_use]
    pub fn profile(&self) -> Profile {
        Profile::new(&self.org, &self.workspace, &self.relay)
    }

    /// A host on that profile, once it is online.
    pub async fn online(&self, profile: &Profile) -> Host<'_> {
        let host = Host::connected(&self.scratch, profile, &self.workspace).await;
        host.online().await;
        host
    }

    /// A host whose agent is the one of that table. Calls wait for it: on a busy machine Python takes seconds to start.
    pub async fn started(&self, agent_table: String) -> Host<'_> {
        let mut profile = self.profile();
        profile.hold_s = 20;
        profile.agent_table = Some(agent_table);
        Host::connected(&self.scratch, &profile, &self.workspace).await
    }

    /// Every secret in the vault's file.
    #[must_use]
    pub fn vault_secrets(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.scratch.path("state/vault.json")).unwrap();
        let vault: Value = serde_json::from_str(&text).unwrap();
        let secrets = vault["secrets"].as_object().unwrap().values();
        secrets
            .map(|secret| secret.as_str().unwrap().to_owned())
            .collect()
    }
}
