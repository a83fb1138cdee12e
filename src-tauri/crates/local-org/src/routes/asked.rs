//! What a request's path and query say, read so that nothing in them can fail: a nonsense id is refused by
//! whoever needs an id, in that route's own words.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

/// The last variable part of the path; empty when it isn't text.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Segment, Infallible> {
        let params = RawPathParams::from_request_parts(parts, state).await.ok();
        let last = params.and_then(|params| params.iter().last().map(|(_, value)| value.to_owned()));
        Ok(Segment(last.unwrap_or_default()))
    }
}

/// The two variable parts of the path; empty where one isn't text.
pub(crate) struct Pair(pub(crate) String, pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Pair {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Pair, Infallible> {
        let params = RawPathParams::from_request_parts(parts, state).await.ok();
        let mut values = params
            .iter()
            .flat_map(RawPathParams::iter)
            .map(|(_, value)| value.to_owned());
        Ok(Pair(
            values.next().unwrap_or_default(),
            values.next().unwrap_or_default(),
        ))
    }
}

/// The query.
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// The first value of this name, unless it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let first = self.0.iter().find(|(key, _)| key == name);
        first
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Whether this is set to `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Params, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Params(
            url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        ))
    }
}
