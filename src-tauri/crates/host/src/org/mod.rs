//! The org feed: one live picture of the org's workspaces per running profile, for the Canvas and for notifications.
//!
//! `model` is the picture itself, pure: what a list says and what an event says go in, rows come out. `change` reads
//! events, `source` asks the platform (the whole org with an org key; ourselves and our peers without), `feed` is the
//! task that keeps it going, and `board` is where every profile's picture hangs. `view` has the shapes that faces see.
//!
//! The platform is believed about states and nothing else: names and texts of strangers are cut to a bound, control
//! characters become spaces, and no workspace's address ever gets in here.
//!
//! States of a feed: loading and listening are independent. It is *live* while events arrive and a list was read since
//! they began to; otherwise the picture is as old as it says (`as_of`), and a list is read every 10 s.

mod board;
mod change;
mod feed;
mod model;
mod source;
pub(crate) mod text;
mod view;

#[cfg(test)]
mod model_tests;

pub(crate) use board::OrgBoard;
pub(crate) use feed::{Feed, FeedKit};
pub(crate) use model::is_away;
pub use view::{Org, OrgScope, OrgWorkspace, Orgs, SCHEMA};
