//! A call's body on its way to the agent: a short one that is there goes out with the head, and everything else streams
//! as it comes.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::agent::{Body, BoxError, Pieces};

/// See the module.
pub(super) struct Gathered {
    /// What is there.
    here: Bytes,
    rest: Option<Body>,
}

impl Gathered {
    /// Takes what is there of a body that has at most so many bytes, without waiting for what is not.
    pub(super) async fn of(mut body: Body, most: u64) -> Result<Self, BoxError> {
        let mut pieces = Pieces::default();
        let is_short = body.size_hint().exact().is_some_and(|length| length <= most);
        let is_whole = is_short && poll_fn(|cx| Poll::Ready(gather(&mut body, &mut pieces, cx))).await?;
        Ok(Self {
            here: pieces.whole(),
            rest: (!is_whole).then_some(body),
        })
    }

    /// All of it, where it is there.
    pub(super) fn whole(&self) -> Option<Bytes> {
        self.rest.is_none().then(|| self.here.clone())
    }
}

/// Whether it is whole now.
fn gather(body: &mut Body, pieces: &mut Pieces, cx: &mut Context<'_>) -> Result<bool, BoxError> {
    while !body.is_end_stream() {
        match Pin::new(&mut *body).poll_frame(cx)? {
            Poll::Pending => return Ok(false),
            Poll::Ready(None) => break,
            Poll::Ready(Some(frame)) => {
                if let Ok(piece) = frame.into_data() {
                    pieces.push(piece);
                }
            }
        }
    }
    Ok(true)
}

impl HttpBody for Gathered {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if !self.here.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.here)))));
        }
        match &mut self.rest {
            Some(rest) => Pin::new(rest).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.here.is_empty() && self.rest.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let here = self.here.len() as u64;
        let rest = self.rest.as_ref().map(HttpBody::size_hint);
        let mut hint = rest.unwrap_or_else(|| SizeHint::with_exact(0));
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(here));
        }
        hint.set_lower(hint.lower().saturating_add(here));
        hint
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::agent::{full, test_agent::piecewise};

    #[tokio::test]
    async fn a_short_body_that_is_there_is_whole_and_no_other() {
        let whole = async |body, most| Gathered::of(body, most).await.unwrap().whole();
        assert_eq!(whole(full("hello"), 5).await.unwrap(), "hello");
        assert_eq!(whole(full(""), 5).await.unwrap(), "");
        assert_eq!(whole(full("hello"), 4).await, None);
        let (_sender, endless) = piecewise();
        assert_eq!(whole(endless, 5).await, None);
    }

    #[tokio::test]
    async fn nothing_is_lost_of_a_body_that_streams() {
        let (sender, body) = piecewise();
        let body = Gathered::of(body, 5).await.unwrap();
        sender.send("hello".into()).await.unwrap();
        drop(sender);
        assert_eq!(body.collect().await.unwrap().to_bytes(), "hello");
    }
}
