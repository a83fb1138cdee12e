//! A call's body on its way to the laptop.
//!
//! Short bodies that have already arrived are sent whole, together with the head: one frame and one wake instead of
//! two. Everything else streams as it comes.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;

use crate::intake::{BodyError, Intake};
use crate::link::BoxError;
use crate::serve::content::CallContent;

/// Longest body that is gathered.
const GATHER_BYTES: u64 = 64 * 1024;
/// How much of a body that nobody wants any more is read away: more than stands in two sockets' buffers.
pub(crate) const READ_AWAY_BYTES: usize = 8 * 1024 * 1024;
/// For how long.
pub(crate) const READ_AWAY_FOR: Duration = Duration::from_secs(2);
/// How often a body that has not all arrived is looked at again before it streams. hyper hands over what it has
/// already read one look later than it is asked.
const LOOKS: u32 = 3;

/// A call's body as it comes from its caller.
#[derive(Debug)]
pub enum CallerBody {
    /// By the general library.
    Any(Incoming),
    /// By [`PlainCalls`](crate::PlainCalls), which itself reads away what is dropped.
    Plain(CallContent),
}

impl Body for CallerBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut *self {
            Self::Any(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Plain(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Any(body) => body.is_end_stream(),
            Self::Plain(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Any(body) => body.size_hint(),
            Self::Plain(body) => body.size_hint(),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub struct CallBody {
    /// What was gathered and not yet taken.
    gathered: VecDeque<Bytes>,
    rest: Option<CallerBody>,
    /// What the rest has to keep to.
    intake: Option<Arc<Intake>>,
    /// Whether nothing of it is still to come.
    whole: bool,
}

impl CallBody {
    /// No body at all.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            gathered: VecDeque::new(),
            rest: None,
            intake: None,
            whole: true,
        }
    }

    /// A body that is here already.
    #[must_use]
    pub fn whole(bytes: Bytes) -> Self {
        Self {
            gathered: VecDeque::from_iter((!bytes.is_empty()).then_some(bytes)),
            rest: None,
            intake: None,
            whole: true,
        }
    }

    /// Takes what has arrived of a sized, short body, without waiting for what has not.
    pub async fn gather(body: CallerBody, intake: Arc<Intake>) -> Result<Self, BodyError> {
        if body.is_end_stream() {
            return Ok(Self::empty());
        }
        let mut this = Self {
            gathered: VecDeque::new(),
            rest: Some(body),
            intake: Some(intake),
            whole: false,
        };
        if this
            .size_hint()
            .exact()
            .is_some_and(|length| length <= GATHER_BYTES)
        {
            let mut looks = LOOKS;
            std::future::poll_fn(|cx| this.poll_gather(cx, &mut looks)).await?;
        }
        Ok(this)
    }

    /// A body that is here in one piece.
    pub(crate) fn whole_bytes(&self) -> Option<&Bytes> {
        static NOTHING: Bytes = Bytes::new();
        self.whole.then(|| self.gathered.front().unwrap_or(&NOTHING))
    }

    fn poll_gather(&mut self, cx: &mut Context<'_>, looks: &mut u32) -> Poll<Result<(), BodyError>> {
        while let Some(body) = &mut self.rest {
            match Pin::new(body).poll_frame(cx) {
                Poll::Ready(Some(frame)) => {
                    if let Ok(data) = frame.map_err(BodyError::Caller)?.into_data() {
                        if let Some(intake) = &self.intake {
                            intake.took(data.len())?;
                        }
                        self.gathered.push_back(data);
                    }
                    if self.rest.as_ref().is_some_and(Body::is_end_stream) {
                        self.rest = None;
                    }
                }
                Poll::Ready(None) => self.rest = None,
                Poll::Pending if *looks == 0 => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    *looks -= 1;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
        if self.gathered.len() > 1 {
            let whole: BytesMut = self.gathered.drain(..).flatten().collect();
            self.gathered.push_back(whole.freeze());
        }
        self.whole = true;
        Poll::Ready(Ok(()))
    }
}

/// Reads away what a caller still sends although its answer is decided, for a short while. Closing under its pen would
/// make it lose that answer, or fail its next call.
pub fn read_away(body: CallerBody) {
    let (CallerBody::Any(mut body), Ok(runtime)) = (body, Handle::try_current()) else {
        return;
    };
    if body.is_end_stream() {
        return;
    }
    let reading = async move {
        let mut left = READ_AWAY_BYTES;
        while let Some(Ok(frame)) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                return;
            }
        }
    };
    runtime.spawn(tokio::time::timeout(READ_AWAY_FOR, reading));
}

impl Drop for CallBody {
    fn drop(&mut self) {
        if let Some(rest) = self.rest.take().filter(|rest| !rest.is_end_stream()) {
            if let Some(intake) = &self.intake {
                intake.ended();
            }
            read_away(rest);
        }
    }
}

impl Body for CallBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(bytes) = self.gathered.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let this = &mut *self;
        let (Some(rest), Some(intake)) = (&mut this.rest, &this.intake) else {
            return Poll::Ready(None);
        };
        let frame = match Pin::new(rest).poll_frame(cx) {
            Poll::Pending => match intake.waits(cx.waker()) {
                Ok(()) => return Poll::Pending,
                Err(late) => Some(Err(late)),
            },
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                Some(intake.took(length).map(|()| frame))
            }
            Poll::Ready(Some(Err(error))) => Some(Err(BodyError::Caller(error))),
            Poll::Ready(None) => None,
        };
        if !matches!(frame, Some(Ok(_))) {
            intake.ended();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.gathered.is_empty() && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let gathered: u64 = self.gathered.iter().map(|bytes| bytes.len() as u64).sum();
        let mut hint = self
            .rest
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(gathered));
        }
        hint.set_lower(hint.lower().saturating_add(gathered));
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_body_knows_its_size_and_its_end() {
        let body = CallBody::whole(Bytes::from_static(b"hello"));
        assert_eq!(body.size_hint().exact(), Some(5));
        assert!(!body.is_end_stream());
        for empty in [CallBody::empty(), CallBody::whole(Bytes::new())] {
            assert_eq!(empty.size_hint().exact(), Some(0));
            assert!(empty.is_end_stream());
        }
    }
}
