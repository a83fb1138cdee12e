//! The one body type that doors, deliveries and agents pass on, and the small ways to make one.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Empty, Full, combinators::BoxBody};
use hyper::{
    Response, StatusCode,
    body::{Body as HttpBody, Frame, SizeHint},
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::Value;

/// What can go wrong in a body on its way.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body that streams: nothing is read ahead of its reader.
pub type Body = BoxBody<Bytes, BoxError>;

/// A body of these bytes.
#[must_use]
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// A body of no bytes.
#[must_use]
pub fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed()
}

/// Pieces of a body on their way to be one. A single piece, which most bodies come as, is not copied.
#[derive(Default)]
pub(crate) struct Pieces {
    first: Bytes,
    rest: BytesMut,
}

impl Pieces {
    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.rest.len()
    }

    pub(crate) fn push(&mut self, piece: Bytes) {
        if self.len() == 0 {
            self.first = piece;
            return;
        }
        self.rest.extend_from_slice(&std::mem::take(&mut self.first));
        self.rest.extend_from_slice(&piece);
    }

    pub(crate) fn whole(self) -> Bytes {
        if self.rest.is_empty() {
            self.first
        } else {
            self.rest.freeze()
        }
    }
}

/// Why a body is not whole.
pub(crate) enum NotWhole {
    /// It is longer than the limit.
    TooLong,
    /// It broke off.
    Broken(BoxError),
}

/// Reads a body of at most `limit` bytes. How long it may take is its reader's business.
pub(crate) async fn whole(mut body: Body, limit: usize) -> Result<Bytes, NotWhole> {
    let mut pieces = Pieces::default();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(NotWhole::Broken)?.into_data() else {
            continue;
        };
        if pieces.len() + piece.len() > limit {
            return Err(NotWhole::TooLong);
        }
        pieces.push(piece);
    }
    Ok(pieces.whole())
}

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response<Body> {
    json_text(status, value.to_string())
}

/// An answer whose JSON is already text.
pub(crate) fn json_text(status: StatusCode, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(full(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A body that keeps something until it is dropped: an answer is under way until its last byte was taken.
struct Keeping<T> {
    body: Body,
    _kept: T,
}

/// Keeps `kept` for as long as the answer's body lives.
pub(crate) fn keeping<T: Send + Sync + Unpin + 'static>(response: Response<Body>, kept: T) -> Response<Body> {
    response.map(|body| Keeping { body, _kept: kept }.boxed())
}

impl<T: Unpin> HttpBody for Keeping<T> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
