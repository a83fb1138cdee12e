//! A laptop far from its relay: 50 ms there and back, and one packet in a hundred is lost, each way.
//!
//! Both ends of the way have the kernel's own TCP, with a congestion control that minds loss. What a link makes of
//! the way is compared with one TLS connection over the same way at the same time: loss is the only thing that bounds
//! either, so that they do not disturb each other.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use futures::{StreamExt as _, stream};
use ligand_e2e::network::{Conditions, Distance, Family, Laptop, World, in_a_network_of_its_own};
use ligand_e2e::{Host, LONGEST_GAP, Process, Scratch, binary, now, upstream};
use reqwest::{Body, Certificate, Client};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::CancellationToken;

use crate::alone;

const AWAY: Conditions = Conditions {
    round_trip: Duration::from_millis(50),
    loss: 0.01,
    seed: 1,
};
/// Every kernel has it, and where so much is lost CUBIC, which laptops have, does the same.
const CONGESTION_CONTROL: (&str, &str) = ("ipv4/tcp_congestion_control", "reno");
/// Nothing stands still for longer.
const STALL: Duration = Duration::from_secs(2);
/// How much longer than over plain TLS a bulk may take.
const TIMES: f64 = 2.0;
/// How many plain bulks there are beside each one through the tunnel.
const PLAIN_BESIDE: usize = 3;
/// The time between two small calls beside a bulk.
const CALL_EVERY: Duration = Duration::from_millis(50);
/// What a small call carries.
const CALL_BYTES: usize = 1024;
/// How much is written at once.
const CHUNK: usize = 16 * 1024;
/// The relay's port and that of the plain server.
const RELAY: u16 = 9443;
const PLAIN: u16 = 9444;
/// What hangs has failed.
const DEADLINE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn far_away_nothing_stalls_and_a_bulk_takes_at_most_twice_as_long_as_over_plain_tls() {
    let _alone = alone().await;
    if in_a_network_of_its_own(
        "distance::far_away_nothing_stalls_and_a_bulk_takes_at_most_twice_as_long_as_over_plain_tls",
    ) {
        far_away(3, 2_000_000).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes two minutes: cargo xtask test --full"]
async fn far_away_nothing_stalls_in_long_bulks_either() {
    let _alone = alone().await;
    if in_a_network_of_its_own("distance::far_away_nothing_stalls_in_long_bulks_either") {
        far_away(5, 4_000_000).await;
    }
}

/// The way of a bulk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// From the laptop, where the agent is.
    Down,
    /// To the laptop.
    Up,
}

/// How a bulk went.
#[derive(Debug, Clone, Copy)]
struct Went {
    took: Duration,
    longest_gap: Duration,
}

async fn far_away(rounds: usize, bytes: usize) {
    if !Distance::can_be_made() {
        eprintln!("SKIPPED: a distance needs a kernel with VXLAN");
        return;
    }
    let world = World::new(Family::V4).await;
    let (laptop, far) = (world.topology.laptop(1), world.topology.laptop(2));
    let distance = Distance::between(&world.topology, [&laptop, &far], AWAY).await;
    for end in [&laptop, &far] {
        end.set(CONGESTION_CONTROL.0, CONGESTION_CONTROL.1);
    }
    let relay_at = SocketAddr::new(distance.ends()[1], RELAY);
    far.also_at(relay_at.ip());
    let (of_relay, of_host) = (world.scratch_with_usual_log(), world.scratch_with_usual_log());
    let _relay = relay(&world, &far, &of_relay, relay_at).await;

    let agent = laptop.socket();
    agent.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let agent = agent.listen(1024).unwrap();
    let workspace = world.create("Far away").await;
    let mut profile = world.profile(&workspace);
    profile.relay = Some(format!("https://{relay_at}"));
    profile.agent = Some(format!("http://{}", agent.local_addr().unwrap()));
    profile.shared = true;
    tokio::spawn(upstream(agent, None));
    let variables = Host::file_vault();
    Host::prepare(&of_host, &profile, &workspace, &variables).await;
    let host = world.up(&laptop, &of_host, variables);
    host.online().await;

    let authority = std::fs::read(world.authority().file()).unwrap();
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only([Certificate::from_pem(&authority).unwrap()])
        .timeout(DEADLINE)
        .build()
        .unwrap();
    let tunnel = Tunnel {
        client,
        door: host.door("shared").await,
    };
    let plain = Plain::start(&world, &laptop, &far, relay_at).await;
    for direction in [Direction::Down, Direction::Up] {
        let Err(why) = compare(&tunnel, &plain, direction, rounds, bytes).await else {
            continue;
        };
        // Which packets are lost decides much in a few rounds, and less in more of them.
        eprintln!("once more, with more rounds: {why}");
        if let Err(why) = compare(&tunnel, &plain, direction, 3 * rounds, bytes).await {
            panic!("{why}");
        }
    }
}

/// What does not hold, if anything.
async fn compare(
    tunnel: &Tunnel,
    plain: &Plain<'_>,
    direction: Direction,
    rounds: usize,
    bytes: usize,
) -> Result<(), String> {
    let (mut tunnelled, mut plainly, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let over = CancellationToken::new();
        let bulk = async {
            let went = tunnel.bulk(direction, bytes).await;
            over.cancel();
            went
        };
        // Several, since what is lost of one decides much.
        let plain = join_all((0..PLAIN_BESIDE).map(|_| plain.bulk(direction, bytes)));
        let (went, beside, plain) = tokio::join!(bulk, tunnel.small_calls(&over), plain);
        eprintln!(
            "{direction:?}: {went:.2?}, slowest call beside it {:.2?}, plain {plain:.2?}",
            beside.iter().max()
        );
        if went.longest_gap >= STALL {
            return Err(format!("{direction:?}: nothing came for a while: {went:?}"));
        }
        calls.extend(beside);
        tunnelled.push(went.took);
        plainly.extend(plain);
    }
    assert!(
        calls.len() >= 4 * rounds,
        "{direction:?}: only {} calls beside it",
        calls.len()
    );
    let slowest = calls.iter().max().unwrap();
    if *slowest >= STALL {
        return Err(format!("{direction:?}: a call took {slowest:?}"));
    }
    let (tunnelled, plainly) = (median(tunnelled), median(plainly));
    let times = tunnelled.as_secs_f64() / plainly.as_secs_f64();
    eprintln!(
        "{direction:?}: {bytes} bytes in {tunnelled:.2?}, plain in {plainly:.2?}: {times:.2} times as long; \
         median call {:.2?} of {}, slowest {slowest:.2?}",
        median(calls.clone()),
        calls.len()
    );
    if times >= TIMES {
        return Err(format!(
            "{direction:?}: {tunnelled:?}, and {plainly:?} over plain TLS"
        ));
    }
    Ok(())
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}

/// A relay at the far end, with its own TLS.
async fn relay(world: &World, far: &Laptop<'_>, scratch: &Scratch, at: SocketAddr) -> Process {
    let [certificate, key] = world.authority().files(scratch, at.ip());
    let mut command = far.command(binary("ligand-relay"));
    command.args(["serve", "--listen", &format!("0.0.0.0:{}", at.port())]);
    command.args([
        "--public-url",
        &format!("https://{at}"),
        "--platform",
        world.org_url(),
    ]);
    command.arg("--secret-file").arg(scratch.path("relay.secret"));
    command
        .arg("--tls-cert")
        .arg(certificate)
        .arg("--tls-key")
        .arg(key);
    let mut relay = Process::start(scratch, "relay", command, &[]);
    let listens = |line: &str| line.contains("listening on").then_some(());
    relay.line("where it listens", listens).await;
    relay
}

/// What is carried by the link.
struct Tunnel {
    client: Client,
    door: String,
}

impl Tunnel {
    async fn bulk(&self, direction: Direction, bytes: usize) -> Went {
        let began = now();
        let longest_gap = match direction {
            Direction::Down => self.down(bytes).await,
            Direction::Up => self.up(bytes).await,
        };
        Went {
            took: began.elapsed(),
            longest_gap,
        }
    }

    async fn down(&self, bytes: usize) -> Duration {
        let (mut last, mut longest, mut received) = (now(), Duration::ZERO, 0);
        let url = format!("{}/down?bytes={bytes}", self.door);
        let answer = self.client.get(url).send().await.unwrap();
        let mut body = answer.error_for_status().unwrap().bytes_stream();
        while let Some(part) = body.next().await {
            received += part.unwrap().len();
            longest = longest.max(last.elapsed());
            last = now();
        }
        assert_eq!(received, bytes);
        longest
    }

    async fn up(&self, bytes: usize) -> Duration {
        let parts = stream::iter((0..bytes).step_by(CHUNK))
            .map(move |from| Ok::<_, std::io::Error>(Bytes::from(vec![0; CHUNK.min(bytes - from)])));
        let call = self
            .client
            .post(format!("{}/up", self.door))
            .body(Body::wrap_stream(parts));
        let answer = call.send().await.unwrap().error_for_status().unwrap();
        let longest = answer.headers()[LONGEST_GAP].to_str().unwrap().parse().unwrap();
        assert_eq!(answer.text().await.unwrap(), bytes.to_string());
        Duration::from_millis(longest)
    }

    /// One after the other until the bulk is over; how long each took.
    async fn small_calls(&self, over: &CancellationToken) -> Vec<Duration> {
        let mut times = Vec::new();
        while !over.is_cancelled() {
            let began = now();
            let call = self
                .client
                .post(format!("{}/echo", self.door))
                .body(vec![b'x'; CALL_BYTES]);
            let answer = call.send().await.unwrap().error_for_status().unwrap();
            assert_eq!(answer.bytes().await.unwrap().len(), CALL_BYTES);
            times.push(began.elapsed());
            tokio::time::sleep(CALL_EVERY).await;
        }
        times
    }
}

/// Bulks over TLS and nothing else, from the laptop to a server beside the relay: each over a connection of its own.
struct Plain<'a> {
    laptop: &'a Laptop<'a>,
    connector: TlsConnector,
    at: SocketAddr,
}

impl<'a> Plain<'a> {
    async fn start(world: &World, laptop: &'a Laptop<'a>, far: &Laptop<'_>, relay: SocketAddr) -> Self {
        let at = SocketAddr::new(relay.ip(), PLAIN);
        let socket = far.socket();
        socket.bind(at).unwrap();
        let listener = socket.listen(16).unwrap();
        tokio::spawn(serve(listener, world.authority().server(at.ip())));
        let connector = world.authority().client();
        Self {
            laptop,
            connector,
            at,
        }
    }

    /// How long it took until the last byte was there.
    async fn bulk(&self, direction: Direction, bytes: usize) -> Duration {
        let began = now();
        let stream = self.laptop.socket().connect(self.at).await.unwrap();
        let mut stream = self.connector.connect(self.at.ip().into(), stream).await.unwrap();
        stream.write_u64(bytes as u64).await.unwrap();
        stream.write_u8(direction as u8).await.unwrap();
        match direction {
            // From the laptop: the server says when it has all.
            Direction::Down => {
                send(&mut stream, bytes).await;
                stream.read_u8().await.unwrap();
            }
            Direction::Up => receive(&mut stream, bytes).await,
        }
        began.elapsed()
    }
}

/// The plain server: does the other half of what it is told to.
async fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(answer(acceptor.clone(), stream));
    }
}

async fn answer(acceptor: TlsAcceptor, stream: TcpStream) {
    let mut stream = acceptor.accept(stream).await.unwrap();
    let bytes = stream.read_u64().await.unwrap().try_into().unwrap();
    if stream.read_u8().await.unwrap() == Direction::Down as u8 {
        receive(&mut stream, bytes).await;
        stream.write_u8(0).await.unwrap();
        stream.flush().await.unwrap();
    } else {
        send(&mut stream, bytes).await;
    }
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), bytes: usize) {
    let chunk = vec![0; CHUNK];
    for from in (0..bytes).step_by(CHUNK) {
        stream.write_all(&chunk[..CHUNK.min(bytes - from)]).await.unwrap();
    }
    stream.flush().await.unwrap();
}

async fn receive(stream: &mut (impl AsyncRead + Unpin), bytes: usize) {
    let (mut received, mut chunk) = (0, vec![0; CHUNK]);
    while received < bytes {
        let read = stream.read(&mut chunk).await.unwrap();
        assert!(read > 0, "ended after {received} of {bytes} bytes");
        received += read;
    }
}
