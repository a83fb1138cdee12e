//! World, router, laptops: each laptop has two ways to the router, and the router one to the world.
//!
//! The addresses are those that were set aside for measuring networks (RFC 2544, RFC 5180): no program takes them for
//! private ones or for an example's. What is lost on a way is lost by a neighbour that is believed to be somewhere
//! else: packets leave and nobody hears of their end, which is what a radio does that is out of reach.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::Command;

use tokio::net::TcpSocket;

use super::namespace::{NO_DAD, Namespace, ip, set};

/// Nobody's network card.
const NOBODY: &str = "02:00:00:00:00:ff";

/// The world's own network, and the hosts in it.
const WORLD: u8 = 0;
const WORLD_HOST: u8 = 1;
const ROUTER_HOST: u8 = 254;

/// The router's host in a laptop's network, and the laptop's.
const GATEWAY: u8 = 1;
const LAPTOP: u8 = 2;

/// The generation of the Internet's protocol. A world has one of them only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    pub(super) fn address(self, network: u8, host: u8) -> IpAddr {
        match self {
            Self::V4 => Ipv4Addr::new(198, 18, network, host).into(),
            Self::V6 => Ipv6Addr::new(0x2001, 2, 0, network.into(), 0, 0, 0, host.into()).into(),
        }
    }

    /// As `ip` wants it.
    fn assigned(self, network: u8, host: u8) -> String {
        let address = self.address(network, host);
        match self {
            Self::V4 => format!("{address}/24"),
            Self::V6 => format!("{address}/64"),
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::V4 => "-4",
            Self::V6 => "-6",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

/// The world, which is the namespace that the test runs in, and the router.
#[derive(Debug)]
pub struct Topology {
    family: Family,
    router: Namespace,
}

impl Topology {
    /// Makes both.
    #[must_use]
    pub fn new(family: Family) -> Self {
        let router = Namespace::new();
        match family {
            Family::V4 => router.set("ipv4/ip_forward", "1"),
            Family::V6 => router.set("ipv6/conf/all/forwarding", "1"),
        }
        let here = |words: &str| ip(Command::new("ip"), words);
        here("link set lo up");
        // A socket of the one family leaves the other one's ports alone.
        set(Command::new("tee"), "ipv6/bindv6only", "1");
        set(Command::new("tee"), NO_DAD.0, NO_DAD.1);
        here(&format!(
            "link add to-router type veth peer name to-world netns {}",
            router.pid()
        ));
        here(&format!(
            "addr add {} dev to-router",
            family.assigned(WORLD, WORLD_HOST)
        ));
        here("link set to-router up");
        router.ip(&format!(
            "addr add {} dev to-world",
            family.assigned(WORLD, ROUTER_HOST)
        ));
        router.ip("link set to-world up");
        let gateway = family.address(WORLD, ROUTER_HOST);
        here(&format!("{} route add default via {gateway}", family.version()));
        Self { family, router }
    }

    /// A place in the world, at that port.
    #[must_use]
    pub fn world(&self, port: u16) -> SocketAddr {
        (self.family.address(WORLD, WORLD_HOST), port).into()
    }

    /// The laptop of that number, from 1 to 99, with two ways to the router and the first in use.
    #[must_use]
    pub fn laptop(&self, number: u8) -> Laptop<'_> {
        let laptop = Laptop {
            world: self,
            namespace: Namespace::new(),
            number,
        };
        for way in [Uplink::Radio, Uplink::Cable] {
            let network = laptop.network(way);
            self.router.ip(&format!(
                "link add {} type veth peer name {} netns {}",
                laptop.far_end(way),
                way.name(),
                laptop.namespace.pid()
            ));
            let assigned = self.family.assigned(network, GATEWAY);
            self.router
                .ip(&format!("addr add {assigned} dev {}", laptop.far_end(way)));
            self.router.ip(&format!("link set {} up", laptop.far_end(way)));
            laptop.up(way, LAPTOP);
        }
        laptop.default_route(Uplink::Radio);
        laptop
    }
}

/// A way from a laptop to the router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uplink {
    /// The one in use at first.
    Radio,
    /// The other one.
    Cable,
}

impl Uplink {
    fn name(self) -> &'static str {
        match self {
            Self::Radio => "radio",
            Self::Cable => "cable",
        }
    }
}

/// A laptop's namespace and its two ways.
#[derive(Debug)]
pub struct Laptop<'a> {
    world: &'a Topology,
    namespace: Namespace,
    number: u8,
}

impl Laptop<'_> {
    /// A command on it.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        self.namespace.command(program)
    }

    /// A TCP socket of IPv4 in its network.
    #[must_use]
    pub fn socket(&self) -> TcpSocket {
        self.namespace.socket()
    }

    /// Sets something of the kernel's for its network.
    pub fn set(&self, key: &str, value: &str) {
        self.namespace.set(key, value);
    }

    /// The address that it has at first on that way.
    #[must_use]
    pub fn address(&self, way: Uplink) -> IpAddr {
        self.world.family.address(self.network(way), LAPTOP)
    }

    /// Has everything in the world that is meant for that address go to this laptop.
    pub fn also_at(&self, address: IpAddr) {
        let way = Uplink::Radio;
        let (via, device) = (self.address(way), self.far_end(way));
        self.world
            .router
            .ip(&format!("route add {address} via {via} dev {device}"));
    }

    /// Takes the interface down, as pulling a cable does.
    pub fn down(&self, way: Uplink) {
        self.namespace.ip(&format!("link set {} down", way.name()));
    }

    /// Brings the interface up with the address that it had at first.
    pub fn up_again(&self, way: Uplink) {
        self.namespace.ip(&format!("addr flush dev {}", way.name()));
        self.up(way, LAPTOP);
        self.default_route(way);
    }

    /// Has another address in the same network.
    pub fn readdress(&self, way: Uplink) {
        self.namespace.ip(&format!("addr flush dev {}", way.name()));
        self.up(way, LAPTOP + 1);
        self.default_route(way);
    }

    /// Has everything leave by that way.
    pub fn default_route(&self, way: Uplink) {
        let (version, gateway) = (self.world.family.version(), self.gateway(way));
        self.namespace.ip(&format!(
            "{version} route replace default via {gateway} dev {}",
            way.name()
        ));
    }

    /// Loses what the laptop sends on that way, or no more.
    pub fn lose_sent(&self, way: Uplink, lose: bool) {
        neighbour(&self.namespace, self.gateway(way), way.name(), lose);
    }

    /// Loses what the router sends to the laptop on that way, or no more.
    pub fn lose_received(&self, way: Uplink, lose: bool) {
        neighbour(&self.world.router, self.address(way), &self.far_end(way), lose);
    }

    pub(super) fn ip(&self, words: &str) {
        self.namespace.ip(words);
    }

    fn up(&self, way: Uplink, host: u8) {
        let assigned = self.world.family.assigned(self.network(way), host);
        self.namespace
            .ip(&format!("addr add {assigned} dev {}", way.name()));
        self.namespace.ip(&format!("link set {} up", way.name()));
    }

    fn network(&self, way: Uplink) -> u8 {
        2 * self.number + u8::from(way == Uplink::Cable)
    }

    fn gateway(&self, way: Uplink) -> IpAddr {
        self.world.family.address(self.network(way), GATEWAY)
    }

    /// The router's end of it.
    fn far_end(&self, way: Uplink) -> String {
        format!("{}{}", way.name(), self.number)
    }
}

fn neighbour(of: &Namespace, address: IpAddr, device: &str, lost: bool) {
    of.ip(&if lost {
        format!("neigh replace {address} lladdr {NOBODY} dev {device} nud permanent")
    } else {
        format!("neigh del {address} dev {device}")
    });
}
