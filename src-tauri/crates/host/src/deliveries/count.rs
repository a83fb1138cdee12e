//! Counting what is under way, so that the count is right however a thing ends.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::{
    Response,
    body::{Body as HttpBody, Frame, SizeHint},
};
use tokio::sync::watch;

use crate::agent::{Body, BoxError};

/// How many are under way, for whoever wants to watch it.
#[derive(Clone)]
pub(super) struct Counter(Arc<watch::Sender<usize>>);

/// One that is under way, until this is dropped.
pub(super) struct Counted(Counter);

impl Counter {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    pub(super) fn enter(&self) -> Counted {
        self.0.send_modify(|count| *count += 1);
        Counted(self.clone())
    }

    pub(super) fn watch(&self) -> watch::Receiver<usize> {
        self.0.subscribe()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// A body that keeps something until it is dropped: an answer is under way until its last byte was taken.
struct Keeping<T> {
    body: Body,
    _kept: T,
}

/// Keeps `kept` for as long as the answer's body lives.
pub(super) fn keeping<T: Send + Sync + Unpin + 'static>(response: Response<Body>, kept: T) -> Response<Body> {
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
