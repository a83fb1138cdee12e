//! The platform's words for a workspace's status.

use serde::{Deserialize, Serialize};

/// Every status of both generations, and whatever comes later by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Being made, or resumed and not heard of yet.
    Provisioning,
    /// Heard of lately.
    Online,
    /// Not heard of within the stale window.
    Offline,
    /// Heard of, with errors or wedged.
    Degraded,
    /// Making it failed.
    Failed,
    /// Deleted.
    Removed,
    /// Paused by the org.
    Paused,
    /// Put to sleep by the platform.
    Hibernated,
    /// Waits for its agent: new, or (newer platforms) stale.
    AwaitingAgent,
    /// On its way to sleep.
    Hibernating,
    /// A status that this version does not know.
    #[serde(untagged)]
    Other(String),
}

impl Status {
    /// The platform's own word.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Removed => "removed",
            Self::Paused => "paused",
            Self::Hibernated => "hibernated",
            Self::AwaitingAgent => "awaiting_agent",
            Self::Hibernating => "hibernating",
            Self::Other(word) => word,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_status_keeps_its_name() {
        let known: Status = serde_json::from_str("\"awaiting_agent\"").unwrap();
        assert_eq!(known, Status::AwaitingAgent);
        let new: Status = serde_json::from_str("\"dreaming\"").unwrap();
        assert_eq!(new, Status::Other("dreaming".into()));
        assert_eq!(serde_json::to_string(&new).unwrap(), "\"dreaming\"");
    }

    #[test]
    fn a_status_is_said_in_the_word_that_it_was_read_from() {
        for word in [
            "provisioning",
            "online",
            "offline",
            "degraded",
            "failed",
            "removed",
            "paused",
            "hibernated",
            "awaiting_agent",
            "hibernating",
            "dreaming",
        ] {
            let status: Status = serde_json::from_value(word.into()).unwrap();
            assert_eq!(status.word(), word);
            assert_eq!(matches!(status, Status::Other(_)), word == "dreaming");
        }
    }
}
