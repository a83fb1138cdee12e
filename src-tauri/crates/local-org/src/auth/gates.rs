//! Who is let in where: one table, gate × credential × generation.
//!
//! The local org always has an admin token, never runs in the platform's development mode and has no control
//! plane that could verify a session cookie, so those columns of the platform's table are not here.

use crate::era::Era;

/// What guards a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// The org as a whole.
    Admin,
    /// One workspace, from inside or above.
    Workspace,
    /// What only the workspace's own agent may do, asked for after `Workspace`.
    OwnToken,
    /// The shared view of the canvas.
    Canvas,
    /// Registration, heartbeat, card: the agent itself, or anybody before it has a token.
    Registry,
    /// The workspace's neighbours.
    Peers,
    /// Sending in the name of a workspace, where the name is only claimed.
    Caller,
    /// Sending at all.
    Sender,
    /// The org's events, all of them.
    OrgFeed,
    /// The events that concern one workspace.
    WorkspaceFeed,
}

/// What was presented, seen from the workspace that the gate is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presented {
    /// No bearer.
    Nothing,
    /// A live token of this workspace.
    Own,
    /// A live token of another workspace.
    Foreign,
    /// A live token of the org.
    Org,
    /// The admin token.
    Admin,
    /// A bearer that is none of these.
    Unknown,
}

/// What the table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// In.
    Pass,
    /// In as long as the workspace has no live token; otherwise refused.
    PassWithoutTokens,
    /// Refused.
    Refuse,
}

use Verdict::{Pass, PassWithoutTokens as Bootstrap, Refuse};

/// One row: nothing, own, foreign, org, admin, unknown.
type Row = [Verdict; 6];

fn row(gate: Gate, era: Era) -> Row {
    match (gate, era) {
        //                                      nothing    own        foreign    org        admin      unknown
        (Gate::Admin, _) => [Refuse, Refuse, Refuse, Pass, Pass, Refuse],
        (Gate::Workspace, _) => [Refuse, Pass, Refuse, Pass, Pass, Refuse],
        (Gate::OwnToken, _) => [Bootstrap, Pass, Bootstrap, Bootstrap, Bootstrap, Bootstrap],
        (Gate::Canvas, _) => [Refuse, Pass, Pass, Refuse, Pass, Refuse],
        (Gate::Registry, _) => [Bootstrap, Pass, Bootstrap, Bootstrap, Bootstrap, Bootstrap],
        (Gate::Peers, Era::S) => [Bootstrap, Pass, Bootstrap, Bootstrap, Bootstrap, Bootstrap],
        (Gate::Peers, Era::L) => [Refuse, Pass, Refuse, Pass, Pass, Refuse],
        (Gate::Caller, _) => [Bootstrap, Pass, Bootstrap, Bootstrap, Bootstrap, Bootstrap],
        (Gate::Sender, Era::S) => [Pass, Pass, Pass, Pass, Pass, Pass],
        (Gate::Sender, Era::L) => [Refuse, Pass, Pass, Pass, Pass, Refuse],
        (Gate::OrgFeed, Era::S) => [Pass, Pass, Pass, Pass, Pass, Pass],
        (Gate::OrgFeed, Era::L) => [Refuse, Refuse, Refuse, Pass, Pass, Refuse],
        (Gate::WorkspaceFeed, Era::S) => [Bootstrap, Pass, Bootstrap, Bootstrap, Bootstrap, Bootstrap],
        (Gate::WorkspaceFeed, Era::L) => [Refuse, Pass, Refuse, Pass, Pass, Refuse],
    }
}

/// What the table says of a credential at a gate.
pub(crate) fn verdict(gate: Gate, presented: Presented, era: Era) -> Verdict {
    let [nothing, own, foreign, org, admin, unknown] = row(gate, era);
    match presented {
        Presented::Nothing => nothing,
        Presented::Own => own,
        Presented::Foreign => foreign,
        Presented::Org => org,
        Presented::Admin => admin,
        Presented::Unknown => unknown,
    }
}

/// The text of a refusal: without any credential, and with a wrong one.
pub(crate) fn texts(gate: Gate, era: Era) -> (&'static str, &'static str) {
    match (gate, era) {
        (Gate::Admin | Gate::Canvas, _) => ("admin auth required", "invalid admin auth token"),
        (Gate::Caller | Gate::Sender, _) => ("missing caller auth token", "invalid caller auth token"),
        (Gate::OrgFeed | Gate::WorkspaceFeed, Era::L) => {
            ("canvas auth required", "invalid WebSocket credential")
        }
        _ => ("missing workspace auth token", "invalid workspace auth token"),
    }
}
