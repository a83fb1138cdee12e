//! Whom the feed asks, and with which credential: the whole org with an org key, else ourselves and our peers.
//!
//! It asks once and decides nothing about trying again.

use std::collections::HashSet;

use ligand_platform::{Error, Events, Kind, Lookup, PendingApproval, Platform, Token, Workspace};
use uuid::Uuid;

use super::{card::Brief, view::OrgScope};

/// Peers whose runtime is asked for one by one with each list: the list of peers does not tell it, and without it
/// nobody sees who is remote. Few, so that a list stays far below the platform's limit of 600 requests a minute.
const LOOKUPS: usize = 32;

/// The platform, and what we may show it.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) platform: Platform,
    pub(super) workspace: Uuid,
    pub(super) token: Token,
    pub(super) org_key: Option<Token>,
}

/// A workspace as a list has it. Of its card only a few words are left: cards of thousands are not for keeping.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// The workspace, without its card.
    pub(super) seen: Workspace,
    /// What the picture shows of its card.
    pub(super) card: Brief,
}

impl Listed {
    pub(super) fn of(mut seen: Workspace) -> Self {
        let card = seen.agent_card.take();
        // The platform's own word comes first, then what the agent says it is.
        let said = || Some(card.as_ref()?.get("runtime")?.as_str()?.to_owned());
        seen.runtime = seen.runtime.or_else(said);
        Self {
            seen,
            card: card.as_ref().map(Brief::of).unwrap_or_default(),
        }
    }
}

/// A list as the platform gave it.
pub(super) struct Loaded {
    pub(super) scope: OrgScope,
    pub(super) workspaces: Vec<Listed>,
    /// The platform did not take the org key.
    pub(super) key_refused: bool,
    /// Why there are no peers.
    pub(super) no_peers: Option<String>,
}

impl Source {
    /// Reads the list; `known` are the workspaces whose runtime need not be asked for. With `use_key` and an org key
    /// it is the whole org, unless the platform refuses the key.
    pub(super) async fn load(self, use_key: bool, known: HashSet<Uuid>) -> Result<Loaded, Error> {
        let mut key_refused = false;
        if let Some(key) = self.org_key.as_ref().filter(|_| use_key) {
            let mut workspaces = Vec::new();
            let take = |workspace| workspaces.push(Listed::of(workspace));
            match self.platform.each_workspace(key, take).await {
                Ok(()) => {
                    return Ok(Loaded {
                        scope: OrgScope::Org,
                        workspaces,
                        key_refused,
                        no_peers: None,
                    });
                }
                Err(error) if is_refusal(&error) => key_refused = true,
                Err(error) => return Err(error),
            }
        }
        let mut workspaces = match self.platform.workspace(self.workspace).await {
            Ok(Lookup::Present(ours)) => vec![Listed::of(ours)],
            Ok(Lookup::Removed) => Vec::new(),
            Err(error) => return Err(error),
        };
        let (scope, no_peers) = match self.platform.peers(&self.token, self.workspace).await {
            Ok(peers) => {
                let peers = self.with_runtimes(peers, &known).await;
                workspaces.extend(peers.into_iter().map(Listed::of));
                (OrgScope::Peers, None)
            }
            // The platform answers, and shows us none.
            Err(error) if is_refusal(&error) || matches!(error.kind, Kind::Refused { .. } | Kind::Gone) => {
                (OrgScope::Own, Some(error.kind.to_string()))
            }
            Err(error) => return Err(error),
        };
        Ok(Loaded {
            scope,
            workspaces,
            key_refused,
            no_peers,
        })
    }

    /// Fills in what some peers run on. What cannot be had now is asked for with the next list.
    async fn with_runtimes(&self, mut peers: Vec<Workspace>, known: &HashSet<Uuid>) -> Vec<Workspace> {
        let missing = |peer: &&mut Workspace| peer.runtime.is_none() && !known.contains(&peer.id);
        for peer in peers.iter_mut().filter(missing).take(LOOKUPS) {
            match self.platform.workspace(peer.id).await {
                Ok(Lookup::Present(seen)) => peer.runtime = seen.runtime,
                Ok(Lookup::Removed) => {}
                Err(_) => break,
            }
        }
        peers
    }

    /// What waits for a person's word. Without an org key nothing is shown.
    pub(super) async fn approvals(self) -> Result<Vec<PendingApproval>, Error> {
        match &self.org_key {
            Some(key) => self.platform.pending_approvals(key).await,
            None => Ok(Vec::new()),
        }
    }

    /// Opens the feed of events: the whole org's with the key, else that of our workspace.
    pub(super) async fn events(self, with_key: bool) -> Result<Events, Error> {
        match self.org_key.as_ref().filter(|_| with_key) {
            Some(key) => self.platform.events(Some(key), None).await,
            None => {
                self.platform
                    .events(Some(&self.token), Some(self.workspace))
                    .await
            }
        }
    }
}

/// The platform knows the credential and does not take it.
pub(super) fn is_refusal(error: &Error) -> bool {
    matches!(error.kind, Kind::Unauthorized { .. })
}
