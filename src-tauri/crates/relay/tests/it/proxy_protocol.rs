//! Connections that a TCP proxy passes on, and those that only say so.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use crate::support::{Platform, RawCaller, Relay, timed};

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\r\n";
const LINE: &str = "PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n";

pub(crate) fn block() -> Vec<u8> {
    let mut block = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".to_vec();
    block.extend([192, 0, 2, 7, 10, 0, 0, 1, 0xdc, 0x04, 1, 0xbb]);
    block
}

/// A relay that takes this network's word.
async fn start(platform: &Platform, network: &str) -> Relay {
    Relay::start_with(tempfile::tempdir().unwrap(), platform, |options| {
        options.ingress.proxy_protocol_from = vec![network.parse().unwrap()];
        options.ingress.proxy_header_wait = Duration::from_secs(1);
    })
    .await
}

async fn answer(relay: &Relay, bytes: impl AsRef<[u8]>) -> String {
    let mut caller = RawCaller::connect(relay).await;
    // The relay may close before all of it is sent.
    drop(caller.0.write_all(bytes.as_ref()).await);
    String::from_utf8(caller.rest().await).unwrap()
}

#[tokio::test]
async fn a_call_after_a_header_of_either_version_is_answered() {
    let platform = Platform::start().await;
    let relay = start(&platform, "127.0.0.0/8").await;
    for header in [LINE.into(), b"PROXY UNKNOWN\r\n".to_vec(), block()] {
        let answered = answer(&relay, [&header, HEALTH.as_bytes()].concat()).await;
        assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
    }
}

#[tokio::test]
async fn from_a_network_that_is_named_nothing_goes_without_a_header() {
    let platform = Platform::start().await;
    let relay = start(&platform, "127.0.0.0/8").await;
    assert_eq!(answer(&relay, HEALTH).await, "");
    assert_eq!(answer(&relay, "PROXY TCP4 nonsense\r\n").await, "");
    // A second header is no header: it is the beginning of a request, and none that can be read.
    let twice = format!("{LINE}{LINE}{HEALTH}");
    assert!(answer(&relay, twice).await.starts_with("HTTP/1.1 400"));
    let mut silent = RawCaller::connect(&relay).await;
    silent.write("PROXY ").await;
    let (took, ended) = timed(silent.rest()).await;
    assert_eq!(ended, b"");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn from_a_network_that_is_not_named_a_header_is_a_bad_request() {
    let platform = Platform::start().await;
    let relay = start(&platform, "10.0.0.0/8").await;
    for header in [LINE.into(), block()] {
        let answered = answer(&relay, [&header, HEALTH.as_bytes()].concat()).await;
        assert!(answered.starts_with("HTTP/1.1 400"), "{answered}");
    }
    assert!(answer(&relay, HEALTH).await.starts_with("HTTP/1.1 200"));
}
