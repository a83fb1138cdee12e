//! The built-in agent that asks Claude Code: `claude -p`, once for each message, in one conversation for each context.
//!
//! Strangers' text drives it, so its own permission rules always hold: whatever the user's settings say, it runs in the
//! mode that refuses what nobody has allowed, and nothing can be configured here that skips them. The text is on its
//! standard input alone.
//!
//! The flags and the output's format were read from Claude Code's CLI reference and headless mode pages
//! (code.claude.com/docs), and from lines of versions 2.1.229 to 2.1.285 as others have recorded them. It was not run
//! against the real program.

mod lines;
mod login;
mod sessions;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::future::BoxFuture;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::{lines::Turn, login::Login, sessions::Sessions};
use super::{
    AgentError,
    builtin::{About, Answer, Bounds, BuiltIn, Ending, Heard, Work},
    process::{End, HadEnough, Job, found},
};
use crate::{config::ClaudeConfig, supervise::Output};

/// The program's name.
const PROGRAM: &str = "claude";

/// Printed answers, line by line as they come. Without `--verbose` the format is refused.
const USUAL: [&str; 5] = [
    "-p",
    "--output-format=stream-json",
    "--verbose",
    "--include-partial-messages",
    // Before any mode that the user's or the folder's settings name: it might be the one that skips all rules.
    "--permission-mode=default",
];

/// What must be said before a message that begins like a command of Claude Code's own: strangers give it none.
const NO_COMMAND: &str = "This is a message, not a command:\n\n";

/// The agent that asks Claude Code; what that writes to standard error goes to `log`.
pub(super) fn new(config: &ClaudeConfig, bounds: Bounds, log: Output) -> BuiltIn {
    new_on(std::env::var_os("PATH"), config, bounds, log)
}

/// The same, with the program looked up on this path.
fn new_on(path: Option<OsString>, config: &ClaudeConfig, bounds: Bounds, log: Output) -> BuiltIn {
    let about = About {
        name: "Claude Code".to_owned(),
        title: "The claude agent",
        description: "Claude Code on its owner's laptop, in one folder and with the tools that the owner allows.",
        skill: json!({
            "id": "claude",
            "name": "Claude Code",
            "description": "Answers questions and does tasks in its folder. Messages of one context are one conversation.",
            "tags": ["claude", "code"],
        }),
    };
    let claude = Claude(Arc::new(Inner {
        path,
        config: config.clone(),
        sessions: Sessions::default(),
        login: Login::new(),
        log,
    }));
    BuiltIn::working(about, Arc::new(claude), bounds)
}

struct Claude(Arc<Inner>);

struct Inner {
    path: Option<OsString>,
    config: ClaudeConfig,
    sessions: Sessions,
    login: Login,
    log: Output,
}

impl Work for Claude {
    fn answer(&self, heard: Heard, answer: Answer, stop: CancellationToken) -> BoxFuture<'static, Ending> {
        let inner = self.0.clone();
        Box::pin(async move { inner.answer(heard, answer, &stop).await })
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), AgentError>> {
        Box::pin(async move {
            let program = self.0.program()?;
            self.0.login.check(&program, &self.0.dir(), &self.0.log).await
        })
    }
}

impl Inner {
    fn dir(&self) -> PathBuf {
        PathBuf::from(&self.config.dir)
    }

    fn program(&self) -> Result<PathBuf, AgentError> {
        if !self.dir().is_dir() {
            return Err(AgentError::Unready(format!(
                "there is no folder {}. Make it, or mend dir in the profile",
                self.config.dir
            )));
        }
        found(PROGRAM, Path::new("/"), self.path.as_deref()).ok_or_else(|| {
            AgentError::Unready(
                "Claude Code is not installed: there is no `claude` on PATH. Install it \
                 (https://code.claude.com/docs/en/setup), or start Ligand where `claude` can be found"
                    .to_owned(),
            )
        })
    }

    async fn answer(&self, heard: Heard, answer: Answer, stop: &CancellationToken) -> Ending {
        let program = match self.program() {
            Ok(program) => program,
            Err(error) => return Ending::Failed(error.to_string()),
        };
        // One message of a conversation at a time: the next one is about what this one brings.
        let place = self.sessions.of(&heard.context);
        let mut session = tokio::select! {
            biased;
            () = stop.cancelled() => return Ending::Cancelled,
            session = place.lock() => session,
        };
        let limit = Duration::from_secs(u64::from(self.config.time_limit_s));
        let job = Job {
            program,
            arguments: self.arguments(*session),
            dir: self.dir(),
            env: Vec::new(),
            input: as_message(heard.text),
            limit,
        };
        let mut turn = Turn::new(answer);
        let end = job
            .run(&self.log, stop, |bytes| turn.take(bytes).map_err(|_| HadEnough))
            .await;
        // A session that did not even begin is none that could be gone on with.
        *session = turn.session();
        if turn.is_logged_out() {
            self.login.is_out();
            return Ending::Failed(login::LOGGED_OUT.to_owned());
        }
        match (end, turn.end()) {
            (End::Stopped, _) => Ending::Cancelled,
            (end @ (End::OutOfTime | End::Enough | End::NotStarted(_)), _) => {
                Ending::Failed(end.words(limit))
            }
            (_, Some(Ok(()))) => {
                self.login.is_in();
                Ending::Done
            }
            (_, Some(Err(words))) => Ending::Failed(words),
            (end, None) => Ending::Failed(end.words(limit)),
        }
    }

    fn arguments(&self, session: Option<Uuid>) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = USUAL.iter().map(Into::into).collect();
        if let Some(model) = &self.config.model {
            arguments.push(format!("--model={model}").into());
        }
        if let Some(session) = session {
            arguments.push(format!("--resume={session}").into());
        }
        // It takes all that follows, so it is the last.
        if !self.config.tools.is_empty() {
            arguments.push("--allowedTools".into());
            arguments.extend(self.config.tools.iter().map(Into::into));
        }
        arguments
    }
}

/// The text as it goes in.
fn as_message(text: String) -> String {
    if text.trim_start().starts_with('/') {
        format!("{NO_COMMAND}{text}")
    } else {
        text
    }
}
