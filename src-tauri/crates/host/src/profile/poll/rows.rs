//! Which rows of the platform's log are messages that want an answer. The log holds much else: our own words, answers
//! of pushed calls, notes about files, the platform's own nudges.

use bytes::Bytes;
use ligand_platform::Row;
use serde_json::Value;
use uuid::Uuid;

use crate::deliveries::Owed;

/// What a row is to us.
#[derive(Debug, PartialEq)]
pub(super) enum Sorted {
    /// Nothing that wants an answer.
    NotOurs,
    /// A file that somebody sent.
    Upload {
        /// Who.
        from: Owed,
    },
    /// A message.
    Message {
        /// The JSON-RPC call.
        body: Bytes,
        /// Who waits for its answer.
        from: Owed,
    },
}

/// Sorts a row of the log of this workspace.
pub(super) fn sorted(row: Row, own: Uuid) -> Sorted {
    let source = row.source_id.as_deref().filter(|source| !source.is_empty());
    let from = match source.map(Uuid::parse_str) {
        None => Owed::People,
        // What we have said ourselves, and answers to what we have delegated.
        Some(Ok(source)) if source == own => return Sorted::NotOurs,
        Some(Ok(source)) => Owed::Peer(source),
        // A sender without an id can't be answered.
        Some(Err(_)) => return Sorted::NotOurs,
    };
    if row.activity_type != "a2a_receive" {
        return Sorted::NotOurs;
    }
    match row.method.as_deref() {
        // Our own words to people come back as such rows.
        Some("notify") if from == Owed::People => return Sorted::NotOurs,
        Some("chat_upload_receive") => return Sorted::Upload { from },
        _ => {}
    }
    let is_answered = row.response_body.is_some_and(|body| !body.is_null());
    match row.request_body {
        Some(body) if body.is_object() && !is_answered && !is_a_nudge(&body) => Sorted::Message {
            body: body.to_string().into(),
            from,
        },
        _ => Sorted::NotOurs,
    }
}

/// Whether the platform has written it to keep an agent going: nobody waits for an answer.
fn is_a_nudge(body: &Value) -> bool {
    let mark = &body["params"]["metadata"]["source_type"];
    !mark.is_null() && mark != "canvas_user"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OWN: Uuid = Uuid::from_u128(1);
    const PEER: Uuid = Uuid::from_u128(2);

    fn row(change: &Value) -> Sorted {
        let mut row = json!({
            "id": "r", "activity_type": "a2a_receive", "source_id": null, "target_id": OWN, "method": "message/send",
            "status": "ok", "request_body": {"method": "message/send", "params": {"message": {"messageId": "m"}}},
        });
        for (key, value) in change.as_object().unwrap() {
            row[key] = value.clone();
        }
        sorted(serde_json::from_value(row).unwrap(), OWN)
    }

    #[test]
    fn messages_of_people_and_of_peers_want_an_answer() {
        assert!(matches!(
            row(&json!({})),
            Sorted::Message {
                from: Owed::People,
                ..
            }
        ));
        let peers = row(&json!({"source_id": PEER, "response_body": null}));
        assert!(matches!(
            peers,
            Sorted::Message {
                from: Owed::Peer(PEER),
                ..
            }
        ));
    }

    #[test]
    fn everything_else_in_the_log_wants_none() {
        for other in [
            json!({"source_id": OWN}),
            json!({"source_id": "webhook:x"}),
            json!({"method": "notify", "request_body": null, "response_body": {"result": "hello"}}),
            json!({"activity_type": "agent_log"}),
            json!({"response_body": {"result": {}}}),
            json!({"request_body": null}),
            json!({"request_body": "text"}),
            json!({"request_body": {"params": {"metadata": {"source_type": "self_nudge"}}}}),
        ] {
            assert_eq!(row(&other), Sorted::NotOurs, "{other}");
        }
    }

    #[test]
    fn a_file_is_told_from_a_message() {
        let upload =
            json!({"method": "chat_upload_receive", "request_body": {"file_id": "f", "name": "a.png"}});
        assert_eq!(row(&upload), Sorted::Upload { from: Owed::People });
    }
}
