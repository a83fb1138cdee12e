//! Which peer is meant: by its id, or by a name that only one has.

use ligand_platform::Error;
use uuid::Uuid;

use super::view::Peer;
use crate::org::text::{NAME, line};

/// Names that are suggested at the most.
const SUGGESTED: usize = 3;
/// A name is near if at most one of so many characters of what was typed is wrong.
const TYPO_PART: usize = 3;

/// Why nothing was sent to a peer, or no answer came.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The platform did not take it.
    #[error("{0}")]
    Platform(#[from] Error),
    /// No peer has that name.
    #[error("no peer is named \"{name}\"; {}", next(near))]
    NoSuchPeer {
        /// What was asked for.
        name: String,
        /// The names that are near to it.
        near: Vec<String>,
    },
    /// Several peers have that name.
    #[error("{} peers are named \"{name}\"; say which one by its id: {}", ids.len(), list(ids))]
    Several {
        /// What was asked for.
        name: String,
        /// Who has it.
        ids: Vec<Uuid>,
    },
    /// It is our own workspace.
    #[error("that is this profile's own workspace; `ligand send` without --to writes to it")]
    Ourselves,
    /// There is no such delegation.
    #[error(
        "the platform's log has no delegation {0} of this workspace, or not any more: it keeps them for 7 days"
    )]
    NoSuchDelegation(Uuid),
    /// The peer answered with an error.
    #[error("the peer answered with an error: {0}")]
    Agent(String),
}

impl PeerError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Platform(error) => error.kind.code(),
            Self::NoSuchPeer { .. } => "no_such_peer",
            Self::Several { .. } => "ambiguous_peer",
            Self::Ourselves => "own_workspace",
            Self::NoSuchDelegation(_) => "no_such_delegation",
            Self::Agent(_) => "agent_error",
        }
    }
}

fn next(near: &[String]) -> String {
    match near {
        [] => "`ligand peers` lists those that there are".to_owned(),
        near => format!("did you mean \"{}\"?", near.join("\" or \"")),
    }
}

fn list(ids: &[Uuid]) -> String {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    ids.join(", ")
}

/// Whom something goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) id: Uuid,
    /// Its name, where it is known.
    pub(super) name: Option<String>,
}

impl Target {
    /// It, unless it is this workspace.
    pub(super) fn unless(self, ours: Uuid) -> Result<Self, PeerError> {
        match self.id == ours {
            true => Err(PeerError::Ourselves),
            false => Ok(self),
        }
    }
}

/// The one peer that has this name. Upper and lower case count only where they tell peers apart.
pub(super) fn pick(peers: &[Peer], who: &str) -> Result<Target, PeerError> {
    let wanted = line(who, NAME);
    let folded = wanted.to_lowercase();
    let mut named: Vec<&Peer> = peers.iter().filter(|peer| peer.name == wanted).collect();
    if named.is_empty() {
        named = peers
            .iter()
            .filter(|peer| peer.name.to_lowercase() == folded)
            .collect();
    }
    match named.as_slice() {
        [one] => Ok(Target {
            id: one.id,
            name: Some(one.name.clone()),
        }),
        [] => Err(PeerError::NoSuchPeer {
            near: near(peers, &folded),
            name: wanted,
        }),
        several => Err(PeerError::Several {
            name: wanted,
            ids: several.iter().map(|peer| peer.id).collect(),
        }),
    }
}

/// The names that somebody may have meant, the nearest first.
fn near(peers: &[Peer], wanted: &str) -> Vec<String> {
    let typos = wanted.chars().count().div_ceil(TYPO_PART);
    let distance = |name: &str| {
        let name = name.to_lowercase();
        let edits = strsim::damerau_levenshtein(wanted, &name);
        // The beginning of a name is as good as a name with a few letters wrong.
        let begun = !wanted.is_empty() && name.starts_with(wanted);
        if begun { edits.min(typos) } else { edits }
    };
    let mut names: Vec<(usize, &str)> = peers
        .iter()
        .map(|peer| (distance(&peer.name), peer.name.as_str()))
        .filter(|(edits, _)| *edits <= typos)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .take(SUGGESTED)
        .map(|(_, name)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(names: &[&str]) -> Vec<Peer> {
        names
            .iter()
            .zip(1..)
            .map(|(name, id)| Peer::named(name, id))
            .collect()
    }

    #[test]
    fn one_peer_of_that_name_is_the_one_that_is_meant() {
        let peers = peers(&["Research", "Ops", "ops"]);
        let id = |who: &str| pick(&peers, who).map(|target| target.id.as_u128());
        assert_eq!(id("Research").unwrap(), 1);
        assert_eq!(id(" research ").unwrap(), 1);
        assert_eq!(id("ops").unwrap(), 3, "case tells them apart");
        assert_eq!(id("OPS").unwrap_err().code(), "ambiguous_peer");
    }

    #[test]
    fn several_of_one_name_are_told_with_their_ids() {
        let error = pick(&peers(&["Ops", "Ops", "Dev"]), "Ops")
            .unwrap_err()
            .to_string();
        for id in [1, 2] {
            assert!(error.contains(&Uuid::from_u128(id).to_string()), "{error}");
        }
        assert!(!error.contains(&Uuid::from_u128(3).to_string()), "{error}");
    }

    #[test]
    fn a_mistyped_name_brings_the_nearest_ones_and_a_strange_one_the_list() {
        let peers = peers(&["Research", "Researcher", "Ops", "Billing"]);
        let said = |who: &str| pick(&peers, who).unwrap_err().to_string();
        assert_eq!(
            said("Reserch"),
            "no peer is named \"Reserch\"; did you mean \"Research\" or \"Researcher\"?"
        );
        assert!(said("bil").contains("\"Billing\""), "{}", said("bil"));
        assert!(said("Nothing like it").contains("`ligand peers`"));
    }

    #[test]
    fn our_own_workspace_is_no_peer() {
        let ours = Target {
            id: Uuid::nil(),
            name: None,
        };
        assert_eq!(ours.unless(Uuid::nil()).unwrap_err().code(), "own_workspace");
    }
}
