//! The status of a workspace, and what a heartbeat makes of it.
//!
//! ```text
//!   provisioning ──beat──▶ online ◀──beat── offline          (later generation: also awaiting_agent, failed)
//!        │ 10 min          │   ▲
//!        ▼         wedged, │   │ errors < 10 %
//!      failed   errors ≥ ½ ▼   │ and not wedged
//!                        degraded
//! ```
//!
//! `paused`, `hibernated` and `removed` are left only by calls. Staleness is the sweep's matter, not this
//! file's.

use std::fmt;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde_json::{Value, json};

use crate::era::Era;

/// The status of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Provisioning,
    AwaitingAgent,
    Online,
    Degraded,
    Offline,
    Failed,
    Paused,
    Hibernated,
    Removed,
}

impl Status {
    const ALL: [Status; 9] = [
        Status::Provisioning,
        Status::AwaitingAgent,
        Status::Online,
        Status::Degraded,
        Status::Offline,
        Status::Failed,
        Status::Paused,
        Status::Hibernated,
        Status::Removed,
    ];

    /// How it is written in the database and on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Status::Provisioning => "provisioning",
            Status::AwaitingAgent => "awaiting_agent",
            Status::Online => "online",
            Status::Degraded => "degraded",
            Status::Offline => "offline",
            Status::Failed => "failed",
            Status::Paused => "paused",
            Status::Hibernated => "hibernated",
            Status::Removed => "removed",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ToSql for Status {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for Status {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Status> {
        let text = value.as_str()?;
        Status::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(FromSqlError::InvalidType)
    }
}

/// Above this share of errors an online workspace is degraded.
const DEGRADED_FROM: f64 = 0.5;
/// Below this share a degraded one is online again. Between the two nothing changes, so that a workspace does
/// not flap.
const RECOVERED_BELOW: f64 = 0.1;

/// What a heartbeat says of an agent's health.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vitals {
    pub(crate) error_rate: f64,
    pub(crate) sample_error: String,
    /// `""` is healthy, `"wedged"` is not, everything else keeps a degraded workspace degraded.
    pub(crate) runtime_state: String,
    /// The agent says its status itself (capability `status_mgmt`): its error rate is not judged.
    pub(crate) manages_status: bool,
    /// A registration was refused a short while ago.
    pub(crate) register_failed: bool,
}

/// A change of status and the event that tells of it.
#[derive(Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) to: Status,
    pub(crate) event: &'static str,
    pub(crate) payload: Value,
}

impl Change {
    fn degraded(payload: Value) -> Change {
        Change {
            to: Status::Degraded,
            event: "WORKSPACE_DEGRADED",
            payload,
        }
    }

    fn online(payload: Value) -> Change {
        Change {
            to: Status::Online,
            event: "WORKSPACE_ONLINE",
            payload,
        }
    }
}

/// What a heartbeat changes. Every rule looks at the status from before the heartbeat, so there can be more
/// than one event for the same change, as on the platform.
pub(crate) fn after_beat(era: Era, from: Status, vitals: &Vitals) -> Vec<Change> {
    let wedged = vitals.runtime_state == "wedged";
    let judged = !vitals.manages_status;
    let mut changes = Vec::new();
    match from {
        Status::Online => {
            if wedged {
                changes.push(Change::degraded(
                    json!({"runtime_state": "wedged", "sample_error": vitals.sample_error}),
                ));
            }
            if judged && vitals.error_rate >= DEGRADED_FROM {
                changes.push(Change::degraded(
                    json!({"error_rate": vitals.error_rate, "sample_error": vitals.sample_error}),
                ));
            }
            if vitals.register_failed {
                changes.push(Change::degraded(json!({
                    "register_failure": true,
                    "sample_error": "the last registration was refused; register again",
                })));
            }
        }
        Status::Degraded => {
            let healthy = vitals.error_rate < RECOVERED_BELOW && vitals.runtime_state.is_empty();
            if judged && healthy && !vitals.register_failed {
                changes.push(Change::online(json!({})));
            }
        }
        Status::Offline => changes.push(Change::online(json!({}))),
        Status::Provisioning => changes.push(Change::online(json!({"recovered_from": from.as_str()}))),
        Status::AwaitingAgent | Status::Failed => {
            if era.beat_lifts_waiting() {
                changes.push(Change::online(json!({"recovered_from": from.as_str()})));
            }
        }
        Status::Paused | Status::Hibernated | Status::Removed => {}
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(era: Era, from: Status, vitals: &Vitals) -> Option<Status> {
        after_beat(era, from, vitals).last().map(|change| change.to)
    }

    fn errors(error_rate: f64) -> Vitals {
        Vitals {
            error_rate,
            ..Vitals::default()
        }
    }

    #[test]
    fn half_the_calls_failing_degrades_and_less_than_a_tenth_recovers() {
        for era in [Era::S, Era::L] {
            assert_eq!(to(era, Status::Online, &errors(0.49)), None);
            assert_eq!(to(era, Status::Online, &errors(0.5)), Some(Status::Degraded));
            assert_eq!(
                to(era, Status::Degraded, &errors(0.3)),
                None,
                "between the two nothing changes"
            );
            assert_eq!(to(era, Status::Degraded, &errors(0.1)), None);
            assert_eq!(to(era, Status::Degraded, &errors(0.09)), Some(Status::Online));
        }
    }

    #[test]
    fn an_agent_that_manages_its_status_is_not_judged_by_its_errors_but_by_its_own_word() {
        let managed = Vitals {
            manages_status: true,
            ..errors(0.9)
        };
        assert_eq!(to(Era::S, Status::Online, &managed), None);
        assert_eq!(
            to(
                Era::S,
                Status::Degraded,
                &Vitals {
                    error_rate: 0.0,
                    ..managed.clone()
                }
            ),
            None
        );
        let wedged = Vitals {
            runtime_state: "wedged".into(),
            ..managed
        };
        assert_eq!(to(Era::S, Status::Online, &wedged), Some(Status::Degraded));
    }

    #[test]
    fn a_runtime_state_that_is_not_empty_keeps_a_workspace_degraded() {
        for state in ["wedged", "ok"] {
            let vitals = Vitals {
                runtime_state: state.into(),
                ..Vitals::default()
            };
            assert_eq!(to(Era::L, Status::Degraded, &vitals), None);
        }
    }

    #[test]
    fn only_the_later_generation_lifts_awaiting_agent_and_failed_by_heartbeat() {
        for from in [Status::AwaitingAgent, Status::Failed] {
            assert_eq!(to(Era::S, from, &Vitals::default()), None);
            assert_eq!(to(Era::L, from, &Vitals::default()), Some(Status::Online));
        }
        for era in [Era::S, Era::L] {
            assert_eq!(to(era, Status::Offline, &Vitals::default()), Some(Status::Online));
            assert_eq!(
                to(era, Status::Provisioning, &Vitals::default()),
                Some(Status::Online)
            );
            for from in [Status::Paused, Status::Hibernated, Status::Removed] {
                assert_eq!(to(era, from, &Vitals::default()), None);
            }
        }
    }

    #[test]
    fn a_refused_registration_degrades_until_it_is_over() {
        let vitals = Vitals {
            register_failed: true,
            ..Vitals::default()
        };
        assert_eq!(to(Era::L, Status::Online, &vitals), Some(Status::Degraded));
        assert_eq!(to(Era::L, Status::Degraded, &vitals), None);
    }
}
