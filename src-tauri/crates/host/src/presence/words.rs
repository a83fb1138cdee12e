//! The words between presence and whoever drives it: where it stands, what happened, what is to be done.

use std::time::Duration;

/// Tells one registered address from another without being one.
pub type DoorMark = u64;

/// Where presence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody wants it.
    Stopped,
    /// On the way to the first good beat.
    Connecting,
    /// The last beat was good and calls get through.
    Online,
    /// The last beat was good, but the agent is away.
    Degraded,
    /// It was tried and failed; it is tried again.
    Unreachable(Unreached),
    /// The machine is about to sleep, or sleeps: nothing is sent.
    Asleep,
    /// The org paused the workspace: slow polls, no register.
    Paused,
    /// The org removed the workspace.
    Removed,
    /// Only the user can mend it.
    NeedsUser(Need),
}

/// What could not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreached {
    /// The platform.
    Platform,
    /// The relay.
    Relay,
}

/// Why only the user can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The platform refuses our token.
    TokenRefused,
    /// The platform handed out a token that we did not need: ours was revoked.
    TokenReplaced,
    /// Another host serves this workspace now.
    Superseded,
    /// The relay refuses us for good.
    RelayRefused,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The user wants the workspace online.
    Start,
    /// Nobody wants it online any more.
    Stop,
    /// A link is up, and this is the mark of the address that it gave us.
    LinkUp(DoorMark),
    /// A link ended or could not be had.
    LinkLost(LinkLoss),
    /// Whether the agent would take a call.
    Agent(bool),
    /// The state poll came back.
    State(Result<Seen, Failure>),
    /// The open look-up of the workspace, made after a refusal, came back.
    Looked(Result<Seen, Failure>),
    /// The card with our relay key was published, or not.
    CardPublished(Result<(), Failure>),
    /// The call to our own door came back, or not.
    Tested(bool),
    /// The register came back; `true` says that the reply held a token which we did not need.
    Registered(Result<bool, Failure>),
    /// The heartbeat came back.
    Beat(Result<(), Failure>),
    /// The machine is about to sleep.
    Sleep,
    /// The machine has slept, or the process was stopped, for so long.
    Wake(Duration),
    /// This machine's way to the network has changed, and perhaps the address that the link uses has gone.
    Moved {
        /// Whether it has.
        link_gone: bool,
    },
    /// So many deliveries are being worked on now.
    Working(usize),
    /// Somebody says that the platform's mind about the workspace has changed.
    Doubt,
    /// Time has passed.
    Tick,
}

/// Why there is no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkLoss {
    /// It broke, or the relay cannot be reached; it is dialled again.
    Broken,
    /// The relay does not find our key in the workspace's card.
    KeyUnknown,
    /// The relay refuses us for a reason that time does not mend.
    Refused,
    /// Another host took over.
    Superseded,
}

/// What the platform says of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is there and may be online.
    Present,
    /// It is there, and the platform does not count it as online: only a register is sure to lift that.
    Lapsed,
    /// It is paused.
    Paused,
    /// It was removed.
    Removed,
}

/// A call to the platform that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure decides what is done.
    pub class: FailureClass,
    /// The platform's own word on when to come back.
    pub hint: Option<Duration>,
}

/// The kinds of failure that presence tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureClass {
    /// Network, 429, 5xx, HTML, another 404: try again.
    Retry,
    /// 401 or 403 in JSON.
    Unauthorized,
    /// The platform says that the workspace was removed.
    Gone,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Keep a link up from now on (and dial now, if it waits).
    Dial,
    /// Give up the link that there is, however well it looks, and dial now: what was asked before is nobody's question.
    Redial,
    /// Ask now whether the link is alive.
    CheckLink,
    /// Use the connections of before no more: what was asked over them is asked anew.
    Renew,
    /// Tell the relay that we sleep, and give the link up; what the agent works on goes on when we wake.
    Suspend,
    /// Give the link up; deliveries in flight may end.
    HangUp,
    /// Take deliveries, or none.
    Accept(bool),
    /// Read the workspace's state.
    PollState,
    /// Look whether the workspace is there at all, without a token.
    Lookup,
    /// Publish the card with our relay key.
    PublishCard,
    /// Call our own door from outside.
    SelfTest,
    /// Register the address that the link gave us.
    Register,
    /// Send a heartbeat.
    Beat,
}
