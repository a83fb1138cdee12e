//! What others need of a running profile for work that is not its own.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use super::Running;
use crate::{
    agent::Agent,
    config::ProfileName,
    deliveries::Deliveries,
    org::FeedKit,
    profile::{org::OrgKit, peers::PeerKit, send::SendKit},
};

impl Running {
    /// What answers.
    pub(in crate::profile) fn agent(&self) -> Agent {
        self.caller.agent.clone()
    }

    /// What brings deliveries to the agent.
    pub(in crate::profile) fn deliveries(&self) -> Deliveries {
        self.deliveries.clone()
    }

    /// What `send` needs.
    pub(in crate::profile) fn send_kit(&self) -> SendKit {
        SendKit {
            platform: self.caller.platform.clone(),
            token: if self.fetches() {
                self.org_key.clone()
            } else {
                Some(self.caller.token.clone())
            },
            workspace: self.profile.workspace,
            deliveries: self.deliveries.clone(),
            link: self.link_handle.clone(),
            clock: self.shared.clock.clone(),
        }
    }

    /// What is needed to speak to peers.
    pub(in crate::profile) fn peer_kit(&self) -> PeerKit {
        PeerKit {
            platform: self.caller.platform.clone(),
            token: self.caller.token.clone(),
            workspace: self.profile.workspace,
            clock: self.shared.clock.clone(),
            book: self.peers.clone(),
        }
    }

    /// What is needed to look at the org's workspaces, and to speak to them.
    pub(in crate::profile) fn org_kit(&self) -> OrgKit {
        OrgKit {
            platform: self.caller.platform.clone(),
            token: self.caller.token.clone(),
            org_key: self.org_key.clone(),
            workspace: self.profile.workspace,
            fetches: self.fetches(),
        }
    }

    /// What the org's feed needs.
    pub(in crate::profile) fn feed_kit(
        &self,
        name: &ProfileName,
        doubt: Arc<Notify>,
        answers: watch::Receiver<bool>,
    ) -> FeedKit {
        FeedKit {
            profile: name.clone(),
            platform: self.platform.subscribe(),
            workspace: self.profile.workspace,
            token: self.caller.token.clone(),
            org_key: self.org_key.clone(),
            waits: self.waits,
            clock: self.shared.clock.clone(),
            board: self.shared.orgs.orgs.clone(),
            record: self.shared.orgs.record(name.as_str()),
            threads: self.shared.orgs.threads.clone(),
            snapshot: self.shared.places.org_snapshot(name),
            doubt,
            answers,
        }
    }
}
