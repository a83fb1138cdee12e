//! Requests that another server could read in another way: they are refused, and no part of them is a request.

use std::sync::{Arc, Mutex};

use http_body_util::BodyExt as _;
use hyper::Request;
use ligand_tunnel::CallContent;

use crate::support::{Answered, Laptop, Platform, RawCaller, Relay, Served, path, text};

type Seen = Arc<Mutex<Vec<String>>>;

/// Notes each call that arrives whole, and answers "seen".
fn noting(
    seen: &Seen,
) -> impl Fn(Request<CallContent>) -> futures::future::BoxFuture<'static, Answered> + Clone + use<> {
    let seen = seen.clone();
    move |request| {
        let seen = seen.clone();
        Box::pin(async move {
            let target = request.uri().to_string();
            if request.into_body().collect().await.is_ok() {
                seen.lock().unwrap().push(target);
            }
            Ok(text("seen"))
        })
    }
}

struct Scene {
    relay: Relay,
    served: Served,
    seen: Seen,
    _platform: Platform,
}

impl Scene {
    async fn set() -> Self {
        let platform = Platform::start().await;
        let relay = Relay::start(&platform).await;
        let seen = Seen::default();
        let served = Laptop::known(&platform, &relay).serve(noting(&seen)).await;
        Self {
            relay,
            served,
            seen,
            _platform: platform,
        }
    }

    fn doors(&self) -> [String; 2] {
        [path(&self.served.shared_door), path(&self.served.platform_door)]
    }

    /// Everything that the relay says to these bytes until it ends the connection.
    async fn said_to(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut caller = RawCaller::connect(&self.relay).await;
        caller.write(bytes).await;
        String::from_utf8(caller.rest().await).unwrap()
    }

    /// Sees that this is answered with one 400 and the end of the connection, and reached nobody.
    async fn refuses(&self, bytes: impl AsRef<[u8]>) {
        let said = self.said_to(bytes.as_ref()).await;
        let shown = String::from_utf8_lossy(bytes.as_ref());
        let shown: String = shown.chars().take(300).collect();
        assert!(said.starts_with("HTTP/1.1 400"), "{shown:?}: {said:?}");
        assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{shown:?}: {said:?}");
        let seen = self.seen.lock().unwrap();
        assert!(seen.is_empty(), "{shown:?}: {seen:?} reached the laptop");
    }
}

/// What would be a request of its own for whoever reads the first one's end earlier.
fn hidden(door: &str) -> String {
    format!("GET {door}/hidden HTTP/1.1\r\nhost: r\r\n\r\n")
}

#[tokio::test]
async fn a_request_with_both_lengths_is_refused_and_nothing_after_it_is_a_request() {
    let scene = Scene::set().await;
    for door in scene.doors() {
        let hidden = hidden(&door);
        for lengths in [
            "content-length: 5\r\ntransfer-encoding: chunked\r\n",
            "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
            "Transfer-Encoding:\tChunked\r\nX: y\r\nContent-Length:0\r\n",
        ] {
            scene
                .refuses(format!(
                    "POST {door} HTTP/1.1\r\nhost: r\r\n{lengths}\r\n0\r\n\r\n{hidden}"
                ))
                .await;
        }
    }
}

#[tokio::test]
async fn both_lengths_are_refused_in_a_later_request_of_a_connection_too() {
    let scene = Scene::set().await;
    let door = path(&scene.served.shared_door);
    let chunked =
        format!("POST {door} HTTP/1.1\r\nhost: r\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    let mut caller = RawCaller::connect(&scene.relay).await;
    for first in [crate::support::post(&door, "x\r\ncontent-length: 1\r\n"), chunked] {
        caller.write(first).await;
        assert!(caller.until("seen").await.starts_with("HTTP/1.1 200"));
    }
    scene.seen.lock().unwrap().clear();
    caller
        .write(format!(
            "POST {door} HTTP/1.1\r\nhost: r\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{}",
            hidden(&door)
        ))
        .await;
    let said = String::from_utf8(caller.rest().await).unwrap();
    assert!(
        said.starts_with("HTTP/1.1 400") && said.matches("HTTP/1.1 ").count() == 1,
        "{said}"
    );
    assert!(scene.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn lengths_that_are_no_length_are_refused() {
    let scene = Scene::set().await;
    for door in scene.doors() {
        for lengths in [
            "content-length: 1\r\ncontent-length: 2",
            "content-length: 1, 2",
            "content-length: +1",
            "content-length: -1",
            "content-length: 0x1",
            "content-length: 1 1",
            "content-length:",
            "content-length: 99999999999999999999",
            "content-length : 1",
            "transfer-encoding: chunked, chunked",
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
            "transfer-encoding: identity",
            "transfer-encoding: gzip",
            "transfer-encoding: chunked, identity",
            "transfer-encoding: \"chunked\"",
            "transfer-encoding: chunked;x=1",
            "transfer-encoding:\u{b}chunked",
            "transfer-encoding : chunked",
            "transfer-encoding:",
        ] {
            scene
                .refuses(format!(
                    "POST {door} HTTP/1.1\r\nhost: r\r\n{lengths}\r\n\r\n{}",
                    hidden(&door)
                ))
                .await;
        }
    }
}

#[tokio::test]
async fn chunks_that_are_none_are_refused_and_their_call_never_arrives_whole() {
    let scene = Scene::set().await;
    for door in scene.doors() {
        for chunks in [
            "zz\r\nab\r\n0\r\n\r\n",
            "-1\r\nab\r\n0\r\n\r\n",
            "0x2\r\nab\r\n0\r\n\r\n",
            "\r\nab\r\n0\r\n\r\n",
            "10000000000000000\r\nab\r\n0\r\n\r\n",
            "2\r\nabc\r\n0\r\n\r\n",
            "2;\nx\r\nab\r\n0\r\n\r\n",
        ] {
            scene
                .refuses(format!(
                    "POST {door} HTTP/1.1\r\nhost: r\r\ntransfer-encoding: chunked\r\n\r\n{chunks}"
                ))
                .await;
        }
    }
}

#[tokio::test]
async fn heads_that_are_none_are_refused() {
    let scene = Scene::set().await;
    for door in scene.doors() {
        for head in [
            format!("POST {door} HTTP/1.1\r\nhost: r\r\nx: a\r\n b\r\n\r\n"),
            format!("POST {door} HTTP/1.1\r\nhost: r\r\nx: a\r\n\tb\r\n\r\n"),
            format!("POST {door} HTTP/1.1\r\n host: r\r\n\r\n"),
            format!("POST {door} HTTP/1.1\r\nhost: r\r\nhost: r\r\n\r\n"),
            format!("POST {door} HTTP/1.1\r\n\r\n"),
            format!("POST http://r{door} HTTP/1.1\r\nhost: r\r\n\r\n"),
            format!("POST https://r:443{door} HTTP/1.1\r\nhost: r\r\n\r\n"),
            format!("POST {door} HTTP/1.1\r\nhost: r\r\nno colon\r\n\r\n"),
            format!("POST {door} HTTP/1.1\r\nhost: r\r\n: no name\r\n\r\n"),
            format!("POST {door} HTTP/1.1\r\nhost: r\r\nx y: 1\r\n\r\n"),
            format!("POST {door} HTTP/1.1\r\nhost: r\r\nx\u{0}: 1\r\n\r\n"),
            format!("POST {door} HTTP/1.1\r\nhost: r\r\nx: a\u{0}b\r\n\r\n"),
            format!("POST {door} HTTP/1.1\r\nhost: r\r\nx: a\rb\r\n\r\n"),
            format!("POST {door} HTTP/1.1\r\nhost: r\r\nx: a\u{7f}b\r\n\r\n"),
            format!("POST {door}\u{1} HTTP/1.1\r\nhost: r\r\n\r\n"),
            format!("POST {door} x HTTP/1.1\r\nhost: r\r\n\r\n"),
            format!("PO ST {door} HTTP/1.1\r\nhost: r\r\n\r\n"),
            format!("POST {door} HTTP/1.2\r\nhost: r\r\n\r\n"),
            format!("POST {door} HTTP/3.0\r\nhost: r\r\n\r\n"),
            format!("POST {door} http/1.1\r\nhost: r\r\n\r\n"),
            format!("POST {door}\r\n\r\n"),
            format!("GET {door}\r\n"),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        ] {
            scene.refuses(head).await;
        }
    }
}

#[tokio::test]
async fn heads_over_64_kb_and_of_too_many_lines_never_reach_the_laptop() {
    let scene = Scene::set().await;
    for door in scene.doors() {
        for filler in [
            format!("x: {}\r\n", "x".repeat(80 * 1024)),
            "x: y\r\n".repeat(20_000),
            format!("{}: y\r\n", "x".repeat(100 * 1024)),
        ] {
            // The relay answers before it has read all of it, and may end the connection under the writer's pen.
            let mut caller = RawCaller::connect(&scene.relay).await;
            let head = format!("POST {door} HTTP/1.1\r\nhost: r\r\n{filler}\r\n");
            drop(tokio::io::AsyncWriteExt::write_all(&mut caller.0, head.as_bytes()).await);
            let said = String::from_utf8(caller.rest().await).unwrap();
            assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
        }
        let long = format!("{door}?{}", "x".repeat(100 * 1024));
        let mut caller = RawCaller::connect(&scene.relay).await;
        drop(
            tokio::io::AsyncWriteExt::write_all(
                &mut caller.0,
                format!("GET {long} HTTP/1.1\r\nhost: r\r\n\r\n").as_bytes(),
            )
            .await,
        );
        let said = String::from_utf8(caller.rest().await).unwrap();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    }
    assert!(scene.seen.lock().unwrap().is_empty());
}
