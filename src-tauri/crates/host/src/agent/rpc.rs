//! JSON-RPC 2.0, as far as a call must be understood to be answered: its id, method and parameters.
//!
//! Ids and parameters stay text: an id is given back as it came, to the byte, and nothing that nobody reads is built
//! in memory.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

/// JSON-RPC: not JSON at all.
pub(crate) const PARSE_ERROR: i32 = -32700;
/// JSON-RPC: JSON, but not a call.
pub(crate) const INVALID_REQUEST: i32 = -32600;
/// JSON-RPC: no such method.
pub(crate) const METHOD_NOT_FOUND: i32 = -32601;
/// JSON-RPC: the method does not take these parameters.
pub(crate) const INVALID_PARAMS: i32 = -32602;
/// JSON-RPC: the callee failed.
pub(crate) const INTERNAL_ERROR: i32 = -32603;
/// A2A: no such task, or none that is still known.
pub(crate) const TASK_NOT_FOUND: i32 = -32001;
/// A2A: the task has ended already.
pub(crate) const TASK_NOT_CANCELABLE: i32 = -32002;
/// A2A: nobody is told of a task unasked.
pub(crate) const PUSH_NOT_SUPPORTED: i32 = -32003;
/// A2A: known, and not done here.
pub(crate) const UNSUPPORTED_OPERATION: i32 = -32004;
/// A2A: the message has nothing in it that this agent reads.
pub(crate) const CONTENT_TYPE_NOT_SUPPORTED: i32 = -32005;
/// A2A: the caller wants a version of the protocol that is not spoken here.
pub(crate) const VERSION_NOT_SUPPORTED: i32 = -32009;

/// Our own, in the range that JSON-RPC leaves to servers and A2A leaves free: the agent has too much to do, and nothing
/// reached it.
pub(crate) const BUSY: i32 = -32050;

/// The id of an answer to a call whose id is not known.
pub(crate) const NO_ID: &str = "null";

/// A call, as text.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The id as JSON: a string, a number or `null`.
    pub(crate) id: &'a str,
    /// The method's name.
    pub(crate) method: Cow<'a, str>,
    /// The parameters as JSON, where there are any.
    pub(crate) params: Option<&'a RawValue>,
    /// Whether it says that it is JSON-RPC 2.0.
    pub(crate) is_version_2: bool,
}

/// Why a body is not a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misread {
    /// The id to answer with, as JSON.
    pub(crate) id: String,
    /// [`PARSE_ERROR`] or [`INVALID_REQUEST`].
    pub(crate) code: i32,
    /// One sentence.
    pub(crate) message: &'static str,
}

impl Misread {
    fn new(id: &str, code: i32, message: &'static str) -> Self {
        Self {
            id: id.to_owned(),
            code,
            message,
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// Reads a body as one call.
pub(crate) fn read(body: &[u8]) -> Result<Call<'_>, Misread> {
    // Serde would take an array for an object's fields in their order.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(match serde_json::from_slice::<&RawValue>(body) {
            Ok(_) => Misread::new(
                NO_ID,
                INVALID_REQUEST,
                "Batches of calls are not taken; send them one by one.",
            ),
            Err(_) => Misread::new(NO_ID, PARSE_ERROR, "The body is not valid JSON."),
        });
    }
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|error| match error.is_data() {
        true => Misread::new(NO_ID, INVALID_REQUEST, "The body is not a JSON-RPC call."),
        false => Misread::new(NO_ID, PARSE_ERROR, "The body is not valid JSON."),
    })?;
    let id = envelope.id.map_or(NO_ID, RawValue::get);
    if !(id == NO_ID || id.starts_with(['"', '-']) || id.starts_with(|c: char| c.is_ascii_digit())) {
        return Err(Misread::new(
            NO_ID,
            INVALID_REQUEST,
            "The call's id is neither a string nor a number.",
        ));
    }
    let Some(method) = envelope.method.and_then(text) else {
        return Err(Misread::new(id, INVALID_REQUEST, "The call names no method."));
    };
    let is_version_2 = envelope.jsonrpc.and_then(text).as_deref() == Some("2.0");
    Ok(Call {
        id,
        method,
        params: envelope.params,
        is_version_2,
    })
}

/// A JSON string's text; `None` for anything else.
pub(crate) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(raw.get())
        .ok()
        .map(|text| text.0)
}

/// A JSON object's fields, read as `T`; `None` for anything else.
pub(crate) fn fields<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    raw.get()
        .starts_with('{')
        .then(|| serde_json::from_str(raw.get()).ok())
        .flatten()
}

/// The error of an answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Failed<'a> {
    /// Its number.
    pub(crate) code: i64,
    /// In words.
    #[serde(borrow, default)]
    pub(crate) message: Cow<'a, str>,
}

/// The error of an answer that is one.
pub(crate) fn error_of(body: &[u8]) -> Option<Failed<'_>> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        error: Option<&'a RawValue>,
    }
    let answer: Answer<'_> = serde_json::from_slice(body).ok()?;
    serde_json::from_str(answer.error?.get()).ok()
}

/// An error as an answer's text. `id` is JSON.
pub(crate) fn error(id: &str, code: i32, message: &str, data: Option<Value>) -> String {
    let mut error = json!({ "code": code, "message": message });
    if let Some(data) = data {
        error["data"] = data;
    }
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#)
}

/// A result as an answer's text. `id` is JSON.
pub(crate) fn result(id: &str, result: &Value) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kept_to_the_byte() {
        for id in [
            "null",
            "0",
            "-1",
            "1.50",
            "123456789012345678901234567890",
            r#""a\u0041""#,
            r#""""#,
        ] {
            let body = format!(r#" {{"jsonrpc":"2.0","id":{id},"method":"x"}} "#);
            assert_eq!(read(body.as_bytes()).unwrap().id, id);
        }
        assert_eq!(read(br#"{"method":"x"}"#).unwrap().id, "null");
    }

    #[test]
    fn what_is_no_call_is_told_apart() {
        for (body, code) in [
            ("", PARSE_ERROR),
            ("<html></html>", PARSE_ERROR),
            (r#"{"method":"x""#, PARSE_ERROR),
            (r#"{"method":"x"} trailing"#, PARSE_ERROR),
            ("[1", PARSE_ERROR),
            (r#"[{"method":"x"}]"#, INVALID_REQUEST),
            ("[]", INVALID_REQUEST),
            ("5", INVALID_REQUEST),
            ("null", INVALID_REQUEST),
            ("{}", INVALID_REQUEST),
            (r#"{"id":1,"method":5}"#, INVALID_REQUEST),
            (r#"{"id":true,"method":"x"}"#, INVALID_REQUEST),
            (r#"{"id":{},"method":"x"}"#, INVALID_REQUEST),
            (r#"{"method":"x","method":"y"}"#, INVALID_REQUEST),
        ] {
            assert_eq!(read(body.as_bytes()).unwrap_err().code, code, "{body}");
        }
        assert_eq!(read(b"{\"method\":\"\xff\"}").unwrap_err().code, PARSE_ERROR);
    }

    #[test]
    fn an_invalid_call_is_answered_under_its_own_id() {
        assert_eq!(read(br#"{"id":"7"}"#).unwrap_err().id, r#""7""#);
    }

    #[test]
    fn ten_megabytes_of_nesting_are_read_without_a_fault() {
        let deep = "[".repeat(5 << 20) + &"]".repeat(5 << 20);
        let body = format!(r#"{{"method":"x","params":{deep}}}"#);
        assert_eq!(read(body.as_bytes()).unwrap().method, "x");
        assert_eq!(read(deep.as_bytes()).unwrap_err().code, INVALID_REQUEST);
    }
}
