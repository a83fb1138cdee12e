//! The listener with TLS: who gets in, who does not, and that nobody who does not is anybody else's trouble.

use std::time::Duration;

use ligand_relay::{Ingress, Security};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::tls::{Authority, Pair, write};
use crate::support::{Platform, RawCaller, Relay, post, soon, timed};

/// A relay that speaks TLS with this pair.
pub(crate) async fn start(platform: &Platform, pair: &Pair, decide: impl FnOnce(&mut Ingress)) -> Relay {
    Relay::start_with(tempfile::tempdir().unwrap(), platform, |options| {
        options.ingress.security = Security::Files {
            certificate: pair.certificate.clone(),
            key: pair.key.clone(),
        };
        decide(&mut options.ingress);
    })
    .await
}

async fn is_healthy(authority: &Authority, relay: &Relay) -> bool {
    let url = format!("https://{}/healthz", relay.addr());
    soon(authority.client().get(url).send())
        .await
        .is_ok_and(|answer| answer.status() == 200)
}

#[tokio::test]
async fn http_2_is_not_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path());
    let platform = Platform::start().await;
    let relay = start(&platform, &authority.issue(&["127.0.0.1"]), |_| {}).await;
    let connect =
        |protocols: &'static [&'static str]| authority.connect(relay.addr(), "127.0.0.1", protocols);
    let both = connect(&["h2", "http/1.1"]).await.unwrap();
    assert_eq!(both.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let none = connect(&[]).await.unwrap();
    assert_eq!(none.get_ref().1.alpn_protocol(), None);
    let error = connect(&["h2"]).await.unwrap_err();
    assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
    assert!(is_healthy(&authority, &relay).await);
}

#[tokio::test]
async fn what_is_no_handshake_ends_and_nobody_else_notices() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path());
    let platform = Platform::start().await;
    let relay = start(&platform, &authority.issue(&["127.0.0.1"]), |_| {}).await;
    let mut noise = vec![0; 3000];
    rand::fill(noise.as_mut_slice());
    let plain = post("/w/x", "hello").into_bytes();
    for bytes in [plain, noise, vec![0x16, 3, 1, 0xff, 0xff], vec![]] {
        let mut caller = RawCaller::connect(&relay).await;
        // The relay may have closed before all of it is sent.
        drop(caller.0.write_all(&bytes).await);
        drop(caller.0.shutdown().await);
        let answer = caller.rest().await;
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    }
    assert!(is_healthy(&authority, &relay).await);
}

#[tokio::test]
async fn tls_1_1_is_refused_by_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path());
    let platform = Platform::start().await;
    let relay = start(&platform, &authority.issue(&["127.0.0.1"]), |_| {}).await;
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    // No session, one cipher suite that was common then, no compression, no extensions.
    hello.extend([0, 0, 2, 0xc0, 0x13, 1, 0]);
    let mut record = vec![0x16, 3, 1, 0, hello.len() as u8 + 4, 1, 0, 0, hello.len() as u8];
    record.extend(hello);
    let mut caller = RawCaller::connect(&relay).await;
    caller.write(record).await;
    let answer = caller.rest().await;
    // A fatal alert, and nothing else.
    assert!(matches!(answer[..], [0x15, 3, _, 0, 2, 2, _]), "{answer:?}");
}

#[tokio::test]
async fn handshakes_that_do_not_end_are_cut_and_hold_nobody_up_for_longer() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path());
    let platform = Platform::start().await;
    let relay = start(&platform, &authority.issue(&["127.0.0.1"]), |ingress| {
        ingress.tls_handshakes = 2;
        ingress.tls_handshake_wait = Duration::from_secs(2);
    })
    .await;
    let mut silent = RawCaller::connect(&relay).await;
    let mut begun = Vec::new();
    for _ in 0..2 {
        let mut caller = RawCaller::connect(&relay).await;
        caller.write(authority.hello("127.0.0.1")).await;
        // The relay has answered, and waits.
        assert!(soon(caller.0.read_u8()).await.is_ok());
        begun.push(caller);
    }
    let (took, healthy) = timed(is_healthy(&authority, &relay)).await;
    assert!(
        !healthy || took > Duration::from_millis(500),
        "both places were taken"
    );
    for caller in &mut begun {
        caller.rest().await;
    }
    assert_eq!(silent.rest().await, b"");
    assert!(is_healthy(&authority, &relay).await, "both places are free again");
}

#[tokio::test]
async fn callers_that_say_nothing_do_not_keep_others_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path());
    let platform = Platform::start().await;
    let relay = start(&platform, &authority.issue(&["127.0.0.1"]), |ingress| {
        ingress.tls_handshakes = 1;
        ingress.tls_handshake_wait = Duration::from_secs(300);
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(RawCaller::connect(&relay).await);
    }
    assert!(is_healthy(&authority, &relay).await);
}

#[tokio::test]
async fn callers_that_begin_no_handshake_make_room_where_all_places_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path());
    let platform = Platform::start().await;
    let pair = authority.issue(&["127.0.0.1"]);
    let relay = Relay::start_with(tempfile::tempdir().unwrap(), &platform, |options| {
        options.ingress.security = Security::Files {
            certificate: pair.certificate.clone(),
            key: pair.key.clone(),
        };
        options.ingress.tls_handshake_wait = Duration::from_secs(300);
        options.limits.connections = 2;
    })
    .await;
    let _silent = [RawCaller::connect(&relay).await, RawCaller::connect(&relay).await];
    soon(async { while relay.metric("connections").await < 2 {} }).await;
    assert!(is_healthy(&authority, &relay).await);
    relay.hit("connections").await;
}

#[tokio::test]
async fn a_new_certificate_comes_into_use_and_a_broken_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path());
    let platform = Platform::start().await;
    let pair = authority.issue(&["old.example"]);
    let relay = Relay::start_with(tempfile::tempdir().unwrap(), &platform, |options| {
        options.ingress.security = Security::Files {
            certificate: pair.certificate.clone(),
            key: pair.key.clone(),
        };
    })
    .await;
    let reload = relay.running.certificate_reload().unwrap();
    let serves = async |name: &str| authority.connect(relay.addr(), name, &[]).await.is_ok();
    let comes = async |name: &str| {
        soon(async {
            while !serves(name).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    };
    assert!(serves("old.example").await && !serves("new.example").await);
    let before = TcpStream::connect(relay.addr()).await.unwrap();
    let mut before = authority.secure(before, "old.example", &[]).await.unwrap();

    authority.issue(&["new.example"]);
    reload.now();
    comes("new.example").await;
    before
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    soon(before.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "what was open before goes on");

    let good_key = std::fs::read_to_string(&pair.key).unwrap();
    let other_key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for broken in ["", "nonsense", &other_key] {
        write(&pair.key, broken);
        reload.now();
    }
    // The files are also looked at without being asked: a good pair after all the broken ones comes by itself.
    assert!(serves("new.example").await, "the old one stays in use");
    write(&pair.key, &good_key);
    authority.issue(&["newest.example"]);
    comes("newest.example").await;
}
