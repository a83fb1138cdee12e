//! The connection block: what the platform hands out when an external workspace is made or its credentials change.

use std::fmt;

use serde_json::Value;
use uuid::Uuid;

use crate::{
    base_url::{BaseUrl, BaseUrlError},
    token::Token,
};

/// The three things a laptop needs. Everything else in a block (snippets, endpoints) can be derived or ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The platform's address.
    pub platform_url: BaseUrl,
    /// Our workspace.
    pub workspace_id: Uuid,
    /// Its token.
    pub auth_token: Token,
}

/// Why a text is no connection block. It never repeats the text, which may hold a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionError {
    /// There is nothing at all.
    Empty,
    /// It is no JSON.
    NotJson {
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
    },
    /// It is JSON, but no object.
    NotAnObject,
    /// A field is missing, empty, or not what it should be.
    Field {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty; paste the platform's connection block"),
            Self::NotJson { line, column } => write!(
                f,
                "it is not JSON (line {line}, column {column}); paste the platform's block from its first {{ to its last }}"
            ),
            Self::NotAnObject => f.write_str(
                "it is JSON, but not an object in braces; paste the platform's whole connection block",
            ),
            Self::Field { name, why } => {
                write!(
                    f,
                    "its field {name} {why}; paste the platform's whole connection block"
                )
            }
        }
    }
}

impl std::error::Error for ConnectionError {}

impl Connection {
    /// Reads the block itself, an object with a `connection` in it, or the platform's whole reply to a create.
    ///
    /// # Errors
    /// Which field is wrong, and how.
    pub fn parse(text: &str) -> Result<Self, ConnectionError> {
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Err(ConnectionError::Empty);
        }
        let json = serde_json::from_str(text).map_err(|e| ConnectionError::NotJson {
            line: e.line(),
            column: e.column(),
        })?;
        Self::from_value(json)
    }

    /// The same from JSON that was read already.
    pub(crate) fn from_value(json: Value) -> Result<Self, ConnectionError> {
        let Value::Object(mut fields) = json else {
            return Err(ConnectionError::NotAnObject);
        };
        if let Some(inner) = fields.remove("connection") {
            let Value::Object(inner) = inner else {
                return Err(field("connection", "is not an object in braces"));
            };
            fields = inner;
        }
        let mut text = |name: &'static str| match fields.remove(name) {
            None | Some(Value::Null) => Err(field(name, "is missing")),
            Some(Value::String(text)) if text.trim().is_empty() => Err(field(name, "is empty")),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(field(name, "is not a text")),
        };
        let workspace_id = text("workspace_id")?;
        let platform_url = text("platform_url")?;
        // Moved and not copied, so that it is zeroed when it is dropped.
        let auth_token = Token::new(text("auth_token")?);
        Ok(Self {
            workspace_id: workspace_id
                .trim()
                .parse()
                .map_err(|_| field("workspace_id", "is not a UUID"))?,
            platform_url: platform_url.parse().map_err(|e: BaseUrlError| {
                field("platform_url", &format!("is no platform's address: {e}"))
            })?,
            auth_token: usable(auth_token)?,
        })
    }
}

fn field(name: &'static str, why: &str) -> ConnectionError {
    ConnectionError::Field {
        name,
        why: why.to_owned(),
    }
}

/// Only a token that can stand in a header.
fn usable(token: Token) -> Result<Token, ConnectionError> {
    if token.expose().chars().all(|c| c.is_ascii_graphic()) {
        return Ok(token);
    }
    Err(field("auth_token", "holds characters that no token has"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7d0f0d5c-0000-4000-8000-000000000001";

    fn block() -> Value {
        serde_json::json!({"workspace_id": ID, "platform_url": "https://acme.example/", "auth_token": "q3token",
            "registry_endpoint": "https://acme.example/registry/register", "python_snippet": "…"})
    }

    #[test]
    fn block_wrapped_block_and_whole_reply_are_understood() {
        let block = block();
        for json in [
            block.clone(),
            serde_json::json!({"connection": block}),
            serde_json::json!({"id": ID, "external": true, "status": "awaiting_agent", "connection": block}),
        ] {
            let read = Connection::parse(&json.to_string()).unwrap();
            assert_eq!(read.workspace_id.to_string(), ID);
            assert_eq!(read.platform_url.to_string(), "https://acme.example");
            assert_eq!(read.auth_token.expose(), "q3token");
        }
    }

    #[test]
    fn each_fault_is_named_in_one_line_and_no_token_is_repeated() {
        let with = |name: &str, value: Value| {
            let mut block = block();
            block[name] = value;
            block.to_string()
        };
        let cases = [
            ("{\"auth_token\": \"q3token\"".to_owned(), "not JSON (line 1"),
            (String::new(), "it is empty"),
            (" \n".to_owned(), "it is empty"),
            ("[]".to_owned(), "not an object"),
            ("{\"connection\": null}".to_owned(), "connection is not an object"),
            ("{}".to_owned(), "workspace_id is missing"),
            (with("auth_token", "".into()), "auth_token is empty"),
            (with("auth_token", 7.into()), "auth_token is not a text"),
            (with("auth_token", "q3token\nx".into()), "auth_token holds"),
            (with("workspace_id", "7d0f".into()), "workspace_id is not a UUID"),
            (
                with("platform_url", "acme".into()),
                "platform_url is no platform's address",
            ),
            (
                with("platform_url", "https://acme.example/?token=q3token".into()),
                "platform_url is no platform's address",
            ),
            (
                with("workspace_id", "q3token".into()),
                "workspace_id is not a UUID",
            ),
            (with("workspace_id", Value::Null), "workspace_id is missing"),
        ];
        for (text, part) in cases {
            let said = Connection::parse(&text).unwrap_err().to_string();
            assert!(
                said.contains(part) && !said.contains('\n') && !said.contains("q3token"),
                "{said}"
            );
        }
    }
}
