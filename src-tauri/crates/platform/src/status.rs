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
}
