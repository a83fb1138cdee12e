//! What Claude Code prints with `--output-format stream-json`: one JSON object a line.
//!
//! ```text
//! {"type":"system","subtype":"init","session_id":"…",…}
//! {"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"text_delta","text":"…"}},…}
//! {"type":"assistant","message":{"content":[{"type":"text","text":"…"},…]},"parent_tool_use_id":null,…}
//! {"type":"result","subtype":"success","is_error":false,"result":"…","session_id":"…",…}
//! ```
//!
//! Other types, and fields that are not named here, mean nothing to us. What subagents say has a `parent_tool_use_id`,
//! and is not part of the answer.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::agent::builtin::{ANSWER_LIMIT, Answer, TooLong};

/// Bytes of a line: a tool's result may have a picture in it.
const LINE_LIMIT: usize = 2 * ANSWER_LIMIT;

/// What stands between two messages of one answer.
const GAP: &str = "\n\n";

/// An assistant's message that is none of Claude's: the program itself says that nobody is logged in.
const NOT_LOGGED_IN: &str = "authentication_failed";

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The conversation has begun, or goes on.
    Begins(Option<Uuid>),
    /// A piece of a message.
    Piece(String),
    /// A message is whole, with this text.
    Message(String),
    /// The program says something instead of Claude.
    Trouble { is_logged_out: bool },
    /// The answer is complete; or there is none, for this reason.
    Ends(Option<Uuid>, Result<String, String>),
    /// Nothing for us.
    Other,
}

impl Line {
    pub(super) fn read(line: &[u8]) -> Self {
        let Ok(raw) = serde_json::from_slice::<Raw>(line) else {
            return Self::Other;
        };
        let is_answer = raw.parent_tool_use_id.is_null();
        match raw.kind.as_str() {
            "system" if raw.subtype.as_deref() == Some("init") => Self::Begins(raw.session()),
            "stream_event" if is_answer => raw.piece().map_or(Self::Other, Self::Piece),
            "assistant" if raw.error.is_string() => Self::Trouble {
                is_logged_out: raw.error == NOT_LOGGED_IN,
            },
            "assistant" if is_answer => Self::Message(raw.message_text()),
            "result" => Self::Ends(raw.session(), raw.result()),
            _ => Self::Other,
        }
    }
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "type")]
    kind: String,
    subtype: Option<String>,
    #[serde(default)]
    session_id: Value,
    #[serde(default)]
    parent_tool_use_id: Value,
    #[serde(default)]
    event: Value,
    #[serde(default)]
    message: Value,
    #[serde(default)]
    error: Value,
    #[serde(default)]
    is_error: bool,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    errors: Value,
}

impl Raw {
    /// It becomes an argument, so it must be what it says that it is.
    fn session(&self) -> Option<Uuid> {
        Uuid::parse_str(self.session_id.as_str()?).ok()
    }

    fn piece(&self) -> Option<String> {
        let delta = self.event.get("delta")?;
        let is_text = delta.get("type")? == "text_delta";
        let text = delta.get("text").and_then(Value::as_str).filter(|_| is_text)?;
        Some(text.to_owned())
    }

    fn message_text(&self) -> String {
        let content = self.message.get("content").and_then(Value::as_array);
        let texts = content.into_iter().flatten().filter_map(|block| {
            let is_text = block.get("type")? == "text";
            block.get("text").and_then(Value::as_str).filter(|_| is_text)
        });
        texts.collect::<Vec<_>>().join(GAP)
    }

    fn result(&self) -> Result<String, String> {
        let text = self.result.as_str().unwrap_or_default().to_owned();
        if !self.is_error && self.subtype.as_deref() == Some("success") {
            return Ok(text);
        }
        let errors = self.errors.as_array().into_iter().flatten();
        let words: Vec<&str> = std::iter::once(text.as_str())
            .chain(errors.filter_map(Value::as_str))
            .filter(|words| !words.is_empty())
            .collect();
        let why = self.subtype.as_deref().unwrap_or("no reason given");
        Err(match words.is_empty() {
            true => format!("Claude Code gave no answer ({why})."),
            false => format!("Claude Code gave no answer: {}", words.join("; ")),
        })
    }
}

/// One message to Claude Code and what comes back.
pub(super) struct Turn {
    answer: Answer,
    line: Vec<u8>,
    session: Option<Uuid>,
    /// Whether pieces of the message under way have come.
    in_pieces: bool,
    /// Whether a message is over, so that the next one begins at a distance.
    gap: bool,
    is_logged_out: bool,
    ended: Option<Result<(), String>>,
}

impl Turn {
    pub(super) fn new(answer: Answer) -> Self {
        Self {
            answer,
            line: Vec::new(),
            session: None,
            in_pieces: false,
            gap: false,
            is_logged_out: false,
            ended: None,
        }
    }

    /// Takes what the program printed.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.line.len() + piece.len() > LINE_LIMIT {
                return Err(TooLong);
            }
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.hear(Line::read(&line))?;
            }
        }
        Ok(())
    }

    fn hear(&mut self, line: Line) -> Result<(), TooLong> {
        match line {
            Line::Begins(session) => self.session = session,
            Line::Piece(text) => {
                self.in_pieces = true;
                self.say(&text)?;
            }
            Line::Message(text) => {
                if !std::mem::take(&mut self.in_pieces) {
                    self.say(&text)?;
                }
                self.gap |= !text.is_empty();
            }
            Line::Trouble { is_logged_out } => self.is_logged_out |= is_logged_out,
            Line::Ends(session, result) => {
                if self.session.is_some() {
                    self.session = session.or(self.session);
                }
                if let Ok(text) = &result
                    && self.answer.is_silent()
                {
                    self.answer.say(text)?;
                }
                self.ended = Some(result.map(drop));
            }
            Line::Other => {}
        }
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<(), TooLong> {
        if !text.is_empty() && std::mem::take(&mut self.gap) {
            self.answer.say(GAP)?;
        }
        self.answer.say(text)
    }

    /// The session to go on with, if one has begun.
    pub(super) fn session(&self) -> Option<Uuid> {
        self.session
    }

    pub(super) fn is_logged_out(&self) -> bool {
        self.is_logged_out
    }

    /// How it ended, if it did.
    pub(super) fn end(self) -> Option<Result<(), String>> {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "2d639824-09b8-4537-be2a-3aa6fb6f2cb3";

    fn id() -> Option<Uuid> {
        Uuid::parse_str(ID).ok()
    }

    fn read(line: &str) -> Line {
        Line::read(line.replace("<id>", ID).as_bytes())
    }

    #[test]
    fn lines_are_what_the_documentation_says_that_they_are() {
        for (line, meant) in [
            (
                r#"{"type":"system","subtype":"init","session_id":"<id>","tools":["Read"]}"#,
                Line::Begins(id()),
            ),
            (
                r#"{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}},"session_id":"<id>","parent_tool_use_id":null}"#,
                Line::Piece("Hel".into()),
            ),
            (
                r#"{"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{"}}}"#,
                Line::Other,
            ),
            (
                r#"{"type":"assistant","message":{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"Hello"},{"type":"tool_use","name":"Read"}]},"session_id":"<id>"}"#,
                Line::Message("Hello".into()),
            ),
            (
                r#"{"type":"assistant","message":{"content":[{"type":"text","text":"aside"}]},"parent_tool_use_id":"toolu_1"}"#,
                Line::Other,
            ),
            (
                r#"{"type":"assistant","message":{"content":[{"type":"text","text":"Not logged in · Please run /login"}]},"parent_tool_use_id":null,"error":"authentication_failed"}"#,
                Line::Trouble { is_logged_out: true },
            ),
            (
                r#"{"type":"result","subtype":"success","is_error":false,"result":"Hello","session_id":"<id>","num_turns":1}"#,
                Line::Ends(id(), Ok("Hello".into())),
            ),
            (
                r#"{"type":"result","subtype":"error_during_execution","is_error":true,"session_id":"<id>","errors":["No conversation found"]}"#,
                Line::Ends(
                    id(),
                    Err("Claude Code gave no answer: No conversation found".into()),
                ),
            ),
            (
                r#"{"type":"result","subtype":"error_max_turns","is_error":false}"#,
                Line::Ends(None, Err("Claude Code gave no answer (error_max_turns).".into())),
            ),
            (
                r#"{"type":"user","message":{"content":[{"type":"tool_result"}]}}"#,
                Line::Other,
            ),
            (r#"{"type":"rate_limit_event"}"#, Line::Other),
            ("not JSON", Line::Other),
            ("[1]", Line::Other),
        ] {
            assert_eq!(read(line), meant, "{line}");
        }
    }

    #[test]
    fn a_session_that_is_no_uuid_never_becomes_an_argument() {
        let line = r#"{"type":"system","subtype":"init","session_id":"--dangerously-skip-permissions"}"#;
        assert_eq!(read(line), Line::Begins(None));
    }
}
