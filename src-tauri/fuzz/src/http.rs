//! HTTP/1.1 as callers and laptops can write it, cut into packets anyhow. What we take of it, the general library takes in
//! the same way.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::{HeaderMap, Request, Response, StatusCode, body::Body, client, server, service::service_fn};
use hyper_util::rt::TokioIo;
use ligand_tunnel::{Answered, CallBody, Exchange, Pipe, PlainCalls};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    runtime::{Builder, Runtime},
};

/// More than an input is long, with all that is said to it.
const ROOM: usize = 4 * 1024 * 1024;
/// What a packet is a multiple of.
const STEP: usize = 16;
/// The most that is taken of a head.
const HEAD: usize = 1024;
const LINES: usize = 20;

/// The first byte says whose words the rest is, a caller's or a laptop's, and how long its packets are.
pub fn http(data: &[u8]) {
    let [how, text @ ..] = data else { return };
    let packet = match usize::from(how >> 1) {
        0 => text.len(),
        several => several * STEP,
    };
    let runtime = Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime needs nothing");
    if how & 1 == 0 {
        calls(&runtime, text, packet);
    } else {
        answer(&runtime, text, packet);
    }
}

#[derive(Debug, PartialEq)]
struct Call {
    line: String,
    headers: HeaderMap,
    body: Bytes,
}

type Calls = Arc<Mutex<Vec<Call>>>;

/// A caller's calls are the same ones, whether the general library reads all of them or only what we leave to it.
fn calls(runtime: &Runtime, text: &[u8], packet: usize) {
    runtime.block_on(async {
        let (whole, mixed) = (Calls::default(), Calls::default());
        generally(text, &whole).await;
        let mut plain = PlainCalls::new(Packets::of(text, packet), HEAD, LINES);
        let ended = loop {
            if !std::future::poll_fn(|cx| plain.poll_begun(cx)).await {
                break Answered::Last;
            }
            match plain.answer(|request| note(request, &mixed)).await {
                Answered::GoesOn => {}
                ended => break ended,
            }
        };
        if ended == Answered::NotPlain {
            let (packets, begun) = plain.into_parts();
            generally(&[&begun[..], &packets.rest()].concat(), &mixed).await;
        }
        let (whole, mixed) = (taken(whole), taken(mixed));
        assert!(mixed == whole, "{mixed:#?}\nis not\n{whole:#?}");
    });
}

/// What the general library makes of a connection.
async fn generally(text: &[u8], calls: &Calls) {
    let (mut caller, relay) = tokio::io::duplex(ROOM);
    caller.write_all(text).await.expect("there is room");
    caller.shutdown().await.expect("it is open");
    let service = service_fn(|request| note(request, calls));
    // How it ends is its own business. That nothing more will be said does not end it before all was read.
    let _ended = server::conn::http1::Builder::new()
        .half_close(true)
        .serve_connection(TokioIo::new(relay), service)
        .await;
    let _answers = caller.read_to_end(&mut Vec::new()).await;
}

async fn note<B: Body<Data = Bytes>>(
    request: Request<B>,
    calls: &Calls,
) -> Result<Response<String>, B::Error> {
    let (parts, body) = request.into_parts();
    let call = Call {
        line: format!("{} {} {:?}", parts.method, parts.uri, parts.version),
        headers: parts.headers,
        body: body.collect().await?.to_bytes(),
    };
    calls.lock().expect("nobody panics with it").push(call);
    Ok(Response::new(String::new()))
}

fn taken(calls: Calls) -> Vec<Call> {
    std::mem::take(&mut calls.lock().expect("nobody panics with it"))
}

type Said = (StatusCode, HeaderMap, Vec<u8>);

/// A laptop's answer is the same however it is cut, and what the general library takes it for.
fn answer(runtime: &Runtime, text: &[u8], packet: usize) {
    runtime.block_on(async {
        let said = ours(Packets::in_answer(text, packet)).await;
        let at_once = ours(Packets::in_answer(text, text.len())).await;
        assert!(said == at_once, "{said:?}\nis not\n{at_once:?}");
        if let (Some(said), Some(theirs)) = (said, theirs(text).await) {
            assert!(said == theirs, "{said:?}\nis not\n{theirs:?}");
        }
    });
}

async fn ours(packets: Packets) -> Option<Said> {
    let mut exchange = Exchange::new(packets);
    let request = Request::new(CallBody::empty());
    let parts = exchange.send(request, Some(Bytes::new())).await.ok()?;
    let mut body = Vec::new();
    while let Some(piece) = std::future::poll_fn(|cx| exchange.poll_content(cx)).await.ok()? {
        body.extend_from_slice(&piece);
    }
    // A protocol that nobody asked for has no answer.
    (parts.status != StatusCode::SWITCHING_PROTOCOLS).then_some((parts.status, parts.headers, body))
}

async fn theirs(text: &[u8]) -> Option<Said> {
    let (caller, mut laptop) = tokio::io::duplex(ROOM);
    let mut builder = client::conn::http1::Builder::new();
    let (mut sender, connection) = builder
        .max_headers(512)
        .handshake(TokioIo::new(caller))
        .await
        .ok()?;
    let asking = async {
        let request = Request::new(Empty::<Bytes>::new());
        let (parts, body) = sender.send_request(request).await.ok()?.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        Some((parts.status, parts.headers, body.to_vec()))
    };
    let answering = async {
        // Not before it was asked.
        let mut asked = [0; 1];
        laptop.read_exact(&mut asked).await.ok()?;
        laptop.write_all(text).await.ok()?;
        laptop.shutdown().await.ok()
    };
    let (said, _, _) = tokio::join!(asking, answering, connection);
    said
}

/// A pipe that brings packets, and then the end.
struct Packets {
    packets: VecDeque<Bytes>,
    /// Whether something has to be written first.
    waits: bool,
}

impl Packets {
    fn of(text: &[u8], length: usize) -> Self {
        let packets = text.chunks(length.max(1)).map(Bytes::copy_from_slice);
        Self {
            packets: packets.collect(),
            waits: false,
        }
    }

    /// The same, once it was asked.
    fn in_answer(text: &[u8], length: usize) -> Self {
        Self {
            waits: true,
            ..Self::of(text, length)
        }
    }

    fn rest(self) -> Vec<u8> {
        self.packets.into_iter().flatten().collect()
    }
}

impl Pipe for Packets {
    fn poll_packet(&mut self, _: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.waits {
            return Poll::Pending;
        }
        Poll::Ready(self.packets.pop_front().map(Ok))
    }

    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.waits = false;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
