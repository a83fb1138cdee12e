//! The body of a call as the laptop's service reads it.
//!
//! A short body that came with its head is here whole. Of a longer one a few pieces are read ahead of the service.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;
use tokio_util::sync::PollSender;

use crate::h1::{Content, Malformed, Pipe, Wire, WireError};

/// The body of a call.
#[derive(Debug)]
pub struct CallContent {
    first: Option<Bytes>,
    rest: Option<mpsc::Receiver<Result<Bytes, WireError>>>,
    /// How much is still to be taken, if that is known.
    left: Option<u64>,
}

/// What reads a call's body off its stream.
pub(crate) struct Feed {
    content: Content,
    /// Until the body has ended or nobody wants more of it.
    to: Option<PollSender<Result<Bytes, WireError>>>,
}

/// The body of a call whose head has just been read, of which so many pieces may wait for the service.
pub(crate) fn begin<P: Pipe>(
    wire: &mut Wire<P>,
    mut content: Content,
    pieces: usize,
) -> Result<(CallContent, Feed), Malformed> {
    let left = content.size_hint().exact();
    let first = wire.take(&mut content)?;
    let (to, rest) = if content.is_done() {
        (None, None)
    } else {
        let (sender, rest) = mpsc::channel(pieces);
        (Some(PollSender::new(sender)), Some(rest))
    };
    Ok((CallContent { first, rest, left }, Feed { content, to }))
}

impl Feed {
    /// Reads on. Ready when the other side has left, or the body can't be read: the call is over then.
    pub(crate) fn poll_end<P: Pipe>(&mut self, wire: &mut Wire<P>, cx: &mut Context<'_>) -> Poll<()> {
        if ready!(self.poll_done(wire, cx)) {
            wire.poll_left(cx)
        } else {
            Poll::Ready(())
        }
    }

    /// Reads on to the body's end. False when it does not come to one.
    pub(crate) fn poll_done<P: Pipe>(&mut self, wire: &mut Wire<P>, cx: &mut Context<'_>) -> Poll<bool> {
        while !self.content.is_done() {
            if let Some(sender) = &mut self.to
                && ready!(sender.poll_reserve(cx)).is_err()
            {
                // The service wants no more. It is read all the same: the end of the call is behind it.
                self.to = None;
            }
            let piece = ready!(wire.poll_piece(cx, &mut self.content));
            let is_broken = piece.is_err();
            if let (Some(sender), Some(piece)) = (&mut self.to, piece.transpose()) {
                // The receiver may have gone just now.
                drop(sender.send_item(piece));
            }
            if is_broken {
                return Poll::Ready(false);
            }
        }
        self.to = None;
        Poll::Ready(true)
    }

    /// How much of it was not read, as far as is known.
    pub(crate) fn left(&self) -> u64 {
        self.content.size_hint().lower()
    }

    /// Whether all of it was read.
    pub(crate) fn is_done(&self) -> bool {
        self.content.is_done()
    }
}

impl Body for CallContent {
    type Data = Bytes;
    type Error = WireError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, WireError>>> {
        let piece = match (self.first.take(), &mut self.rest) {
            (Some(piece), _) => Some(Ok(piece)),
            (None, Some(rest)) => ready!(rest.poll_recv(cx)),
            (None, None) => None,
        };
        match (&piece, &mut self.left) {
            (Some(Ok(piece)), Some(left)) => *left = left.saturating_sub(piece.len() as u64),
            // The call was broken off: a body that just ended would look complete.
            (None, Some(1..)) => {
                self.left = Some(0);
                return Poll::Ready(Some(Err(WireError::Ended)));
            }
            _ => {}
        }
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && (self.rest.is_none() || self.left == Some(0))
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
