//! Which session of Claude Code goes on in which context, for as long as the host runs.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use uuid::Uuid;

/// Contexts that are remembered; the one that was used longest ago is forgotten first.
const CONTEXTS: usize = 1000;

/// The place of a context's session. It is held while a message of that context is answered.
pub(super) type Place = Arc<tokio::sync::Mutex<Option<Uuid>>>;

#[derive(Default)]
pub(super) struct Sessions(Mutex<VecDeque<(String, Place)>>);

impl Sessions {
    /// The place of this context's session.
    pub(super) fn of(&self, context: &str) -> Place {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|(name, _)| name == context);
        let (name, place) = at
            .and_then(|at| known.remove(at))
            .unwrap_or_else(|| (context.to_owned(), Place::default()));
        known.push_back((name, place.clone()));
        if known.len() > CONTEXTS {
            known.pop_front();
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_context_keeps_its_session_until_a_thousand_others_came_after_it() {
        let sessions = Sessions::default();
        let id = Uuid::new_v4();
        *sessions.of("a").lock().await = Some(id);
        for other in 0..CONTEXTS - 1 {
            sessions.of(&other.to_string());
        }
        assert_eq!(*sessions.of("a").lock().await, Some(id));
        for other in 0..CONTEXTS {
            sessions.of(&other.to_string());
        }
        assert_eq!(*sessions.of("a").lock().await, None);
    }
}
