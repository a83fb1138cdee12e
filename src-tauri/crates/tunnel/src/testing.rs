//! A stream with both its ends in one test.

use futures::AsyncReadExt as _;
use futures::future::poll_fn;
use tokio_util::compat::TokioAsyncReadCompatExt as _;

/// The relay's end and the laptop's end of a stream.
pub(crate) async fn streams() -> (yamux::Stream, yamux::Stream) {
    let (relay, laptop) = tokio::io::duplex(64 * 1024);
    let connection = |io: tokio::io::DuplexStream, mode| {
        yamux::Connection::new(io.compat(), yamux::Config::default(), mode)
    };
    let mut relay = connection(relay, yamux::Mode::Client);
    let mut laptop = connection(laptop, yamux::Mode::Server);
    let mut stream = poll_fn(|cx| relay.poll_new_outbound(cx)).await.unwrap();
    tokio::spawn(async move { while let Some(Ok(_)) = poll_fn(|cx| relay.poll_next_inbound(cx)).await {} });
    let (give, taken) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut give = Some(give);
        while let Some(Ok(stream)) = poll_fn(|cx| laptop.poll_next_inbound(cx)).await {
            if let Some(give) = give.take() {
                drop(give.send(stream));
            }
        }
    });
    // A stream begins with its first bytes.
    futures::AsyncWriteExt::write_all(&mut stream, b"!")
        .await
        .unwrap();
    let mut taken = taken.await.unwrap();
    taken.read_exact(&mut [0; 1]).await.unwrap();
    (stream, taken)
}

/// A head that the other side writes.
pub(crate) async fn head_of(stream: &mut yamux::Stream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        head.extend_from_slice(&byte);
    }
    String::from_utf8(head).unwrap()
}
