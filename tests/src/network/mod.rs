//! Networks of the tests' own, made of namespaces: the world with org and relay, a router, and laptops behind it.

mod distance;
mod front;
mod namespace;
mod own;
mod proxy;
mod topology;
mod world;

pub use distance::{Conditions, Distance};
pub use front::{Authority, Front};
pub use namespace::Namespace;
pub use own::in_a_network_of_its_own;
pub use proxy::Proxy;
pub use topology::{Family, Laptop, Topology, Uplink};
pub use world::World;
