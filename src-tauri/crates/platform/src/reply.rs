//! What came back: read to its end within bounds, and sorted by status and kind of content.
//!
//! A status alone says little: proxies, captive portals and web apps answer on a platform's paths too. So an answer
//! counts as the platform's only if it is JSON, and HTML never is, whatever its status. The one exception is 429,
//! whose meaning and `Retry-After` hold no matter who said it.

use std::time::Duration;

use reqwest::{
    Response, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::Kind;

/// The longest body that is read: what newer platforms take in one message. Lists and answers stay well below it.
pub(crate) const MAX_BODY: usize = 16 << 20;

/// How much of a foreign text goes into an error: enough for a sentence, and one line on most screens.
const MAX_MESSAGE: usize = 200;

/// Shorter secrets than this are none, and would blank out half of a message.
const MIN_SECRET: usize = 8;

/// A 2xx answer that is said to be JSON.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// Zeroed when dropped: it may hold tokens.
    body: Zeroizing<Vec<u8>>,
}

impl Reply {
    /// Reads the JSON. A failure names the place and not what stands there, which may be a secret.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, Kind> {
        if self.body.trim_ascii().is_empty() {
            return Err(Kind::Protocol("it is empty".to_owned()));
        }
        serde_json::from_slice(&self.body).map_err(|error| no_json(&error))
    }
}

/// What is wrong with JSON: the place and not what stands there, which may be a secret.
pub(crate) fn no_json(error: &serde_json::Error) -> Kind {
    let what = if error.is_data() {
        "its JSON is not what was promised"
    } else {
        "it is not JSON"
    };
    Kind::Protocol(format!(
        "{what}: line {}, column {}",
        error.line(),
        error.column()
    ))
}

/// Any answer, read to its end.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl Received {
    /// Whether an answer is 2xx and says that it is JSON, as far as its head tells.
    pub(crate) fn is_good(response: &Response) -> bool {
        let head = Self {
            status: response.status(),
            headers: response.headers().clone(),
            body: Zeroizing::default(),
        };
        head.status.is_success() && head.is_json()
    }

    /// Reads an answer to its end.
    pub(crate) async fn read(mut response: Response) -> Result<Self, Kind> {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(broken_off)? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(Kind::Protocol(format!(
                    "it is longer than {} MiB",
                    MAX_BODY >> 20
                )));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self {
            status,
            headers,
            body,
        })
    }

    /// A 2xx answer with JSON, or what else it was. None of the secrets appears in what is said.
    pub(crate) fn sort(self, secrets: &[&str]) -> Result<Reply, Kind> {
        let json = self.json();
        let message = || self.message(json.as_ref(), secrets);
        let status = self.status.as_u16();
        Err(match self.status {
            StatusCode::TOO_MANY_REQUESTS => Kind::RateLimited {
                retry_after: self.retry_after(json.as_ref()),
            },
            code if self.is_html() || code.is_redirection() => self.not_a_platform(secrets),
            StatusCode::NETWORK_AUTHENTICATION_REQUIRED => self.not_a_platform(secrets),
            code if code.is_success() && self.is_json() => {
                return Ok(Reply {
                    status: self.status,
                    body: self.body,
                });
            }
            StatusCode::FORBIDDEN if self.body.is_empty() => Kind::WrongOrigin,
            code if code.is_server_error() => Kind::Server {
                status,
                message: message(),
                retry_after: self.retry_after(json.as_ref()),
            },
            _ if json.is_none() => self.not_a_platform(secrets),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Kind::Unauthorized {
                status,
                message: message(),
            },
            StatusCode::GONE => Kind::Gone,
            _ if json.as_ref().is_some_and(|json| json["deleted"] == true) => Kind::Gone,
            _ => Kind::Refused {
                status,
                message: message(),
            },
        })
    }

    /// What kind of content it says it has, without parameters.
    fn content_type(&self) -> &str {
        let value = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let essence = value.and_then(|value| value.split(';').next());
        essence.unwrap_or_default().trim()
    }

    pub(crate) fn is_json(&self) -> bool {
        let kind = self.content_type().to_ascii_lowercase();
        kind == "application/json" || kind.ends_with("+json")
    }

    pub(crate) fn is_html(&self) -> bool {
        let kind = self.content_type().to_ascii_lowercase();
        matches!(kind.as_str(), "text/html" | "application/xhtml+xml")
    }

    fn json(&self) -> Option<Value> {
        // A 2xx answer is decoded into its type, once.
        let wanted = self.is_json() && !self.status.is_success();
        wanted.then(|| serde_json::from_slice(&self.body).ok()).flatten()
    }

    fn not_a_platform(&self, secrets: &[&str]) -> Kind {
        let location = self.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let elsewhere = location
            .and_then(|text| Url::parse(text).ok())
            .map(|url| url.origin());
        let login = (elsewhere.is_some() && self.status.is_redirection())
            || self.status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED;
        let content = match (elsewhere, self.content_type()) {
            // The rest of such an address may hold a session of a sign-in page.
            (Some(origin), _) if self.status.is_redirection() => {
                format!("a redirect to {}", origin.ascii_serialization())
            }
            _ if self.body.is_empty() => "no body".to_owned(),
            _ if self.is_html() => "an HTML page".to_owned(),
            (_, "") => "no content type".to_owned(),
            (_, kind) => one_line(kind, secrets),
        };
        Kind::NotAPlatform {
            status: self.status.as_u16(),
            content,
            login,
        }
    }

    /// The platform's own word on a refusal.
    fn message(&self, json: Option<&Value>, secrets: &[&str]) -> String {
        let said = json.and_then(|json| json["error"].as_str().or_else(|| json["message"].as_str()));
        one_line(said.unwrap_or("no reason given"), secrets)
    }

    /// The header in seconds, or the body's own word. (A date in the header is not read: it needs a wall clock, and no
    /// platform sends one.)
    fn retry_after(&self, json: Option<&Value>) -> Option<Duration> {
        let header = self
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let body = || {
            json?
                .get("retry_after")
                .or_else(|| json?.get("retry_after_seconds"))?
                .as_u64()
        };
        header.or_else(body).map(Duration::from_secs)
    }
}

pub(crate) fn broken_off(error: reqwest::Error) -> Kind {
    match Kind::of_request(error) {
        Kind::Timeout => Kind::Timeout,
        _ => Kind::Unreachable("the answer broke off".to_owned()),
    }
}

/// A foreign text in one short line, without control characters and without secrets.
fn one_line(text: &str, secrets: &[&str]) -> String {
    let hidden = |text: String, secret: &&str| match secret.len() {
        0..MIN_SECRET => text,
        _ => text.replace(secret, "[hidden]"),
    };
    let text = secrets.iter().fold(text.to_owned(), hidden);
    let words = text
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty());
    words
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(MAX_MESSAGE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_text_is_one_short_line_without_secrets() {
        let said = one_line(
            "bad token q3-secret-q3\r\n\u{1b}[31mfor you",
            &["q3-secret-q3", "for"],
        );
        assert_eq!(said, "bad token [hidden] [31mfor you");
        assert_eq!(one_line(&"ä".repeat(1000), &[]).chars().count(), MAX_MESSAGE);
    }
}
