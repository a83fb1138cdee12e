//! What a socket is read into, for a [`Pipe`](super::Pipe): with as much room as what comes has filled lately, and its
//! memory used again once nobody has what was read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncRead;
use tokio_util::io::poll_read_buf;

use crate::adapter::FRAME_BYTES;

/// Room for what is read at once: that of a usual message at first, and more for what fills it, up to what a long message of a
/// link has room for.
const LEAST_ROOM: usize = 8 * 1024;
const MOST_ROOM: usize = 4 * FRAME_BYTES;

/// See the module.
#[derive(Debug)]
pub struct Room {
    room: BytesMut,
    /// How much there is to be.
    wanted: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            room: BytesMut::new(),
            wanted: LEAST_ROOM,
        }
    }
}

impl Room {
    /// The next bytes. `None` when the other side has closed.
    pub fn poll_packet(
        &mut self,
        mut socket: impl AsyncRead + Unpin,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        if self.room.capacity() < self.wanted / 4 {
            self.room.reserve(self.wanted);
        }
        let room = self.room.capacity();
        // A socket of the runtime remembers that a read which did not fill its room took everything, and does not ask the
        // system again.
        let length = match ready!(poll_read_buf(Pin::new(&mut socket), cx, &mut self.room)) {
            Ok(0) => return Poll::Ready(None),
            Ok(length) => length,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        if length == room {
            self.wanted = MOST_ROOM.min(self.wanted * 2);
        } else if length < self.wanted / 4 {
            self.wanted = LEAST_ROOM.max(self.wanted / 2);
        }
        Poll::Ready(Some(Ok(self.room.split().freeze())))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[tokio::test]
    async fn everything_is_read_in_order_with_room_that_fits_it() {
        let (mut near, mut far) = tokio::io::duplex(256 * 1024);
        let sent: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
        let expected = sent.clone();
        let sending = tokio::spawn(async move {
            near.write_all(&sent).await.unwrap();
            near.write_all(b"end").await.unwrap();
        });
        let (mut room, mut received, mut most) = (Room::default(), Vec::new(), 0);
        while let Some(packet) = std::future::poll_fn(|cx| room.poll_packet(&mut far, cx)).await {
            received.extend_from_slice(&packet.unwrap());
            most = most.max(room.wanted);
        }
        sending.await.unwrap();
        assert_eq!(received, [&expected[..], b"end"].concat());
        assert!(most > LEAST_ROOM && most <= MOST_ROOM);
    }
}
