//! What an event of the platform says about a workspace. The rest of an event, such as a message's text or an
//! address, is dropped here.

use ligand_platform::Event;
use serde_json::Value;
use uuid::Uuid;

use super::{card::Brief, model::place, text, view::Place};

/// The status words that events stand for.
pub(super) mod word {
    pub(in crate::org) const PROVISIONING: &str = "provisioning";
    pub(in crate::org) const ONLINE: &str = "online";
    pub(in crate::org) const OFFLINE: &str = "offline";
    pub(in crate::org) const AWAITING_AGENT: &str = "awaiting_agent";
    pub(in crate::org) const DEGRADED: &str = "degraded";
    pub(in crate::org) const FAILED: &str = "failed";
    pub(in crate::org) const PAUSED: &str = "paused";
    pub(in crate::org) const HIBERNATED: &str = "hibernated";
}

/// A change of one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// Which.
    pub(super) workspace: Uuid,
    /// What became of it.
    pub(super) what: What,
    /// Its agent's card, where the event brings one.
    pub(super) card: Option<Brief>,
}

/// What became of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// It is being made, or resumed.
    Provisioning(Newcomer),
    /// It is in this state, and nothing else is said.
    State(&'static str),
    /// It was not heard of. Newer platforms say so too where their lists say `awaiting_agent`.
    Silent,
    /// It is in this state because of this error.
    Trouble(&'static str, Option<String>),
    /// It was deleted.
    Removed,
    /// It gave a sign of life.
    Beat {
        /// Tasks that it works on, where it says so.
        active_tasks: Option<u32>,
    },
    /// It works on something else.
    Task {
        /// What, if anything.
        current: Option<String>,
        /// How many tasks, where it says so.
        active_tasks: Option<u32>,
    },
    /// It is being made, and has come so far.
    Boot {
        /// In words.
        step: Option<String>,
    },
    /// Its card is another.
    Card,
    /// Something that only a look at the list explains.
    Unclear,
}

/// What is said of a workspace that is being made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Newcomer {
    pub(super) name: String,
    pub(super) tier: Option<i32>,
    pub(super) runtime: Option<String>,
    pub(super) parent_id: Option<Uuid>,
    pub(super) place: Option<Place>,
}

impl Change {
    /// Whether the workspace itself should ask the platform how it stands. Its own coming online it knows.
    pub(super) fn puts_in_doubt(&self) -> bool {
        match &self.what {
            What::State(state) => *state != word::ONLINE,
            What::Trouble(state, _) => *state == word::FAILED,
            What::Provisioning(_) | What::Silent | What::Removed => true,
            What::Beat { .. } | What::Task { .. } | What::Boot { .. } | What::Card | What::Unclear => false,
        }
    }

    /// Whether the workspace itself has just spoken to the platform.
    pub(super) fn is_sign_of_life(&self) -> bool {
        matches!(
            self.what,
            What::Beat { .. } | What::Task { .. } | What::State(word::ONLINE)
        )
    }

    /// Reads an event; `None` for one that changes no workspace.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let payload = &event.payload;
        let what = match event.event.as_str() {
            "WORKSPACE_PROVISIONING" => What::Provisioning(Newcomer {
                name: text::line(said(payload, "name").unwrap_or_default(), text::NAME),
                tier: payload["tier"].as_i64().and_then(|tier| tier.try_into().ok()),
                runtime: said(payload, "runtime").and_then(|runtime| text::some_line(runtime, text::WORD)),
                parent_id: said(payload, "parent_id").and_then(|id| id.parse().ok()),
                place: match (payload["x"].as_f64(), payload["y"].as_f64()) {
                    (Some(x), Some(y)) => place(x, y),
                    _ => None,
                },
            }),
            "WORKSPACE_ONLINE" => What::State(word::ONLINE),
            "WORKSPACE_AWAITING_AGENT" => What::State(word::AWAITING_AGENT),
            "WORKSPACE_PAUSED" => What::State(word::PAUSED),
            "WORKSPACE_HIBERNATED" => What::State(word::HIBERNATED),
            "WORKSPACE_OFFLINE" => What::Silent,
            "WORKSPACE_DEGRADED" => What::Trouble(word::DEGRADED, error(payload, "sample_error")),
            "WORKSPACE_PROVISION_FAILED" => What::Trouble(word::FAILED, error(payload, "error")),
            "WORKSPACE_REMOVED" => What::Removed,
            "WORKSPACE_HEARTBEAT" => What::Beat {
                active_tasks: tasks(payload),
            },
            "TASK_UPDATED" => What::Task {
                current: said(payload, "current_task").and_then(|task| text::some_line(task, text::SENTENCE)),
                active_tasks: tasks(payload),
            },
            "BOOT_STEP" => What::Boot {
                step: said(payload, "label").and_then(|step| text::without_addresses(step, text::SENTENCE)),
            },
            "AGENT_CARD_UPDATED" => What::Card,
            other if other.starts_with("WORKSPACE_") => What::Unclear,
            _ => return None,
        };
        Some(Self {
            workspace: event.workspace_id?,
            what,
            card: payload
                .get("agent_card")
                .filter(|card| card.is_object())
                .map(Brief::of),
        })
    }
}

fn said<'a>(payload: &'a Value, field: &str) -> Option<&'a str> {
    payload[field].as_str()
}

fn error(payload: &Value, field: &str) -> Option<String> {
    said(payload, field).and_then(text::error)
}

fn tasks(payload: &Value) -> Option<u32> {
    payload["active_tasks"]
        .as_u64()
        .map(|tasks| tasks.try_into().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(name: &str, payload: Value) -> Option<What> {
        let event = serde_json::from_value(json!({
            "event": name, "workspace_id": Uuid::from_u128(7), "timestamp": "2026-05-02T10:00:00Z",
            "payload": payload
        }))
        .unwrap();
        Change::of(&event).map(|change| change.what)
    }

    #[test]
    fn every_event_about_a_workspace_is_understood() {
        let newcomer = Newcomer {
            name: "Researcher".into(),
            tier: Some(2),
            runtime: Some("external".into()),
            parent_id: None,
            place: Some(Place { x: 10, y: -20 }),
        };
        for (name, payload, what) in [
            (
                "WORKSPACE_PROVISIONING",
                json!({"name": "Researcher", "tier": 2, "runtime": "external", "x": 9.7, "y": -20}),
                What::Provisioning(newcomer),
            ),
            (
                "WORKSPACE_ONLINE",
                json!({"url": "https://relay.example/w/abc"}),
                What::State("online"),
            ),
            ("WORKSPACE_OFFLINE", json!({}), What::Silent),
            (
                "WORKSPACE_DEGRADED",
                json!({"error_rate": 0.7, "sample_error": "POST https://relay.example/w/abc failed"}),
                What::Trouble("degraded", Some("POST [address] failed".into())),
            ),
            (
                "WORKSPACE_PROVISION_FAILED",
                json!({"error": "no image"}),
                What::Trouble("failed", Some("no image".into())),
            ),
            ("WORKSPACE_REMOVED", json!({"cascade_deleted": 2}), What::Removed),
            (
                "WORKSPACE_HEARTBEAT",
                json!({"active_tasks": 3, "uptime_seconds": 1}),
                What::Beat {
                    active_tasks: Some(3),
                },
            ),
            (
                "TASK_UPDATED",
                json!({"current_task": "", "active_tasks": -1}),
                What::Task {
                    current: None,
                    active_tasks: None,
                },
            ),
            (
                "BOOT_STEP",
                json!({"step": 2, "label": "Pull image"}),
                What::Boot {
                    step: Some("Pull image".into()),
                },
            ),
            ("AGENT_CARD_UPDATED", json!({"agent_card": {}}), What::Card),
            ("WORKSPACE_DREAMING", json!({}), What::Unclear),
        ] {
            assert_eq!(of(name, payload), Some(what), "{name}");
        }
    }

    #[test]
    fn what_does_not_change_a_workspace_is_passed_over() {
        assert_eq!(of("A2A_RESPONSE", json!({"response_body": "hush"})), None);
        let nobody = serde_json::from_value(json!({"event": "WORKSPACE_ONLINE"})).unwrap();
        assert_eq!(Change::of(&nobody), None);
    }

    #[test]
    fn a_payload_of_the_wrong_shape_says_nothing() {
        for payload in [
            json!(null),
            json!([]),
            json!("x"),
            json!({"name": 7, "tier": "a", "parent_id": 1}),
        ] {
            let told = of("WORKSPACE_PROVISIONING", payload);
            assert_eq!(told, Some(What::Provisioning(Newcomer::default())));
        }
    }
}
