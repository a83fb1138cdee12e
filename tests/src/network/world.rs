//! Org and relay behind TLS, in a network with laptops.

use std::net::SocketAddr;

use serde_json::Value;

use super::front::{Authority, Front};
use super::topology::{Family, Laptop, Topology};
use crate::host::{Host, PROFILE, Profile, Variables};
use crate::org::{Era, LocalOrg, Workspace};
use crate::process::{Process, binary};
use crate::relay::Relay;
use crate::scratch::Scratch;

/// Where they are in the world.
const ORG: u16 = 8443;
const RELAY: u16 = 9443;

/// The world, with everything that is in it.
#[derive(Debug)]
pub struct World {
    /// The platform, as somebody beside it reaches it.
    pub org: LocalOrg,
    /// The relay, likewise.
    pub relay: Relay,
    /// The network.
    pub topology: Topology,
    org_front: Front,
    relay_front: Front,
    authority: Authority,
    /// Dropped last.
    _scratch: Scratch,
}

impl World {
    /// Makes it, in the network of the test that runs.
    pub async fn new(family: Family) -> Self {
        let topology = Topology::new(family);
        let scratch = Scratch::new();
        let authority = Authority::new(&scratch);
        let scratch = scratch.trusting(authority.file());
        // The org goes by the port in `Host`, so org and front have the same one: the front at its address, the org
        // in all of the other family.
        let listen = match family {
            Family::V4 => format!("[::]:{ORG}"),
            Family::V6 => format!("0.0.0.0:{ORG}"),
        };
        let org = LocalOrg::start_at(&scratch, Era::L, &listen).await;
        let org_front = Front::start(&authority, topology.world(ORG), address_in(org.url())).await;
        let public = format!("https://{}", topology.world(RELAY));
        let relay = Relay::start_behind(&scratch, org_front.url(), &public).await;
        let relay_front = Front::start(&authority, topology.world(RELAY), address_in(relay.url())).await;
        Self {
            org,
            relay,
            topology,
            org_front,
            relay_front,
            authority,
            _scratch: scratch,
        }
    }

    /// The platform's address, for those in this network.
    #[must_use]
    pub fn org_url(&self) -> &str {
        self.org_front.url()
    }

    /// The relay's.
    #[must_use]
    pub fn relay_url(&self) -> &str {
        self.relay_front.url()
    }

    /// Folders whose processes trust what is in the world.
    #[must_use]
    pub fn scratch(&self) -> Scratch {
        Scratch::new().trusting(self.authority.file())
    }

    /// The same, whose log is as a user has it.
    #[must_use]
    pub fn scratch_with_usual_log(&self) -> Scratch {
        Scratch::with_usual_log().trusting(self.authority.file())
    }

    /// Who signs the certificates in it.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Creates a workspace, as somebody far from the org would.
    pub async fn create(&self, name: &str) -> Workspace {
        let workspace = self.org.create(name).await;
        let reply = workspace
            .reply
            .to_string()
            .replace(self.org.url(), self.org_front.url());
        let reply: Value = serde_json::from_str(&reply).unwrap();
        Workspace { reply, ..workspace }
    }

    /// A profile for the workspace with the echo agent, for a laptop in this network.
    #[must_use]
    pub fn profile(&self, workspace: &Workspace) -> Profile {
        Profile {
            name: PROFILE.to_owned(),
            platform: self.org_front.url().to_owned(),
            workspace: workspace.id.clone(),
            relay: Some(self.relay_front.url().to_owned()),
            agent_table: None,
            agent: None,
            shared: false,
            trusts_relay: false,
            hold_s: 1,
            delivery: String::new(),
        }
    }

    /// Starts a host on the laptop for what is configured in the folders.
    #[must_use]
    pub fn up<'a>(&self, laptop: &Laptop<'_>, scratch: &'a Scratch, variables: Variables) -> Host<'a> {
        let mut command = laptop.command(binary("ligand"));
        command.arg("up");
        let borrowed: Vec<_> = variables
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let process = Process::start(scratch, "host", command, &borrowed);
        Host::held_by(process, scratch, variables)
    }
}

fn address_in(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").parse().unwrap()
}
