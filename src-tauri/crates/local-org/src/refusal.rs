//! What a caller is told when the answer is no: a status, a JSON body with `error`, sometimes `Retry-After`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

/// A refusal, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// The status of the answer.
    pub(crate) status: StatusCode,
    body: Map<String, Value>,
    retry_after: Option<u32>,
}

impl Refusal {
    /// A refusal with this text under `error`.
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Refusal {
        let body = Map::from_iter([("error".to_owned(), Value::String(error.into()))]);
        Refusal {
            status,
            body,
            retry_after: None,
        }
    }

    /// A refusal whose body has no `error`.
    pub(crate) fn bare(status: StatusCode) -> Refusal {
        Refusal {
            status,
            body: Map::new(),
            retry_after: None,
        }
    }

    /// The same with one more field.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Refusal {
        self.body.insert(key.to_owned(), value.into());
        self
    }

    /// The same with `Retry-After`, in seconds.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Refusal {
        self.retry_after = Some(seconds);
        self
    }

    /// The text under `error`.
    pub(crate) fn error(&self) -> &str {
        self.body.get("error").and_then(Value::as_str).unwrap_or_default()
    }

    /// 400.
    pub(crate) fn bad_request(error: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, error)
    }

    /// 401.
    pub(crate) fn unauthorized(error: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::UNAUTHORIZED, error)
    }

    /// 404.
    pub(crate) fn not_found(error: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, error)
    }

    /// The 503 of a platform that can't reach its database.
    pub(crate) fn datastore() -> Refusal {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "platform datastore unavailable — retry shortly",
        )
        .with("code", "platform_unavailable")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = if self.body.is_empty() {
            self.status.into_response()
        } else {
            (self.status, axum::Json(Value::Object(self.body))).into_response()
        };
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
