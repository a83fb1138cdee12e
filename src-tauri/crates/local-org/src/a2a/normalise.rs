//! What a message looks like when it reaches the agent: a whole JSON-RPC envelope with a message id.
//!
//! The later generation completes more: the role, text that came as `content`, the name of a part's
//! discriminator, and for messages from people a context and a note of who they are.

use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::era::Era;
use crate::id::Id;
use crate::refusal::Refusal;

/// A message as it is sent to the agent.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The JSON-RPC request.
    pub(crate) body: Bytes,
    /// Its method; empty when it has none.
    pub(crate) method: String,
    /// `params.message.messageId`, if it is text.
    pub(crate) message_id: Option<String>,
    /// How long it may wait in the queue.
    pub(crate) expires_in_s: Option<u32>,
}

/// A person's message: which workspace it goes to, and whether the person showed a credential.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FromCanvas {
    pub(crate) target: Id,
    pub(crate) with_credential: bool,
}

fn invalid_json() -> Refusal {
    Refusal::bad_request("invalid JSON")
}

/// Makes a message of what a caller sent.
pub(crate) fn normalise(era: Era, body: &[u8], canvas: Option<FromCanvas>) -> Result<Message, Refusal> {
    let mut envelope = match serde_json::from_slice(body) {
        Ok(Value::Object(envelope)) => envelope,
        // Nothing is the empty object here.
        Ok(Value::Null) => Map::new(),
        _ => return Err(invalid_json()),
    };
    if !envelope.contains_key("jsonrpc") {
        let mut take = |key| envelope.remove(key).unwrap_or_default();
        let (method, params) = (take("method"), take("params"));
        envelope = Map::from_iter([
            ("jsonrpc".to_owned(), json!("2.0")),
            ("id".to_owned(), json!(Id::new())),
            ("method".to_owned(), method),
            ("params".to_owned(), params),
        ]);
    }
    let method = envelope
        .get("method")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if let Some(person) = canvas.filter(|person| era.completes_messages() && person.with_credential) {
        note_who(&mut envelope, person);
    }
    let params = envelope.get_mut("params").and_then(Value::as_object_mut);
    let expires_in_s = params
        .as_ref()
        .and_then(|params| params.get("expires_in_seconds")?.as_f64())
        .filter(|seconds| era.completes_messages() && *seconds >= 1.0)
        .map(|seconds| seconds.min(f64::from(u32::MAX)) as u32);
    let mut message_id = None;
    if let Some(message) = params.and_then(|params| params.get_mut("message")?.as_object_mut()) {
        message.entry("messageId").or_insert_with(|| json!(Id::new()));
        message_id = message
            .get("messageId")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if era.completes_messages() {
            complete(message)?;
            if let Some(person) = canvas.filter(|_| method == "message/send") {
                give_context(message, person);
            }
        }
    }
    let message_id = message_id.filter(|id| !id.is_empty());
    Ok(Message {
        body: Value::Object(envelope).to_string().into(),
        method,
        message_id,
        expires_in_s,
    })
}

/// Fills in what newer agents insist on.
fn complete(message: &mut Map<String, Value>) -> Result<(), Refusal> {
    message.entry("role").or_insert_with(|| json!("user"));
    if !message.contains_key("parts") {
        let parts = match message.remove("content") {
            Some(Value::String(text)) => json!([{"kind": "text", "text": text}]),
            Some(parts @ Value::Array(_)) => parts,
            Some(_) => {
                return Err(
                    Refusal::new(StatusCode::BAD_REQUEST, "invalid params.message.content type")
                        .with("hint", "content is a string; or leave it out and send parts"),
                );
            }
            None => {
                return Err(Refusal::bad_request(
                    "params.message must contain either 'parts' (v0.3) or 'content' (v0.2 compat)",
                )
                .with("hint", r#"for example {"parts":[{"kind":"text","text":"..."}]}"#));
            }
        };
        message.insert("parts".into(), parts);
    }
    for part in message
        .get_mut("parts")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let Some(part) = part.as_object_mut() else {
            continue;
        };
        if !part.contains_key("kind")
            && let Some(kind) = part.remove("type")
        {
            part.insert("kind".into(), kind);
        }
    }
    Ok(())
}

/// Gives a person's message without a context the workspace's own, so that one conversation stays one.
fn give_context(message: &mut Map<String, Value>, person: FromCanvas) {
    let given = message
        .get("contextId")
        .and_then(Value::as_str)
        .is_some_and(|id| !id.trim().is_empty());
    if !given {
        message.insert("contextId".into(), json!(format!("canvas-{}", person.target)));
    }
}

/// Notes that a person sent this. Who it was would come from a session, which the local org does not have.
fn note_who(envelope: &mut Map<String, Value>, _person: FromCanvas) {
    fn object<'a>(map: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Map<String, Value>> {
        let value = map.entry(key).or_insert_with(|| json!({}));
        if !value.is_object() {
            *value = json!({});
        }
        value.as_object_mut()
    }
    if let Some(metadata) = object(envelope, "params").and_then(|params| object(params, "metadata")) {
        metadata.insert("source".into(), json!("canvas_user"));
        metadata.insert("user_identity_status".into(), json!("UNAUTHENTICATED"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &Message) -> Value {
        serde_json::from_slice(&message.body).unwrap()
    }

    fn send(era: Era, body: Value) -> Result<Message, Refusal> {
        normalise(era, body.to_string().as_bytes(), None)
    }

    #[test]
    fn a_bare_call_is_wrapped_and_its_other_keys_are_dropped() {
        let message = send(
            Era::S,
            json!({"method": "message/send", "params": {}, "extra": 1}),
        )
        .unwrap();
        let body = read(&message);
        assert_eq!(body["jsonrpc"], "2.0");
        assert_eq!(body["method"], "message/send");
        assert!(body["id"].is_string());
        assert!(body.get("extra").is_none());
        assert_eq!(message.method, "message/send");
    }

    #[test]
    fn an_envelope_keeps_its_id_and_its_other_keys_and_gets_a_message_id() {
        let sent = json!({"jsonrpc": "2.0", "id": 7, "method": "message/send", "extra": 1,
                          "params": {"message": {"parts": []}}});
        let message = send(Era::S, sent).unwrap();
        let body = read(&message);
        assert_eq!((&body["id"], &body["extra"]), (&json!(7), &json!(1)));
        let id = body["params"]["message"]["messageId"].as_str().unwrap();
        assert_eq!(message.message_id.as_deref(), Some(id));
        let again = read(&normalise(Era::S, &message.body, None).unwrap());
        assert_eq!(again["params"]["message"]["messageId"], id, "a given id stays");
    }

    #[test]
    fn what_is_not_an_object_is_invalid_json() {
        for body in ["", "[]", "1", "{", "{} x"] {
            assert_eq!(
                normalise(Era::S, body.as_bytes(), None).unwrap_err().error(),
                "invalid JSON",
                "{body:?}"
            );
        }
    }

    #[test]
    fn the_older_generation_leaves_a_message_as_it_is() {
        let body = read(&send(Era::S, json!({"params": {"message": {"content": "hi"}}})).unwrap());
        assert!(body["params"]["message"].get("role").is_none());
        assert_eq!(body["params"]["message"]["content"], "hi");
    }

    #[test]
    fn the_later_generation_adds_the_role_and_turns_content_and_type_into_parts_and_kind() {
        let body = read(&send(Era::L, json!({"params": {"message": {"content": "hi"}}})).unwrap());
        let message = &body["params"]["message"];
        assert_eq!(message["role"], "user");
        assert_eq!(message["parts"], json!([{"kind": "text", "text": "hi"}]));
        assert!(message.get("content").is_none());
        let sent =
            json!({"params": {"message": {"role": "agent", "parts": [{"type": "text", "text": "a"}]}}});
        let message = &read(&send(Era::L, sent).unwrap())["params"]["message"];
        assert_eq!(message["role"], "agent");
        assert_eq!(message["parts"], json!([{"kind": "text", "text": "a"}]));
    }

    #[test]
    fn the_later_generation_refuses_a_message_without_parts_and_content() {
        let refusal = send(Era::L, json!({"params": {"message": {}}})).unwrap_err();
        assert_eq!(refusal.status, StatusCode::BAD_REQUEST);
        assert!(send(Era::L, json!({"params": {"message": {"content": 1}}})).is_err());
        assert!(send(Era::L, json!({"method": "tasks/get", "params": {"id": "x"}})).is_ok());
    }

    #[test]
    fn a_persons_message_gets_the_workspaces_context_unless_it_has_one() {
        let person = FromCanvas {
            target: Id::new(),
            with_credential: true,
        };
        let sent = json!({"method": "message/send", "params": {"message": {"parts": []}}});
        let body = read(&normalise(Era::L, sent.to_string().as_bytes(), Some(person)).unwrap());
        assert_eq!(
            body["params"]["message"]["contextId"],
            format!("canvas-{}", person.target)
        );
        assert_eq!(body["params"]["metadata"]["source"], "canvas_user");
        assert_eq!(
            body["params"]["metadata"]["user_identity_status"],
            "UNAUTHENTICATED"
        );
        let sent =
            json!({"method": "message/send", "params": {"message": {"parts": [], "contextId": "mine"}}});
        let body = read(&normalise(Era::L, sent.to_string().as_bytes(), Some(person)).unwrap());
        assert_eq!(body["params"]["message"]["contextId"], "mine");
    }
}
