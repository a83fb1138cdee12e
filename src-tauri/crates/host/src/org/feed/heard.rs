//! What events tell besides the states of workspaces: who spoke to whom, what was answered, that people are asked. Of
//! what was said, only answers to us and what is meant for people goes on from here.

use ligand_platform::Event;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    message::{files_of, text_of},
    org::{calls::Kind, thread::Outcome},
};

/// Something that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// A workspace spoke to another.
    Call { from: Uuid, to: Uuid, kind: Kind },
    /// A workspace's agent answered the message with this id.
    Reply {
        workspace: Uuid,
        message: String,
        outcome: Outcome,
    },
    /// A workspace's agent speaks to the people who watch.
    Spoke {
        workspace: Uuid,
        text: String,
        files: u32,
    },
    /// Something is asked of people, or was answered by them.
    Approval,
}

impl Heard {
    /// Reads an event: two things at the most.
    pub(super) fn of(event: &Event) -> impl Iterator<Item = Self> {
        let payload = &event.payload;
        let told = match (event.event.as_str(), event.workspace_id) {
            ("ACTIVITY_LOGGED", Some(workspace)) if payload["activity_type"] == "a2a_receive" => [
                call(workspace, payload),
                reply(workspace, payload).filter(|_| payload["method"] != "notify"),
            ],
            ("A2A_RESPONSE", Some(workspace)) => [reply(workspace, payload), None],
            ("AGENT_MESSAGE", Some(workspace)) => [spoke(workspace, payload), None],
            ("DELEGATION_SENT", Some(from)) => {
                let to = id(&payload["target_id"]).filter(|to| *to != from);
                let kind = Kind::Delegation;
                [to.map(|to| Self::Call { from, to, kind }), None]
            }
            (name, _) if name.starts_with("APPROVAL_") => [Some(Self::Approval), None],
            _ => [None, None],
        };
        told.into_iter().flatten()
    }
}

/// A message that arrived at a workspace from another.
fn call(to: Uuid, payload: &Value) -> Option<Heard> {
    let from = id(&payload["source_id"]).filter(|from| *from != to)?;
    // What a workspace sent is in its log too, with the other as its target: it is counted there.
    if id(&payload["target_id"]).is_some_and(|target| target != to) {
        return None;
    }
    let kind = Kind::Message;
    Some(Heard::Call { from, to, kind })
}

fn reply(workspace: Uuid, payload: &Value) -> Option<Heard> {
    let message = payload["message_id"].as_str()?.to_owned();
    let body = payload.get("response_body").filter(|body| body.is_object())?;
    let outcome = match text_of(body) {
        Ok(text) => Outcome::Answered {
            text,
            files: files_of(body),
        },
        Err(why) => Outcome::agent_error(&why),
    };
    Some(Heard::Reply {
        workspace,
        message,
        outcome,
    })
}

fn spoke(workspace: Uuid, payload: &Value) -> Option<Heard> {
    let files = payload["attachments"].as_array().map_or(0, Vec::len);
    Some(Heard::Spoke {
        workspace,
        text: payload["message"].as_str()?.to_owned(),
        files: u32::try_from(files).unwrap_or(u32::MAX),
    })
}

fn id(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const A: Uuid = Uuid::from_u128(1);
    const B: Uuid = Uuid::from_u128(2);

    fn heard(name: &str, workspace: Uuid, payload: Value) -> Vec<Heard> {
        let event = json!({"event": name, "workspace_id": workspace, "payload": payload});
        Heard::of(&serde_json::from_value(event).unwrap()).collect()
    }

    #[test]
    fn a_message_is_counted_where_it_arrived_and_nowhere_else() {
        let call = Heard::Call {
            from: A,
            to: B,
            kind: Kind::Message,
        };
        let row = |kind: &str, from: Option<Uuid>, to: Uuid| json!({"activity_type": kind, "method": "message/send", "source_id": from, "target_id": to});
        assert_eq!(
            heard("ACTIVITY_LOGGED", B, row("a2a_receive", Some(A), B)),
            [call]
        );
        for (at, row) in [
            (A, row("a2a_send", Some(A), B)),
            (A, row("a2a_receive", Some(A), B)),
            (B, row("a2a_receive", Some(B), B)),
            (B, row("a2a_receive", None, B)),
        ] {
            assert_eq!(heard("ACTIVITY_LOGGED", at, row.clone()), [], "{row}");
        }
    }

    #[test]
    fn an_answer_goes_with_the_message_that_it_names() {
        let body = json!({"result": {"parts": [{"kind": "text", "text": "hi"}, {"kind": "file"}]}});
        let reply = Heard::Reply {
            workspace: B,
            message: "m".into(),
            outcome: Outcome::Answered {
                text: "hi".into(),
                files: 1,
            },
        };
        let told = json!({"message_id": "m", "response_body": body});
        assert_eq!(heard("A2A_RESPONSE", B, told), [reply]);
        assert_eq!(
            heard("A2A_RESPONSE", B, json!({"response_body": body})),
            [],
            "whose it is nobody knows"
        );
        let notify = json!({"activity_type": "a2a_receive", "method": "notify", "message_id": "m",
            "response_body": {"result": "hi"}});
        assert_eq!(heard("ACTIVITY_LOGGED", B, notify), []);
    }

    #[test]
    fn what_an_agent_says_to_people_is_heard_with_the_number_of_its_files() {
        let said = json!({"message": "done", "attachments": [{"uri": "x"}]});
        let spoke = Heard::Spoke {
            workspace: B,
            text: "done".into(),
            files: 1,
        };
        assert_eq!(heard("AGENT_MESSAGE", B, said), [spoke]);
    }

    #[test]
    fn a_payload_of_the_wrong_shape_says_nothing() {
        for name in [
            "ACTIVITY_LOGGED",
            "A2A_RESPONSE",
            "AGENT_MESSAGE",
            "DELEGATION_SENT",
        ] {
            for payload in [
                json!(null),
                json!([]),
                json!({"activity_type": "a2a_receive", "target_id": 7}),
            ] {
                assert_eq!(heard(name, A, payload), [], "{name}");
            }
        }
    }
}
