//! A long and lossy way between two laptops: their packets, real ones, are late, and some never arrive.
//!
//! Each end has a VXLAN device, which puts every frame into a datagram and sends that to the test. The test drops a part
//! of the datagrams and sends the others on when their time has come. So the kernel's own TCP has to make up for what
//! is lost. There is no limit to what the way carries at once but loss: each end believes its TCP.

use std::net::{IpAddr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::topology::{Family, Laptop, Topology, Uplink};
use crate::until::now;

/// Where the devices' datagrams go: VXLAN's own port.
const PORT: u16 = 4789;
/// The network at the ends of the way; no laptop has that number.
const NETWORK: u8 = 250;
/// So that a datagram with a frame in it fits into a packet of Ethernet.
const MTU: u16 = 1400;
/// Datagrams under way in one direction: more than TCP has in flight where so much is lost, and a bound.
const UNDER_WAY: usize = 8192;
/// What the test's socket holds until the test comes to it, in bytes: else a burst loses more than it should.
const RECEIVED: usize = 8 * 1024 * 1024;
/// Longest datagram.
const DATAGRAM: usize = 2048;

/// How a way is.
#[derive(Debug, Clone, Copy)]
pub struct Conditions {
    /// How long there and back.
    pub round_trip: Duration,
    /// The part of the packets that is lost, each way, 0 to 1.
    pub loss: f64,
    /// Decides which.
    pub seed: u64,
}

/// The way. It ends when it is dropped.
#[derive(Debug)]
pub struct Distance {
    ends: [IpAddr; 2],
    forwarder: JoinHandle<()>,
}

impl Distance {
    /// Whether the kernel has the devices for it, seen from the test's network.
    #[must_use]
    pub fn can_be_made() -> bool {
        let tried = |words: &str| {
            let mut ip = Command::new("ip");
            ip.args(words.split(' ')).stderr(Stdio::null());
            ip.status().is_ok_and(|status| status.success())
        };
        tried("link add tried type vxlan id 1 remote 127.0.0.1 dstport 4789") && tried("link del tried")
    }

    /// Makes it between two laptops of a world of IPv4, which is where the test runs.
    ///
    /// # Panics
    /// When the kernel refuses: see [`Self::can_be_made`].
    pub async fn between(world: &Topology, laptops: [&Laptop<'_>; 2], conditions: Conditions) -> Self {
        let at = world.world(PORT);
        let socket = Arc::new(UdpSocket::bind(at).await.unwrap());
        if rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, RECEIVED).is_err() {
            // Whoever is not root is given less.
            rustix::net::sockopt::set_socket_recv_buffer_size(&socket, RECEIVED).unwrap();
        }
        let outside = laptops.map(|laptop| SocketAddr::new(laptop.address(Uplink::Radio), PORT));
        let ends = [1, 2].map(|host| Family::V4.address(NETWORK, host));
        for (index, laptop) in laptops.into_iter().enumerate() {
            let (own, other) = (card(index), card(1 - index));
            for words in [
                // A device leaves TCP's checksum to the next one, which here is this test: so the other end makes it.
                format!(
                    "link add far type vxlan id 1 remote {} dstport {PORT} nolearning remcsumtx remcsumrx",
                    at.ip()
                ),
                // One packet at a time, as a network card puts them on a cable: what is lost is one.
                format!("link set far address {own} mtu {MTU} gso_max_segs 1 up"),
                format!("addr add {}/24 dev far", ends[index]),
                // Nobody asks for an address: the question could be lost, and is asked again after a second only.
                format!(
                    "neigh replace {} lladdr {other} dev far nud permanent",
                    ends[1 - index]
                ),
            ] {
                laptop.ip(&words);
            }
        }
        let forwarder = tokio::spawn(forward(socket, outside, conditions));
        Self { ends, forwarder }
    }

    /// The addresses at its ends, in the order of the laptops.
    #[must_use]
    pub fn ends(&self) -> [IpAddr; 2] {
        self.ends
    }
}

impl Drop for Distance {
    fn drop(&mut self) {
        self.forwarder.abort();
    }
}

/// The network card of an end.
fn card(index: usize) -> String {
    format!("02:00:00:00:fa:{index:02x}")
}

/// A datagram that is late.
struct Late {
    due: Instant,
    bytes: Vec<u8>,
}

async fn forward(socket: Arc<UdpSocket>, outside: [SocketAddr; 2], conditions: Conditions) {
    let to = outside.map(|end| deliver(Arc::clone(&socket), end));
    let mut random = SmallRng::seed_from_u64(conditions.seed);
    let mut datagram = [0; DATAGRAM];
    loop {
        // An end that has gone is told so by the next read.
        let Ok((length, from)) = socket.recv_from(&mut datagram).await else {
            continue;
        };
        let Some(index) = outside.iter().position(|end| end.ip() == from.ip()) else {
            continue;
        };
        if !random.random_bool(conditions.loss) {
            let late = Late {
                due: now() + conditions.round_trip / 2,
                bytes: datagram[..length].to_vec(),
            };
            // What finds no room is lost too, as in a router.
            let _lost = to[1 - index].try_send(late);
        }
    }
}

/// Where that is put which goes to an end.
fn deliver(socket: Arc<UdpSocket>, end: SocketAddr) -> mpsc::Sender<Late> {
    let (sender, mut waiting) = mpsc::channel::<Late>(UNDER_WAY);
    tokio::spawn(async move {
        while let Some(late) = waiting.recv().await {
            tokio::time::sleep_until(late.due.into()).await;
            let _gone = socket.send_to(&late.bytes, end).await;
        }
    });
    sender
}
