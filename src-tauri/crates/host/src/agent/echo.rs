//! The built-in agent that says what it is told, to try the whole way with. It keeps no tasks.

use serde_json::json;

use super::builtin::{About, BuiltIn};

/// The echo agent, under this name.
pub(super) fn new(name: &str) -> BuiltIn {
    let about = About {
        name: name.to_owned(),
        title: "The echo agent",
        description: "Says what it is told. Built into Ligand, to try the way to your laptop with.",
        skill: json!({
            "id": "echo",
            "name": "Echo",
            "description": "Answers with the text that it was sent.",
            "tags": ["echo", "test"],
        }),
    };
    BuiltIn::at_once(about, answer)
}

fn answer(text: Option<String>) -> String {
    text.unwrap_or_else(|| "There was no text in the message.".to_owned())
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use hyper::{
        HeaderMap, Request, StatusCode,
        header::{ALLOW, CONTENT_TYPE, HeaderValue},
    };
    use serde_json::Value;

    use super::*;
    use crate::agent::{
        CARD_PATHS, empty, full,
        rpc::{self, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, VERSION_NOT_SUPPORTED},
    };

    async fn called(method: &str, path: &str, body: &str) -> (StatusCode, HeaderMap, String) {
        let body = if body.is_empty() {
            empty()
        } else {
            full(body.to_owned())
        };
        let request = Request::builder().method(method).uri(path).body(body).unwrap();
        let (parts, body) = new("Echo").call(request).await.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        (parts.status, parts.headers, text)
    }

    #[tokio::test]
    async fn the_card_is_at_both_of_its_places_and_names_both_versions() {
        for path in CARD_PATHS {
            let (status, _, text) = called("GET", path, "").await;
            assert_eq!(status, StatusCode::OK);
            let card: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(card["protocolVersion"], "0.3.0");
            assert_eq!(card["supportedInterfaces"][0]["protocolVersion"], "1.0");
        }
    }

    #[tokio::test]
    async fn a_call_is_answered_under_http_200() {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"message":{"parts":[{"text":"hi"}]}}}"#;
        let (status, headers, text) = called("POST", "/", call).await;
        assert_eq!(
            (status, &headers[CONTENT_TYPE]),
            (StatusCode::OK, &HeaderValue::from_static("application/json"))
        );
        assert!(text.contains(r#""text":"hi""#), "{text}");
        let (status, ..) = called("POST", "/", "<html>").await;
        assert_eq!(status, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_stream_is_one_event_of_the_whole_answer() {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"message/stream","params":{"message":{"parts":[{"text":"a\nb"}]}}}"#;
        let (_, headers, text) = called("POST", "/", call).await;
        assert_eq!(headers[CONTENT_TYPE], "text/event-stream");
        let event = text
            .strip_prefix("data: ")
            .and_then(|text| text.strip_suffix("\n\n"))
            .unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(event).unwrap()["result"]["parts"][0]["text"],
            "a\nb"
        );
    }

    #[tokio::test]
    async fn other_paths_and_methods_are_refused_in_json() {
        assert_eq!(called("GET", "/other", "").await.0, StatusCode::NOT_FOUND);
        let (status, headers, _) = called("GET", "/", "").await;
        assert_eq!(
            (status, &headers[ALLOW]),
            (StatusCode::METHOD_NOT_ALLOWED, &HeaderValue::from_static("POST"))
        );
    }

    fn call(method: &str, part: Value) -> String {
        let message = json!({ "role": "user", "messageId": "m", "contextId": "c", "parts": [part] });
        json!({ "jsonrpc": "2.0", "id": "i", "method": method, "params": { "message": message } }).to_string()
    }

    /// The answer to a body, under this version, and whether it came as a stream.
    async fn answered(version: Option<&str>, body: &str) -> (bool, Value) {
        let mut request = Request::builder().method("POST").uri("/");
        if let Some(version) = version {
            request = request.header("A2A-Version", version);
        }
        let request = request.body(full(body.to_owned())).unwrap();
        let (parts, body) = new("Echo").call(request).await.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let streams = parts.headers[CONTENT_TYPE] == "text/event-stream";
        let text = text.strip_prefix("data: ").unwrap_or(&text);
        (streams, serde_json::from_str(text).unwrap())
    }

    async fn whole(version: Option<&str>, body: &str) -> Value {
        let (streams, answer) = answered(version, body).await;
        assert!(!streams, "a stream: {answer}");
        answer
    }

    #[tokio::test]
    async fn version_0_3_is_answered_in_the_shape_that_every_reader_of_the_platform_knows() {
        for part in [
            json!({"kind": "text", "text": "hi"}),
            json!({"type": "text", "text": "hi"}),
            json!({"text": "hi"}),
        ] {
            let answer = whole(None, &call("message/send", part)).await;
            assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!("i")));
            let result = &answer["result"];
            assert_eq!(result["kind"], "message");
            assert_eq!(result["role"], "agent");
            assert_eq!(result["contextId"], "c");
            assert_eq!(result["parts"], json!([{ "kind": "text", "text": "hi" }]));
            assert!(result["messageId"].is_string());
        }
    }

    #[tokio::test]
    async fn version_1_0_is_answered_in_its_own_shape() {
        let answer = whole(Some("1.0"), &call("SendMessage", json!({"text": "hi"}))).await;
        let message = &answer["result"]["message"];
        assert_eq!(message["role"], "ROLE_AGENT");
        assert_eq!(message["parts"], json!([{ "text": "hi" }]));
    }

    #[tokio::test]
    async fn the_version_header_decides_and_without_one_the_methods_name() {
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
            let answer = whole(version, body).await;
            assert_eq!(
                answer["error"]["code"].as_i64(),
                code.map(i64::from),
                "{version:?} {body}"
            );
        }
    }

    #[tokio::test]
    async fn streaming_is_known_in_both_versions() {
        for (version, method) in [(None, "message/stream"), (Some("1.0"), "SendStreamingMessage")] {
            let (streams, _) = answered(version, &call(method, json!({"text": "x"}))).await;
            assert!(streams, "{method}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_answered_is_said_in_json_rpc() {
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
            assert_eq!(whole(None, body).await["error"]["code"], code, "{body}");
        }
    }

    #[tokio::test]
    async fn a_message_without_text_is_answered_too() {
        let file = json!({"kind": "file", "text": "not this", "file": {}});
        let answer = whole(None, &call("message/send", file)).await;
        assert!(
            answer["result"]["parts"][0]["text"]
                .as_str()
                .unwrap()
                .contains("no text")
        );
    }
}
