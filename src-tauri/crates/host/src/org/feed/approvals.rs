//! What agents ask people to allow: asked for with every list of the whole org, and when an event tells of one.

use std::time::Duration;

use ligand_platform::{Error, PendingApproval};

use super::{Pending, UnderWay};
use crate::org::{
    source::is_refusal,
    text::{self, NAME, SENTENCE, WORD},
    view::Approval,
};

/// Approvals that are shown: what the platform tells.
const MOST: usize = 50;

/// The approvals.
#[derive(Default)]
pub(super) struct Approvals {
    pub(super) asking: Pending<Vec<PendingApproval>>,
    due: Option<Duration>,
    shown: Option<Vec<Approval>>,
}

impl Approvals {
    /// When they are to be asked for next.
    pub(super) fn due(&self) -> Option<Duration> {
        self.due.filter(|_| self.asking.is_none())
    }

    pub(super) fn wanted(&mut self, at: Duration) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    pub(super) fn begin(&mut self, asking: UnderWay<Vec<PendingApproval>>) {
        (self.asking, self.due) = (Some(asking), None);
    }

    /// Takes the answer in; says whether that changed anything. What could not be had is asked for with the next list.
    pub(super) fn told(&mut self, answer: Result<Vec<PendingApproval>, Error>) -> bool {
        let shown = match answer {
            Ok(pending) => Some(pending.into_iter().take(MOST).map(shown).collect()),
            Err(error) if is_refusal(&error) => None,
            Err(error) => {
                tracing::debug!(%error, "what waits for approval could not be asked for");
                return false;
            }
        };
        let changed = self.shown != shown;
        self.shown = shown;
        changed
    }

    /// Our credential does not show them any more.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    pub(super) fn shown(&self) -> Option<&Vec<Approval>> {
        self.shown.as_ref()
    }
}

fn shown(pending: PendingApproval) -> Approval {
    Approval {
        id: text::line(&pending.id, WORD),
        workspace: pending.workspace_id,
        name: text::line(&pending.workspace_name, NAME),
        action: text::without_addresses(&pending.action, SENTENCE).unwrap_or_default(),
        reason: text::without_addresses(&pending.reason, SENTENCE),
        at: text::line(&pending.created_at, WORD),
    }
}
