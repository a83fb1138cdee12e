//! The end of Ligand on this user's account, after the host's own: the window goes, then everything that is kept, and
//! what that was is said in a dialog of the desktop's.

use std::{fmt::Write as _, time::Duration};

use ligand_host::{places::Places, settings::Trace};
use ligand_hosting::{LeaveError, Turn, TurnError, remove_at_login, remove_kept, take_turn};
use tauri::AppHandle;

use super::ask;
use crate::only::{self, Word};

/// A window that was told to close keeps files of its own open for a moment.
const CLOSES_WITHIN: Duration = Duration::from_secs(5);
/// How often it is looked whether it has gone.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// As many as a dialog shows without growing out of the screen.
const SHOWN: usize = 15;

/// Why not everything has gone.
#[derive(Debug, thiserror::Error)]
enum Left {
    #[error(transparent)]
    Leave(#[from] LeaveError),
    #[error(transparent)]
    Turn(#[from] TurnError),
    #[error("another host has started meanwhile")]
    Theirs,
}

/// Removes everything and says what it was; whether all of it has gone.
pub(super) async fn leave(app: &AppHandle, places: &Places) -> bool {
    window_is_gone(places).await;
    match remove(places).await {
        Ok(removed) => {
            ask::tell(app, "Ligand was removed from your account.", list(&removed)).await;
            true
        }
        Err(why) => {
            let text = format!("{why}. What came before has gone; `ligand uninstall` removes the rest.");
            ask::tell(app, "Not everything of Ligand could be removed.", text).await;
            false
        }
    }
}

async fn window_is_gone(places: &Places) {
    let gone = async {
        while only::tell(places, &Word::Close).await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    if tokio::time::timeout(CLOSES_WITHIN, gone).await.is_err() {
        tracing::warn!("the window did not close");
    }
}

async fn remove(places: &Places) -> Result<Vec<Trace>, Left> {
    // First of all, so that nothing starts a host again.
    let mut removed = remove_at_login().await?;
    match take_turn(places).await? {
        Turn::Ours(lock) => removed.extend(remove_kept(places, lock).await?),
        Turn::Theirs(_) => return Err(Left::Theirs),
    }
    Ok(removed)
}

/// What it was, one thing a line.
fn list(removed: &[Trace]) -> String {
    let mut text = "This was deleted:\n".to_owned();
    for Trace { what, place, .. } in removed.iter().take(SHOWN) {
        // Writing into a string does not fail.
        let _written = writeln!(text, "• {what} ({place})");
    }
    if let Some(more) = removed.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _written = writeln!(text, "and {more} more");
    }
    text + "\nThe workspaces stay in their orgs. The programs go the way they came: with the package, or with their files."
}

#[cfg(test)]
mod tests {
    use ligand_host::settings::TraceKind;

    use super::*;

    #[test]
    fn what_has_gone_is_listed_and_a_long_list_ends_with_how_many_more() {
        let trace = |number: usize| Trace {
            kind: TraceKind::Log,
            what: format!("log {number}"),
            place: "/x".to_owned(),
        };
        let few = list(&[trace(1)]);
        assert!(
            few.contains(":\n• log 1 (/x)\n\n") && !few.contains("more"),
            "{few}"
        );
        let many: Vec<_> = (0..SHOWN + 2).map(trace).collect();
        assert!(list(&many).contains("and 2 more"));
    }
}
