//! The built-in agent that runs a program for each message: the message's text on its standard input, the answer from
//! its standard output as it comes.

use std::{ffi::OsStr, path::PathBuf, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    AgentError,
    builtin::{About, Answer, Bounds, BuiltIn, Ending, Heard, TooLong, Work},
    process::{End, HadEnough, Job, Utf8, found},
};
use crate::{config::ExecConfig, supervise::Output};

/// Bytes of line breaks that wait for text to come after them: those at the end of an answer belong to the terminal.
const BREAKS: usize = 1024;

/// The agent that runs this program; what that writes to standard error goes to `log`.
pub(super) fn new(config: &ExecConfig, bounds: Bounds, log: Output) -> BuiltIn {
    let about = About {
        name: config.name().to_owned(),
        title: "The exec agent",
        description: "Runs a program on its owner's laptop for each message, and answers with what it prints.",
        skill: json!({
            "id": "exec",
            "name": "Run",
            "description": "Gives the text that it was sent to a program, and answers with what that prints.",
            "tags": ["exec"],
        }),
    };
    let config = config.clone();
    BuiltIn::working(about, Arc::new(Exec { config, log }), bounds)
}

struct Exec {
    config: ExecConfig,
    log: Output,
}

impl Exec {
    /// The program's file.
    fn program(&self, path: Option<&OsStr>) -> Result<PathBuf, AgentError> {
        let dir = PathBuf::from(&self.config.dir);
        if !dir.is_dir() {
            return Err(AgentError::Unready(format!(
                "there is no folder {}. Make it, or mend dir in the profile",
                self.config.dir
            )));
        }
        found(self.config.program(), &dir, path).ok_or_else(|| {
            AgentError::Unready(format!(
                "{} cannot be run: no such program is there that may be executed. Put it there (and chmod +x it), or mend \
                 argv in the profile",
                self.config.program()
            ))
        })
    }
}

impl Work for Exec {
    fn answer(&self, heard: Heard, answer: Answer, stop: CancellationToken) -> BoxFuture<'static, Ending> {
        let program = self.program(std::env::var_os("PATH").as_deref());
        let (config, log) = (self.config.clone(), self.log.clone());
        Box::pin(async move {
            let program = match program {
                Ok(program) => program,
                Err(error) => return Ending::Failed(error.to_string()),
            };
            let limit = Duration::from_secs(u64::from(config.time_limit_s));
            let job = Job {
                program,
                arguments: config.arguments().iter().map(Into::into).collect(),
                dir: PathBuf::from(&config.dir),
                env: config.env.into_iter().collect(),
                input: heard.text,
                limit,
            };
            let mut printed = Printed::new(answer);
            let end = job
                .run(&log, &stop, |bytes| {
                    printed.take(bytes).map_err(|TooLong| HadEnough)
                })
                .await;
            match end {
                End::Done => match printed.end() {
                    Ok(()) => Ending::Done,
                    Err(TooLong) => Ending::Failed(End::Enough.words(limit)),
                },
                End::Stopped => Ending::Cancelled,
                other => Ending::Failed(other.words(limit)),
            }
        })
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), AgentError>> {
        let path = std::env::var_os("PATH");
        Box::pin(async move { self.program(path.as_deref()).map(drop) })
    }
}

/// What a program prints, on its way to be an answer. The line breaks at its end are left out, as a shell does.
struct Printed {
    answer: Answer,
    utf8: Utf8,
    breaks: String,
}

impl Printed {
    fn new(answer: Answer) -> Self {
        Self {
            answer,
            utf8: Utf8::default(),
            breaks: String::new(),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        let text = self.utf8.take(bytes);
        self.say(&text)
    }

    fn say(&mut self, text: &str) -> Result<(), TooLong> {
        let ends = text.trim_end_matches(['\n', '\r']).len();
        let (text, breaks) = text.split_at(ends);
        if !text.is_empty() || self.breaks.len() > BREAKS {
            let mut said = std::mem::take(&mut self.breaks);
            said.push_str(text);
            self.answer.say(&said)?;
        }
        self.breaks.push_str(breaks);
        Ok(())
    }

    fn end(mut self) -> Result<(), TooLong> {
        let left = std::mem::take(&mut self.utf8).end();
        self.say(left)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
