//! What the echo agent says: JSON-RPC text in, JSON-RPC text out, in the version of A2A that the caller speaks.
//!
//! The caller's `A2A-Version` decides; an empty one means 0.3. Without one the method's name tells, because the two
//! versions share none. The shapes are written out here: they are two objects, and a typed library for each version
//! would be more to read than they are.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::agent::rpc::{self, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, VERSION_NOT_SUPPORTED};

/// What to answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// As one JSON text.
    Whole(String),
    /// As a stream of this one event.
    Stream(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    V0_3,
    V1_0,
}

/// Answers one body.
pub(super) fn answer(version: Option<&[u8]>, body: &[u8]) -> Answer {
    let call = match rpc::read(body) {
        Ok(call) => call,
        Err(misread) => return Answer::Whole(rpc::error(&misread.id, misread.code, misread.message, None)),
    };
    let error = |code, message: &str| Answer::Whole(rpc::error(call.id, code, message, None));
    if !call.is_version_2 {
        return error(INVALID_REQUEST, "The call does not say that it is JSON-RPC 2.0.");
    }
    let version = match version {
        None if matches!(&*call.method, "SendMessage" | "SendStreamingMessage") => Version::V1_0,
        None | Some(b"") => Version::V0_3,
        Some(named) if is_major(named, b"0.3") => Version::V0_3,
        Some(named) if is_major(named, b"1") => Version::V1_0,
        Some(_) => return error(VERSION_NOT_SUPPORTED, "A2A 0.3 and 1.0 are spoken here."),
    };
    let streams = match (version, &*call.method) {
        (Version::V0_3, "message/send") | (Version::V1_0, "SendMessage") => false,
        (Version::V0_3, "message/stream") | (Version::V1_0, "SendStreamingMessage") => true,
        _ => {
            return error(
                METHOD_NOT_FOUND,
                "The echo agent knows how to send and to stream, and no other method.",
            );
        }
    };
    let Some(params) = call.params.and_then(rpc::fields::<Params>) else {
        return error(INVALID_PARAMS, "The parameters hold no message with parts.");
    };
    let text = rpc::result(call.id, &reply(version, &params.message));
    if streams {
        Answer::Stream(text)
    } else {
        Answer::Whole(text)
    }
}

/// Whether `named` is this version or one below it: `1`, `1.0` and `1.2` are all major 1.
fn is_major(named: &[u8], version: &[u8]) -> bool {
    named
        .trim_ascii()
        .strip_prefix(version)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
}

#[derive(Deserialize)]
struct Params {
    message: Message,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    parts: Vec<Value>,
    context_id: Option<String>,
}

impl Message {
    /// All its text. A part is text by its `kind` (0.3), its `type` (older callers), or by having a text (1.0).
    fn text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| {
            let kind = part
                .get("kind")
                .or_else(|| part.get("type"))
                .and_then(Value::as_str);
            let is_text = kind.is_none_or(|kind| kind == "text");
            part.get("text").and_then(Value::as_str).filter(|_| is_text)
        });
        let text = texts.collect::<Vec<_>>().join("\n");
        if text.is_empty() {
            "There was no text in the message.".to_owned()
        } else {
            text
        }
    }
}

fn reply(version: Version, message: &Message) -> Value {
    let text = message.text();
    let id = Uuid::new_v4();
    let mut reply = match version {
        Version::V0_3 => json!({
            "kind": "message", "role": "agent", "messageId": id, "parts": [{ "kind": "text", "text": text }],
        }),
        Version::V1_0 => json!({ "role": "ROLE_AGENT", "messageId": id, "parts": [{ "text": text }] }),
    };
    if let Some(context) = &message.context_id {
        reply["contextId"] = json!(context);
    }
    match version {
        Version::V0_3 => reply,
        Version::V1_0 => json!({ "message": reply }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, part: Value) -> String {
        let message = json!({ "role": "user", "messageId": "m", "contextId": "c", "parts": [part] });
        json!({ "jsonrpc": "2.0", "id": "i", "method": method, "params": { "message": message } }).to_string()
    }

    fn whole(version: Option<&str>, body: &str) -> Value {
        match answer(version.map(str::as_bytes), body.as_bytes()) {
            Answer::Whole(text) => serde_json::from_str(&text).unwrap(),
            Answer::Stream(text) => panic!("a stream: {text}"),
        }
    }

    #[test]
    fn version_0_3_is_answered_in_the_shape_that_every_reader_of_the_platform_knows() {
        for part in [
            json!({"kind": "text", "text": "hi"}),
            json!({"type": "text", "text": "hi"}),
            json!({"text": "hi"}),
        ] {
            let answer = whole(None, &call("message/send", part));
            assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!("i")));
            let result = &answer["result"];
            assert_eq!(result["kind"], "message");
            assert_eq!(result["role"], "agent");
            assert_eq!(result["contextId"], "c");
            assert_eq!(result["parts"], json!([{ "kind": "text", "text": "hi" }]));
            assert!(result["messageId"].is_string());
        }
    }

    #[test]
    fn version_1_0_is_answered_in_its_own_shape() {
        let answer = whole(Some("1.0"), &call("SendMessage", json!({"text": "hi"})));
        let message = &answer["result"]["message"];
        assert_eq!(message["role"], "ROLE_AGENT");
        assert_eq!(message["parts"], json!([{ "text": "hi" }]));
    }

    #[test]
    fn the_version_header_decides_and_without_one_the_methods_name() {
        let (old, new) = (
            call("message/send", json!({"text": "x"})),
            call("SendMessage", json!({"text": "x"})),
        );
        for (version, body, code) in [
            (None, &old, None),
            (None, &new, None),
            (Some(""), &old, None),
            (Some("0.3.0"), &old, None),
            (Some("1"), &new, None),
            (Some(""), &new, Some(METHOD_NOT_FOUND)),
            (Some("1.0"), &old, Some(METHOD_NOT_FOUND)),
            (Some("0.3"), &new, Some(METHOD_NOT_FOUND)),
            (Some("99.0"), &new, Some(VERSION_NOT_SUPPORTED)),
            (Some("10"), &new, Some(VERSION_NOT_SUPPORTED)),
        ] {
            let answer = whole(version, body);
            assert_eq!(
                answer["error"]["code"].as_i64(),
                code.map(i64::from),
                "{version:?} {body}"
            );
        }
    }

    #[test]
    fn streaming_is_known_in_both_versions() {
        for (version, method) in [
            (None, "message/stream"),
            (Some(&b"1.0"[..]), "SendStreamingMessage"),
        ] {
            let answer = answer(version, call(method, json!({"text": "x"})).as_bytes());
            assert!(matches!(answer, Answer::Stream(_)), "{method}");
        }
    }

    #[test]
    fn what_cannot_be_answered_is_said_in_json_rpc() {
        for (body, code) in [
            ("", rpc::PARSE_ERROR),
            ("[]", INVALID_REQUEST),
            (r#"{"id":1,"method":"message/send"}"#, INVALID_REQUEST),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"id":"t"}}"#,
                METHOD_NOT_FOUND,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"message/send"}"#,
                INVALID_PARAMS,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"message/send","params":[{"parts":[]}]}"#,
                INVALID_PARAMS,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"message":{}}}"#,
                INVALID_PARAMS,
            ),
        ] {
            assert_eq!(whole(None, body)["error"]["code"], code, "{body}");
        }
    }

    #[test]
    fn a_message_without_text_is_answered_too() {
        let file = json!({"kind": "file", "text": "not this", "file": {}});
        let answer = whole(None, &call("message/send", file));
        assert!(
            answer["result"]["parts"][0]["text"]
                .as_str()
                .unwrap()
                .contains("no text")
        );
    }
}
