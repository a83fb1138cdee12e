//! The two generations of the platform that are in use, and what differs between them.
//!
//! Each difference is one method here, so that no other file decides by the era's name. What the two
//! generations let in is a table of its own, in `auth::gates`.

use std::time::Duration;

/// Which generation of the platform to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Era {
    /// The older one, of spring 2026, its known faults included.
    S,
    /// The later one.
    #[default]
    L,
}

/// One mebibyte.
const MIB: usize = 1 << 20;

impl Era {
    fn is_later(self) -> bool {
        self == Era::L
    }

    /// Whether a workspace has a delivery mode. Without one, every external workspace is called (push) and
    /// must give a URL.
    pub(crate) fn has_delivery_modes(self) -> bool {
        self.is_later()
    }

    /// Whether the platform proves itself to agents with a secret of the workspace's own.
    pub(crate) fn has_inbound_secrets(self) -> bool {
        self.is_later()
    }

    /// Whether `awaiting_agent` can be stored. The older generation only says so in the answer to a creation.
    pub(crate) fn knows_awaiting_agent(self) -> bool {
        self.is_later()
    }

    /// After how long without a heartbeat an external workspace is stale.
    pub(crate) fn stale_after(self) -> Duration {
        match self {
            Era::S => Duration::from_secs(90),
            Era::L => Duration::from_secs(180),
        }
    }

    /// Whether the call to an agent follows redirects.
    pub(crate) fn follows_redirects(self) -> bool {
        !self.is_later()
    }

    /// Whether the addresses behind an agent's name are looked at once more when they are dialled.
    pub(crate) fn checks_dialled_addresses(self) -> bool {
        self.is_later()
    }

    /// Whether activity can be read from a cursor, and rows have a sequence number.
    pub(crate) fn has_activity_cursor(self) -> bool {
        self.is_later()
    }

    /// Whether one message has one activity row, written when it comes in and completed with the answer.
    pub(crate) fn keeps_one_row_per_message(self) -> bool {
        self.is_later()
    }

    /// Whether deleting a workspace needs its name in a header.
    pub(crate) fn delete_needs_name(self) -> bool {
        self.is_later()
    }

    /// Whether a removed workspace is answered with 410 instead of its row.
    pub(crate) fn hides_removed(self) -> bool {
        self.is_later()
    }

    /// Whether a heartbeat lifts `awaiting_agent` and `failed`. In the older generation only a registration
    /// does.
    pub(crate) fn beat_lifts_waiting(self) -> bool {
        self.is_later()
    }

    /// Whether a registration leaves a paused workspace paused.
    pub(crate) fn pause_outlasts_register(self) -> bool {
        self.is_later()
    }

    /// Whether a registration that is refused after its token was accepted marks the workspace for a while.
    pub(crate) fn marks_failed_registers(self) -> bool {
        self.is_later()
    }

    /// Whether two workspaces without a parent may talk to each other.
    pub(crate) fn roots_are_siblings(self) -> bool {
        !self.is_later()
    }

    /// Whether the URL given at a creation is checked.
    pub(crate) fn checks_url_at_create(self) -> bool {
        self.is_later()
    }

    /// Whether where a workspace stands in the org can be changed with the admin token only.
    pub(crate) fn guards_infrastructure(self) -> bool {
        self.is_later()
    }

    /// Whether credentials of an external workspace can be rotated in one call.
    pub(crate) fn rotates_credentials(self) -> bool {
        self.is_later()
    }

    /// Whether restarting an external workspace changes nothing.
    pub(crate) fn leaves_external_restarts(self) -> bool {
        self.is_later()
    }

    /// Whether work can't even be handed to a workspace that the source may not talk to. The older generation takes
    /// it, and lets it fail.
    pub(crate) fn refuses_foreign_delegations(self) -> bool {
        self.is_later()
    }

    /// Whether the state of a queued message can be asked for.
    pub(crate) fn shows_queue(self) -> bool {
        self.is_later()
    }

    /// Whether a workspace that has no URL yet, but will, has its messages queued instead of refused.
    pub(crate) fn queues_for_settling(self) -> bool {
        self.is_later()
    }

    /// Whether an agent that says that it keeps sessions itself is refused the queue.
    pub(crate) fn sessions_skip_queue(self) -> bool {
        !self.is_later()
    }

    /// Whether a drained message that meets a busy agent stays in the queue. The older generation loses it.
    pub(crate) fn keeps_busy_drains(self) -> bool {
        self.is_later()
    }

    /// Whether a drain takes as many messages as the workspace has room for, instead of one.
    pub(crate) fn drains_to_capacity(self) -> bool {
        self.is_later()
    }

    /// Whether a message is resolved to an agent before its body is looked at.
    pub(crate) fn resolves_before_parsing(self) -> bool {
        !self.is_later()
    }

    /// Whether messages are completed on their way: role, text parts, and for people a context and who they
    /// are.
    pub(crate) fn completes_messages(self) -> bool {
        self.is_later()
    }

    /// Whether a successful answer without a body is an error.
    pub(crate) fn refuses_empty_answers(self) -> bool {
        self.is_later()
    }

    /// How long a person's call waits before it is told that the answer will come as an event.
    pub(crate) fn canvas_wait(self) -> Option<Duration> {
        // Just under the 100 s after which the edge in front of the hosted platform gives up.
        self.is_later().then_some(Duration::from_secs(90))
    }

    /// The largest message body in bytes.
    pub(crate) fn message_cap(self) -> usize {
        match self {
            Era::S => MIB,
            Era::L => 16 * MIB,
        }
    }

    /// The largest answer of an agent in bytes.
    pub(crate) fn answer_cap(self) -> usize {
        match self {
            Era::S => 10 * MIB,
            Era::L => 64 * MIB,
        }
    }

    /// Whether a body over its cap is refused. The older generation cuts it without a word.
    pub(crate) fn refuses_long_bodies(self) -> bool {
        self.is_later()
    }

    /// Whether a filter of neighbours fails over one without a role.
    pub(crate) fn filter_needs_roles(self) -> bool {
        !self.is_later()
    }

    /// How long a connection to an agent may take, TLS included.
    pub(crate) fn connect_timeout(self) -> Duration {
        match self {
            Era::S => Duration::from_secs(30),
            Era::L => Duration::from_secs(10),
        }
    }

    /// How long an agent may take until the first byte of its answer.
    pub(crate) fn first_byte_timeout(self) -> Option<Duration> {
        self.is_later().then_some(Duration::from_secs(30 * 60))
    }

    /// How long a call may last without any event of its workspace, unless the workspace says otherwise.
    pub(crate) fn idle_timeout(self) -> Duration {
        match self {
            Era::S => Duration::from_secs(5 * 60),
            Era::L => Duration::from_secs(30 * 60),
        }
    }
}
