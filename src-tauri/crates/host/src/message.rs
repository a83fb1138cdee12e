//! A text as a message of A2A, and the text of an answer, whatever shape it has.

use serde_json::{Value, json};

/// A text as a message of A2A.
pub(crate) fn message(text: &str, message_id: &str) -> Value {
    json!({
        "jsonrpc": "2.0", "id": message_id, "method": "message/send",
        "params": {"message": {
            "kind": "message", "role": "user", "messageId": message_id,
            "parts": [{"kind": "text", "text": text}]
        }}
    })
}

/// The text of a JSON-RPC answer: of a message, of a task's artifacts, or of its status; or the error that it is.
pub(crate) fn text_of(reply: &Value) -> Result<String, String> {
    if let Some(error) = reply.get("error") {
        let message = error.get("message").or(Some(error)).and_then(Value::as_str);
        return Err(message.unwrap_or("no reason given").to_owned());
    }
    let result = result_of(reply);
    if let Some(text) = result.as_str() {
        return Ok(text.to_owned());
    }
    let texts: Vec<&str> = parts_of(result)
        .filter_map(|part| part["text"].as_str())
        .collect();
    Ok(texts.join("\n"))
}

/// How many files come with a JSON-RPC answer.
pub(crate) fn files_of(reply: &Value) -> u32 {
    let is_file = |part: &&Value| {
        let kind = part["kind"].as_str().or_else(|| part["type"].as_str());
        kind == Some("file") || part.get("file").is_some()
    };
    u32::try_from(parts_of(result_of(reply)).filter(is_file).count()).unwrap_or(u32::MAX)
}

fn result_of(reply: &Value) -> &Value {
    let result = &reply["result"];
    match result.get("message") {
        Some(message) => message,
        None => result,
    }
}

fn parts_of(result: &Value) -> impl Iterator<Item = &Value> {
    let artifacts = result["artifacts"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|artifact| &artifact["parts"]);
    [&result["parts"], &result["status"]["message"]["parts"]]
        .into_iter()
        .chain(artifacts)
        .filter_map(Value::as_array)
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_every_shape_of_answer_is_found() {
        let shapes = [
            json!({"result": {"kind": "message", "parts": [{"kind": "text", "text": "hi"}]}}),
            json!({"result": {"message": {"parts": [{"text": "hi"}]}}}),
            json!({"result": {"kind": "task", "artifacts": [{"parts": [{"type": "text", "text": "hi"}]}]}}),
            json!({"result": {"status": {"message": {"parts": [{"text": "hi"}]}}}}),
            json!({"result": "hi"}),
        ];
        for shape in shapes {
            assert_eq!(text_of(&shape).unwrap(), "hi", "{shape}");
            assert_eq!(files_of(&shape), 0);
        }
    }

    #[test]
    fn files_are_counted_and_are_no_text() {
        let file = json!({"name": "a.pdf", "uri": "https://files.example/secret"});
        let reply = json!({"result": {"parts": [
            {"kind": "text", "text": "see"}, {"kind": "file", "file": file}, {"type": "file", "file": file}
        ]}});
        assert_eq!((text_of(&reply).unwrap().as_str(), files_of(&reply)), ("see", 2));
    }

    #[test]
    fn an_error_of_the_agent_is_told_with_its_message() {
        let error = text_of(&json!({"error": {"code": -32000, "message": "out of tea"}})).unwrap_err();
        assert_eq!(error, "out of tea");
    }
}
