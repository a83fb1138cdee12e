//! The org feed: one live picture of the org's workspaces per running profile, for the Canvas and for notifications.
//!
//! `model` is the picture itself, pure: what a list says and what an event says go in, rows come out. `change` reads
//! events, `suspects` knows who is silent, `source` asks the platform (the whole org with an org key; ourselves and our
//! peers without), `feed` is the task that keeps it going, and `board` is where every profile's picture hangs. `view` has
//! the shapes that faces see, `delta` what changed between two pictures, `detail` more about one workspace.
//!
//! Beside the picture, in memory: `history` of states, `calls` of the last hour, `thread`s of what was said. On the disk:
//! `snapshot`, the last picture, for an instant first paint, and `arrangement`, which is the user's own.
//!
//! The platform is believed about states and nothing else: names and texts of strangers are cut to a bound, control
//! characters become spaces, and no workspace's address ever gets in here.
//!
//! States of a feed: loading and listening are independent. It is *live* while events arrive and a list was read since
//! they began to; otherwise the picture is as old as it says (`as_of`), and a list is read every 10 s.

mod arrangement;
mod board;
mod calls;
mod card;
mod change;
mod delta;
mod detail;
mod feed;
mod history;
mod model;
mod record;
mod snapshot;
mod source;
mod suspects;
pub(crate) mod text;
mod thread;
mod view;

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod tests;

pub use arrangement::{Arrangement, Rearrange};
pub(crate) use board::Boards;
#[cfg(test)]
pub(crate) use board::OrgBoard;
pub use board::PerProfile;
pub use calls::{Call, OrgCalls};
pub use delta::{OrgBeat, OrgChange, OrgHead};
pub use detail::{Activity, CardView, SkillView, WorkspaceDetail};
pub(crate) use feed::{Feed, FeedKit};
pub(crate) use history::Wanted;
pub use history::{Absence, OrgHistory, StateChange};
pub(crate) use model::is_away;
pub(crate) use snapshot::Snapshot;
pub use thread::{Message, MessageState, Thread};
pub(crate) use thread::{Outcome, Threads};
pub use view::{Approval, Org, OrgScope, OrgWorkspace, Place, SCHEMA, Voice};

/// The pictures of all profiles, by the profile's name.
pub type Orgs = PerProfile<Org>;
