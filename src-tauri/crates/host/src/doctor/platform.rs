//! The platform's own word: whether it is well, whether it takes our token, and what it says of our workspace.
//!
//! Three questions that change nothing. Nothing here registers or beats: a heartbeat makes the platform send what it
//! has queued.

use ligand_platform::{Error, Kind, Lookup, Platform, Stage, State, Status, Token};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    NETWORK_DEADLINE,
    checklist::{Finding, Item, Verdict},
};
use crate::{health::Fault, status::PresenceWord};

/// What the platform said.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) health: Result<(), Error>,
    /// None without a token.
    pub(super) state: Option<Result<State, Error>>,
    pub(super) lookup: Result<Lookup, Error>,
}

/// Asks it.
pub(super) async fn ask(platform: &Platform, workspace: Uuid, token: Option<&Token>) -> Heard {
    let state = async { Some(within(Stage::State, platform.state(token?, workspace)).await) };
    let (health, state, lookup) = tokio::join!(
        within(Stage::Health, platform.health()),
        state,
        within(Stage::Lookup, platform.workspace(workspace)),
    );
    Heard {
        health,
        state,
        lookup,
    }
}

/// The client waits longer than a person who watches a checklist.
async fn within<T>(stage: Stage, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let late = |_| {
        Err(Error {
            stage,
            kind: Kind::Timeout,
        })
    };
    timeout(NETWORK_DEADLINE, call).await.unwrap_or_else(late)
}

impl Heard {
    /// Whether it is well.
    pub(super) fn health(&self) -> Finding {
        match &self.health {
            Ok(()) => Finding::ok("it answers as a platform does"),
            Err(error) => failed(error),
        }
    }

    /// Whether it takes our token.
    pub(super) fn token(&self) -> Finding {
        match &self.state {
            None => Finding::fault(Verdict::Problem, Fault::TokenMissing, None),
            Some(Ok(_)) => Finding::ok("in the vault, and accepted"),
            Some(Err(error)) => match &error.kind {
                Kind::Unauthorized { .. } => Finding::fault(
                    Verdict::Problem,
                    Fault::TokenRefused,
                    Some(&error.kind.to_string()),
                ),
                _ => failed(error),
            },
        }
    }

    /// What it says of our workspace. `presence` is how the host sees itself, where one runs.
    pub(super) fn workspace(&self, presence: Option<PresenceWord>) -> Finding {
        let status = match (&self.state, &self.lookup) {
            (_, Ok(Lookup::Removed)) => &Status::Removed,
            (Some(Ok(state)), _) if state.deleted => &Status::Removed,
            (Some(Ok(state)), _) if state.paused => &Status::Paused,
            (Some(Ok(state)), _) => &state.status,
            (_, Ok(Lookup::Present(workspace))) => &workspace.status,
            _ => return Finding::because(Item::Token),
        };
        let said = format!("{} on the platform", status.word());
        match status {
            Status::Removed => Finding::fault(Verdict::Problem, Fault::WorkspaceRemoved, None),
            Status::Paused => Finding::fault(Verdict::Warning, Fault::WorkspacePaused, None),
            Status::Failed => Finding::warning(said, "Look at the workspace on the platform."),
            Status::Offline | Status::AwaitingAgent if presence == Some(PresenceWord::Online) => {
                Finding::warning(
                    format!("{said}, though the host here is online"),
                    "Wait for a minute; if it stays so, run `ligand restart`.",
                )
            }
            _ => Finding::ok(said),
        }
    }
}

/// A call that failed without a word on our token.
fn failed(error: &Error) -> Finding {
    let detail = error.kind.to_string();
    match &error.kind {
        Kind::RateLimited { .. } => Finding::warning(detail, "Wait for a minute, and try again."),
        kind => Finding::fault(Verdict::Problem, Fault::of_call(kind), Some(&detail)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: Kind) -> Error {
        Error {
            stage: Stage::State,
            kind,
        }
    }

    fn heard(state: Option<Result<State, Error>>) -> Heard {
        Heard {
            health: Ok(()),
            state,
            lookup: Err(error(Kind::Timeout)),
        }
    }

    fn state(status: Status, paused: bool) -> Heard {
        heard(Some(Ok(State {
            status,
            paused,
            deleted: false,
        })))
    }

    #[test]
    fn a_refused_and_a_missing_token_have_the_health_tables_next_step() {
        let refused = Kind::Unauthorized {
            status: 401,
            message: "no".to_owned(),
        };
        for (state, fault) in [
            (Some(Err(error(refused))), Fault::TokenRefused),
            (None, Fault::TokenMissing),
        ] {
            let heard = heard(state);
            let finding = heard.token();
            assert_eq!(finding.verdict, Verdict::Problem);
            assert!(finding.found.starts_with(fault.title()));
            assert_eq!(finding.next.as_deref(), Some(fault.next()));
            assert_eq!(heard.workspace(None), Finding::because(Item::Token));
        }
    }

    #[test]
    fn a_workspace_is_told_as_the_platform_says_it() {
        let verdict = |heard: &Heard, presence| heard.workspace(presence).verdict;
        let offline = state(Status::Offline, false);
        assert_eq!(verdict(&offline, None), Verdict::Ok);
        assert_eq!(verdict(&offline, Some(PresenceWord::Online)), Verdict::Warning);
        assert_eq!(
            state(Status::Online, true).workspace(None).next.as_deref(),
            Some(Fault::WorkspacePaused.next())
        );
        let removed = Heard {
            lookup: Ok(Lookup::Removed),
            ..state(Status::Online, false)
        };
        assert_eq!(verdict(&removed, None), Verdict::Problem);
    }

    #[test]
    fn a_platform_that_fails_says_nothing_of_the_token() {
        let broken = Kind::NotAPlatform {
            status: 200,
            content: "an HTML page".to_owned(),
            login: false,
        };
        let heard = Heard {
            health: Err(error(broken)),
            ..heard(Some(Err(error(Kind::Timeout))))
        };
        assert_eq!(heard.health().next.as_deref(), Some(Fault::NotAPlatform.next()));
        assert!(
            heard
                .token()
                .found
                .starts_with(Fault::PlatformUnreachable.title())
        );
    }
}
