//! An answer on its way out of a pipe on which a call came in: waited for, put together, written.
//!
//! Meanwhile the rest of the call is read, and a caller that leaves ends both. What is not here: where calls come from.

use std::future::{Future, poll_fn};
use std::io::Cursor;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use hyper::body::Body;
use hyper::{Method, Response};

use super::content::Feed;
use crate::h1::{self, Bunch, Pipe, Refused, Wire, WireError};
use crate::link::BoxError;

/// How much of an answer is gathered before it goes out.
const SHORT_BYTES: usize = 64 * 1024;

/// A piece that is worth a frame of its own, rather than to be copied behind another.
const LONG_PIECE_BYTES: usize = 8 * 1024;

/// Why a pipe is used no more, before its time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// What came is no call.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The caller is to see the end of its connection, and no byte.
    #[error("closed without an answer")]
    Hush,
    /// The caller has left.
    #[error("the caller has left")]
    Left,
    /// The answer broke off.
    #[error("the answer broke off: {0}")]
    Answer(BoxError),
}

/// What the service answers, unless the caller leaves before. Its future is lent: it is large, and would be moved for each
/// call, and have a second place here.
pub(crate) async fn answered<P, F, B, E>(
    mut answering: Pin<&mut F>,
    wire: &mut Wire<P>,
    feed: &mut Feed,
) -> Result<Response<B>, Broken>
where
    P: Pipe,
    F: Future<Output = Result<Response<B>, E>>,
{
    poll_fn(|cx| {
        if let Poll::Ready(response) = answering.as_mut().poll(cx) {
            return Poll::Ready(response.map_err(|_| Broken::Hush));
        }
        feed.poll_end(wire, cx).map(|()| Err(Broken::Left))
    })
    .await
}

/// Sends an answer, unless the caller leaves before its end.
pub(crate) async fn write<P, B>(
    response: Response<B>,
    method: &Method,
    is_last: bool,
    wire: &mut Wire<P>,
    feed: &mut Feed,
) -> Result<(), Broken>
where
    P: Pipe,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (parts, body) = response.into_parts();
    let body = pin!(body);
    let left = body.size_hint().exact();
    let spare = left
        .and_then(|left| usize::try_from(left).ok())
        .unwrap_or_default();
    let mut head = wire.take_room();
    let has_body = h1::put_answer_head(&mut head, &parts, method, left, is_last, spare.min(SHORT_BYTES));
    let mut writing = Writing {
        gathered: Cursor::new(head),
        bunch: Bunch::default(),
        goes_out: false,
        is_whole: !has_body || left == Some(0),
        body,
        left,
        failed: None,
    };
    poll_fn(|cx| {
        if let Poll::Ready(written) = writing.poll(wire, cx) {
            return Poll::Ready(written);
        }
        feed.poll_end(wire, cx).map(|()| Err(Broken::Left))
    })
    .await?;
    wire.keep_room(writing.gathered.into_inner());
    Ok(())
}

/// An answer on its way out.
struct Writing<'a, B> {
    /// To go out together: the head, and the short pieces that were there at once.
    gathered: Cursor<Vec<u8>>,
    /// To go out behind that: long pieces, and what came behind them.
    bunch: Bunch,
    /// Whether both are on their way, and nothing is added to them.
    goes_out: bool,
    body: Pin<&'a mut B>,
    /// How much of it there must still be; `None` for chunks.
    left: Option<u64>,
    /// Whether nothing more is to be had of it.
    is_whole: bool,
    /// What it ended with, to be told when what came before has been written.
    failed: Option<BoxError>,
}

impl<B> Writing<'_, B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    fn poll<P: Pipe>(&mut self, wire: &mut Wire<P>, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        let is_vectored = wire.pipe().is_write_vectored();
        loop {
            if !self.goes_out {
                ready!(self.poll_gather(is_vectored, cx));
                self.goes_out = true;
            }
            let mut both = (&mut self.gathered).chain(&mut self.bunch);
            ready!(wire.poll_write(cx, &mut both)).map_err(|Refused| Broken::Left)?;
            self.goes_out = false;
            self.gathered.get_mut().clear();
            self.gathered.set_position(0);
            if let Some(error) = self.failed.take() {
                return Poll::Ready(Err(Broken::Answer(error)));
            }
            if self.is_whole {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Gathers what goes out next, of everything that is there.
    fn poll_gather(&mut self, is_vectored: bool, cx: &mut Context<'_>) -> Poll<()> {
        while !self.is_whole
            && self.failed.is_none()
            && self.gathered.get_ref().len() < SHORT_BYTES
            && !self.bunch.is_full()
        {
            match self.body.as_mut().poll_frame(cx) {
                Poll::Pending if self.gathered.get_ref().is_empty() && !self.bunch.has_remaining() => {
                    return Poll::Pending;
                }
                Poll::Pending => break,
                Poll::Ready(frame) => {
                    // Trailers are for the neighbour.
                    let piece = frame.map(|frame| frame.map(|frame| frame.into_data().unwrap_or_default()));
                    self.take(piece, is_vectored);
                }
            }
        }
        Poll::Ready(())
    }

    /// Gathers a piece. Where pieces can't be written together, a long one is copied all the same behind what goes before.
    fn take(&mut self, piece: Option<Result<Bytes, B::Error>>, is_vectored: bool) {
        let gathered = self.gathered.get_mut();
        match (piece, &mut self.left) {
            (Some(Ok(piece)), None) => h1::put_chunk(gathered, &piece),
            (Some(Ok(piece)), Some(left)) => match left.checked_sub(piece.len() as u64) {
                Some(rest) => {
                    *left = rest;
                    self.is_whole = rest == 0;
                    let is_long = piece.len() >= LONG_PIECE_BYTES && (is_vectored || gathered.is_empty());
                    if is_long || self.bunch.has_remaining() {
                        self.bunch.push(piece);
                    } else {
                        gathered.extend_from_slice(&piece);
                    }
                }
                None => self.failed = Some("longer than it said".into()),
            },
            (Some(Err(error)), _) => self.failed = Some(error.into()),
            (None, Some(1..)) => self.failed = Some("shorter than it said".into()),
            (None, Some(0)) => self.is_whole = true,
            (None, None) => {
                gathered.extend_from_slice(h1::END_OF_BODY);
                self.is_whole = true;
            }
        }
    }
}
