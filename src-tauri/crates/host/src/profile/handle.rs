//! The way to a profile's task: what it can be asked, and what all of them share.

use std::sync::{Arc, atomic::AtomicU64};
use std::time::Duration;

use ligand_platform::Token;
use ligand_tunnel::door::Slot;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{actor::Actor, org::OrgKit, peers::PeerKit, send::SendKit};
use crate::{
    agent::Agent,
    clock::Clock,
    config::{Profile, ProfileName},
    deliveries::{Deliveries, Journal},
    host::{DoorView, VaultGate},
    org::{Boards, Org},
    places::Places,
    proxy::Proxies,
    status::Board,
    vault::VaultError,
};

/// Commands wait here; each sender waits for its answer, so a handful is plenty.
const INBOX: usize = 16;

/// What all profiles of a host share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) board: Board,
    pub(crate) orgs: Boards,
    pub(crate) clock: Clock,
    pub(crate) vault: VaultGate,
    pub(crate) journal: Journal,
    pub(crate) proxies: Proxies,
    pub(crate) places: Places,
    /// Tells this process from an earlier or another one at the relay.
    pub(crate) instance: Uuid,
    /// Counts the links that this process has dialled, so that the relay knows the newest.
    pub(crate) generations: Arc<AtomicU64>,
}

/// What a profile is asked to do. Each is answered when it is done.
pub(crate) enum Command {
    /// Bring the workspace online; answered when that has begun.
    Start(oneshot::Sender<()>),
    /// Take it out; answered when the deliveries in flight have ended or their time is up. `true`: because the user wants
    /// it at rest, and not because the host ends.
    Stop(bool, oneshot::Sender<()>),
    /// As stopping, for good: the task ends.
    End(oneshot::Sender<()>),
    /// The machine is about to sleep; answered when nothing of ours needs the network any more.
    Sleep(oneshot::Sender<()>),
    /// It has slept for so long; answered when coming back has begun.
    Wake(Duration, oneshot::Sender<()>),
    /// This machine's way to the network has changed; answered when that is taken in.
    Moved(oneshot::Sender<()>),
    /// Open or close the shared door.
    Share(bool, oneshot::Sender<()>),
    /// Give a door a new address; answered when the vault has it.
    Rotate(Slot, oneshot::Sender<Result<(), VaultError>>),
    /// Start the agent anew; answered when that has begun, or with why it cannot be.
    RestartAgent(oneshot::Sender<Result<(), NoRestart>>),
    /// Look at the org with this key from now on, which the vault has, or without one; answered when that has begun.
    UseOrgKey(Option<Token>, oneshot::Sender<()>),
    /// Forget the platform's secret; answered when the vault has.
    ResetInbound(oneshot::Sender<Result<(), VaultError>>),
    /// The doors' URLs, while a link is up.
    Doors(oneshot::Sender<Vec<DoorView>>),
    /// What answers, while running.
    Agent(oneshot::Sender<Option<Agent>>),
    /// What brings deliveries to the agent, while running.
    Deliveries(oneshot::Sender<Option<Deliveries>>),
    /// What `send` needs, while running.
    SendKit(oneshot::Sender<Option<SendKit>>),
    /// What is needed to speak to peers, while running.
    PeerKit(oneshot::Sender<Option<PeerKit>>),
    /// What is needed to look closer at a workspace of the org, or to speak to it, while running.
    OrgKit(oneshot::Sender<Option<OrgKit>>),
}

/// Why an agent is not started anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRestart {
    /// The profile does not run, and so no agent of it.
    NotRunning,
    /// Somebody else starts it, or it is built in.
    NotOurs,
}

/// The way to a profile's task.
#[derive(Clone)]
pub(crate) struct ProfileHandle {
    inbox: mpsc::Sender<Command>,
}

impl ProfileHandle {
    /// Starts the task of a profile, at rest. It ends when every handle is gone.
    pub(crate) fn spawn(name: ProfileName, profile: Profile, shared: Shared) -> Self {
        let (sender, inbox) = mpsc::channel(INBOX);
        // Faces hear of the profile's org from the beginning.
        shared.orgs.orgs.put(
            name.as_str(),
            Org::unknown(name.to_string(), "Nothing is known of this profile's org yet."),
        );
        let actor = Actor::new(name, profile, shared, inbox);
        tokio::spawn(actor.run());
        Self { inbox: sender }
    }

    /// Whether this leads to the same task.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.inbox.same_channel(&other.inbox)
    }

    /// Asks, and waits for the answer; `None` if the task is gone.
    pub(crate) async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.inbox.send(command(reply)).await.ok()?;
        answer.await.ok()
    }
}
