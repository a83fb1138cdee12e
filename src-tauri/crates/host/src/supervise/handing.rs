//! A program's three standard streams on their way from the host to the guard that starts it, over their socket.
//!
//! The guard has none of them as its own: what it says itself would be taken for the program's words, and what it holds
//! would not end with the program.

use std::{
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::{
        fd::{BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
};

use rustix::{
    io::{FdFlags, fcntl_setfd},
    net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
        SendFlags, recvmsg, sendmsg,
    },
};

/// They travel with a byte: without one nothing is sent.
const WITH: u8 = b's';

/// Hands over standard input, output and error, in this order.
pub(super) fn send(to: &UnixStream, streams: &[BorrowedFd<'_>; 3]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut message = SendAncillaryBuffer::new(&mut space);
    message.push(SendAncillaryMessage::ScmRights(streams));
    sendmsg(to, &[IoSlice::new(&[WITH])], &mut message, SendFlags::empty())?;
    Ok(())
}

/// Takes them.
pub(super) fn receive(from: &UnixStream) -> io::Result<[OwnedFd; 3]> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut message = RecvAncillaryBuffer::new(&mut space);
    let mut with = [0];
    recvmsg(
        from,
        &mut [IoSliceMut::new(&mut with)],
        &mut message,
        RecvFlags::empty(),
    )?;
    let mut streams = Vec::new();
    for part in message.drain() {
        if let RecvAncillaryMessage::ScmRights(handed) = part {
            streams.extend(handed);
        }
    }
    // The program gets them as its standard streams, and no copies besides.
    for stream in &streams {
        fcntl_setfd(stream, FdFlags::CLOEXEC)?;
    }
    let streams: Result<[OwnedFd; 3], _> = streams.try_into();
    streams.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "no streams were handed over"))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn what_is_handed_over_is_the_same_stream_and_ends_with_its_last_copy() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (mut read, write) = io::pipe().unwrap();
        send(&ours, &[write.as_fd(); 3]).unwrap();
        drop(write);
        let [_, _, last] = receive(&theirs).unwrap();
        std::fs::File::from(last).write_all(b"heard").unwrap();
        let mut heard = String::new();
        read.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "heard");
    }

    #[test]
    fn a_socket_that_brings_no_streams_is_refused() {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        ours.write_all(b"x").unwrap();
        assert!(receive(&theirs).is_err());
        drop(ours);
        assert!(receive(&theirs).is_err());
    }
}
