//! Connections that do not come about, break, or never end.

use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::stream;
use ligand_platform::{Error, Kind, Stage};
use serde_json::json;
use tokio::{io::AsyncReadExt, net::TcpListener};

use crate::common::{StoppedClock, WORKSPACE, answering_json, client, code, raw, recording_with, token};

/// Short, so that the tests end; it is what counts here that there is an end.
const SOON: Duration = Duration::from_millis(200);
/// Less than the 15 s of a call that is given no deadline of its own.
const IN_TIME: Duration = Duration::from_secs(10);
/// Longer than any test takes.
const LATE: Duration = Duration::from_secs(120);

async fn health(base: &str) -> Error {
    let error = client(base).health().await.unwrap_err();
    assert_eq!(error.stage, Stage::Health);
    code(&error);
    error
}

async fn send(base: &str, deadline: Duration) -> Error {
    let sent = client(base)
        .send(Some(&token()), WORKSPACE, &json!({}), deadline)
        .await;
    let error = sent.unwrap_err();
    assert_eq!(error.stage, Stage::Send);
    code(&error);
    error
}

/// A port of this machine where nobody listens.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn a_refused_connection_is_an_unreachable_platform() {
    let error = health(&format!("http://127.0.0.1:{}", free_port().await)).await;
    assert_eq!(error.kind.code(), "unreachable", "{error}");
}

#[tokio::test]
async fn an_unknown_host_name_is_an_unreachable_platform() {
    // RFC 6761 keeps this name from ever existing. A proxy that is set for tests may look it up for us instead.
    let error = health("http://nowhere.invalid").await;
    assert_eq!(error.kind.code(), "unreachable", "{error}");
}

#[tokio::test]
async fn tls_to_a_port_that_speaks_none_is_a_tls_fault() {
    let server = answering_json(200, &json!({"status": "ok"})).await;
    let error = health(&server.base.replace("http://", "https://")).await;
    assert_eq!(error.kind.code(), "tls", "{error}");
}

#[tokio::test]
async fn a_tls_handshake_that_breaks_off_is_a_tls_fault_and_one_without_end_meets_the_deadline() {
    for (closes, kind) in [(true, "tls"), (false, "timeout")] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("https://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let mut stream = listener.accept().await.unwrap().0;
            let mut hello = vec![0; 1 << 14];
            assert!(stream.read(&mut hello).await.unwrap() > 0);
            if !closes {
                std::future::pending::<()>().await;
            }
        });
        let error = send(&base, if closes { LATE } else { SOON }).await;
        assert_eq!(error.kind.code(), kind, "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_is_never_ready_does_not_take_a_long_calls_whole_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let clock = StoppedClock::stop();
    let no_handshake = async {
        let mut stream = listener.accept().await.unwrap().0;
        assert!(stream.read(&mut [0; 1]).await.unwrap() > 0);
        clock.pass(Duration::from_secs(10)).await;
        std::future::pending::<()>().await;
    };
    let error = tokio::select! {
        error = clock.now(send(&base, LATE)) => error,
        () = no_handshake => unreachable!(),
    };
    assert_eq!(error.kind.code(), "timeout", "{error}");
}

#[tokio::test]
async fn a_connection_closed_before_the_answer_is_an_unreachable_platform() {
    let server = raw(b"", true).await;
    assert_eq!(health(&server.base).await.kind.code(), "unreachable");
    let server = raw(b"HTTP/1.1 200 OK\r\nconte", true).await;
    assert_eq!(health(&server.base).await.kind.code(), "unreachable");
}

#[tokio::test]
async fn a_body_cut_in_the_middle_is_an_unreachable_platform_and_no_answer() {
    let sized = raw(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{\"status\":\"ok\"}",
        true,
    );
    let chunked = raw(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nf\r\n{\"status\":\"ok\"}\r\n",
        true,
    );
    for server in [sized.await, chunked.await] {
        let error = health(&server.base).await;
        assert_eq!(error.kind.code(), "unreachable", "{error}");
    }
}

#[tokio::test]
async fn what_does_not_speak_http_is_an_error_of_one_line() {
    let server = raw(b"SSH-2.0-OpenSSH_9.9\r\n", true).await;
    let error = health(&server.base).await;
    assert_eq!(error.kind.code(), "unreachable", "{error}");
}

#[tokio::test]
async fn a_server_that_says_nothing_or_stops_halfway_meets_the_deadline() {
    let silent = raw(b"", false);
    let halfway = raw(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{\"status\":",
        false,
    );
    for server in [silent.await, halfway.await] {
        let error = tokio::time::timeout(IN_TIME, send(&server.base, SOON))
            .await
            .unwrap();
        assert_eq!(error.kind.code(), "timeout", "{error}");
    }
}

/// JSON after this many spaces, in chunks and without its length told beforehand.
fn json_of(bytes: usize) -> Body {
    let filling = vec![Bytes::from(vec![b' '; 1 << 20]); bytes >> 20];
    let last = Bytes::from(vec![b' '; bytes % (1 << 20)]);
    let chunks = filling.into_iter().chain([last, Bytes::from_static(b"{}")]);
    Body::from_stream(stream::iter(chunks.map(Ok::<_, std::io::Error>)))
}

#[tokio::test]
async fn a_body_is_read_up_to_16_mib_and_no_further() {
    let (server, _) = recording_with(|asked| {
        let more = usize::from(asked.path == "/health");
        (
            [("content-type", "application/json")],
            json_of((16 << 20) - 2 + more),
        )
    })
    .await;
    let read = server.platform().send(None, WORKSPACE, &json!({}), LATE).await;
    assert_eq!(read.unwrap(), ligand_platform::Answer::Replied(json!({})));
    let error = health(&server.base).await;
    let Kind::Protocol(why) = &error.kind else {
        panic!("{error}")
    };
    assert_eq!(why, "it is longer than 16 MiB");
}

#[tokio::test]
async fn a_body_without_end_is_given_up() {
    let (server, _) = recording_with(|_| {
        let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b'['; 1 << 20])));
        ([("content-type", "application/json")], Body::from_stream(endless))
    })
    .await;
    assert_eq!(health(&server.base).await.kind.code(), "protocol");
}
