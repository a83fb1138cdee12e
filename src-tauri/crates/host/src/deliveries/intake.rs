//! Reading the body of a delivery whole, within bounds: of one body, and of all that are in memory at a time.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Body as HttpBody;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::agent::Pieces;

/// A body up to this size is read without asking for room: all streams of a link together come to 16 MB.
const SMALL: usize = 64 * 1024;

/// Room for the longer bodies that are in memory at a time, in KB: two of the largest.
const ROOM_KB: usize = 128 * 1024;

/// A caller that sends nothing for so long has gone without saying so.
const STALL: Duration = Duration::from_secs(60);

/// The room that long bodies share.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

/// A body, and its part of the room until this is dropped.
pub(super) struct Taken {
    pub(super) bytes: Bytes,
    pub(super) room: Option<OwnedSemaphorePermit>,
}

/// Why a body was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadBody {
    /// It is longer than a delivery may be.
    TooLarge,
    /// It broke off.
    Broken,
    /// Nothing came for a minute.
    Stalled,
    /// Other long bodies take all the room.
    NoRoom,
}

impl Room {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROOM_KB)))
    }

    /// Reads a body of at most `limit` bytes; waits at most `hold` for room.
    pub(super) async fn take<B>(&self, body: B, limit: usize, hold: Duration) -> Result<Taken, BadBody>
    where
        B: HttpBody<Data = Bytes>,
    {
        let announced = body.size_hint();
        let at_least = usize::try_from(announced.lower()).unwrap_or(usize::MAX);
        if at_least > limit {
            return Err(BadBody::TooLarge);
        }
        let mut room = None;
        if at_least > SMALL {
            room = Some(self.reserve(at_least, hold).await?);
        }
        let mut body = std::pin::pin!(body);
        let mut pieces = Pieces::default();
        while let Some(frame) = timeout(STALL, body.frame()).await.map_err(|_| BadBody::Stalled)? {
            let Ok(piece) = frame.map_err(|_| BadBody::Broken)?.into_data() else {
                continue;
            };
            let length = pieces.len() + piece.len();
            if length > limit {
                return Err(BadBody::TooLarge);
            }
            if length > SMALL && room.is_none() {
                // Its length was not announced, so it may become as long as any.
                room = Some(self.reserve(limit, hold).await?);
            }
            pieces.push(piece);
        }
        Ok(Taken {
            bytes: pieces.whole(),
            room,
        })
    }

    async fn reserve(&self, bytes: usize, hold: Duration) -> Result<OwnedSemaphorePermit, BadBody> {
        let kilobytes = bytes.div_ceil(1024).min(ROOM_KB);
        let part = self
            .0
            .clone()
            .acquire_many_owned(u32::try_from(kilobytes).unwrap_or(u32::MAX));
        match timeout(hold, part).await {
            Ok(Ok(part)) => Ok(part),
            _ => Err(BadBody::NoRoom),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;

    use super::*;

    const LIMIT: usize = 64 * 1024 * 1024;
    const HOLD: Duration = Duration::from_secs(20);

    fn pieces(pieces: Vec<Vec<u8>>) -> impl HttpBody<Data = Bytes, Error = Infallible> {
        StreamBody::new(stream::iter(
            pieces
                .into_iter()
                .map(|piece| Ok(Frame::data(Bytes::from(piece)))),
        ))
    }

    #[tokio::test]
    async fn a_body_is_put_together_whatever_its_pieces() {
        let room = Room::new();
        for parts in [
            vec![],
            vec![b"abc".to_vec()],
            vec![b"a".to_vec(), vec![], b"bc".to_vec()],
        ] {
            let whole = parts.concat();
            assert_eq!(
                room.take(pieces(parts), LIMIT, HOLD).await.ok().unwrap().bytes,
                whole
            );
        }
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_announced_or_not() {
        let room = Room::new();
        assert_eq!(
            room.take(Full::new(Bytes::from(vec![0; 11])), 10, HOLD)
                .await
                .err(),
            Some(BadBody::TooLarge)
        );
        assert_eq!(
            room.take(pieces(vec![vec![0; 6], vec![0; 5]]), 10, HOLD)
                .await
                .err(),
            Some(BadBody::TooLarge)
        );
        assert!(
            room.take(pieces(vec![vec![0; 5], vec![0; 5]]), 10, HOLD)
                .await
                .is_ok()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stalls_is_given_up() {
        let never = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Infallible>>());
        assert_eq!(
            Room::new().take(never, LIMIT, HOLD).await.err(),
            Some(BadBody::Stalled)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn long_bodies_share_the_room_and_give_it_back() {
        let room = Room::new();
        let long = || pieces(vec![vec![0; SMALL], vec![0; 1]]);
        let (a, b) = (
            room.take(long(), LIMIT, HOLD).await,
            room.take(long(), LIMIT, HOLD).await,
        );
        assert!(a.is_ok() && b.is_ok());
        assert_eq!(room.take(long(), LIMIT, HOLD).await.err(), Some(BadBody::NoRoom));
        assert!(
            room.take(pieces(vec![vec![0; SMALL]]), LIMIT, HOLD).await.is_ok(),
            "a small one needs no room"
        );
        drop(a);
        assert!(room.take(long(), LIMIT, HOLD).await.is_ok());
    }
}
