//! One process for one message: text on its standard input, its standard output handed on as it comes, its standard
//! error in the agent's log, and an end to it and to everything that it has started, also when the host is killed.
//!
//! No shell is started: the program and its arguments are the profile's own, and what a stranger sent is on standard
//! input alone. How it is started and ended is `supervise`'s. What is not here: a program that runs all the time, and what
//! standard output means.

mod found;
mod last_words;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod utf8;

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
    pin::pin,
    time::Duration,
};

use futures::{FutureExt as _, future::FusedFuture};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

pub(crate) use self::found::found;
use self::last_words::LastWords;
pub(super) use self::utf8::Utf8;
use super::builtin::ANSWER_LIMIT;
use crate::supervise::{self, Ended, Environment, GuardProgram, Hidden, Output, Process, Streams};

/// How long what a process wrote last may be on its way after it has ended. Longer only takes it if something that left
/// the process's group holds the pipe.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Bytes that are read at once.
const READ: usize = 16 * 1024;

/// A process that is to be.
pub(super) struct Job {
    /// The program's file.
    pub(super) program: PathBuf,
    /// Its arguments, without itself.
    pub(super) arguments: Vec<OsString>,
    /// Where it works.
    pub(super) dir: PathBuf,
    /// Variables besides those of the host, of which it gets all but Ligand's own.
    pub(super) env: Vec<(String, String)>,
    /// What it reads.
    pub(super) input: String,
    /// How long it may take.
    pub(super) limit: Duration,
}

/// How a process ended.
#[derive(Debug)]
pub(super) enum End {
    /// By itself, with success.
    Done,
    /// By itself, without: how, and the last of its standard error, which may be nothing.
    Failed { how: String, words: String },
    /// It was not there to begin with, and why.
    NotStarted(String),
    /// It took longer than it may, and was stopped.
    OutOfTime,
    /// It was stopped because nobody wants it any more.
    Stopped,
    /// It was stopped because whoever reads its output has had enough.
    Enough,
}

impl End {
    /// Why there is no whole answer, for whoever asked. `limit`: how long it might take.
    pub(super) fn words(&self, limit: Duration) -> String {
        match self {
            Self::Failed { how, words } if words.is_empty() => format!("The program failed ({how})."),
            Self::Failed { how, words } => format!("The program failed ({how}): {words}"),
            Self::NotStarted(why) => format!("The program could not be run: {why}."),
            Self::OutOfTime => format!(
                "The program was stopped, because it took longer than {} s.",
                limit.as_secs()
            ),
            Self::Enough => format!(
                "The program was stopped, because its answer is longer than {} MB.",
                ANSWER_LIMIT / 1024 / 1024
            ),
            Self::Stopped => "The program was stopped, because nobody wants its answer any more.".to_owned(),
            Self::Done => "The program ended without an answer.".to_owned(),
        }
    }
}

/// Whoever reads a process's output wants no more of it.
#[derive(Debug)]
pub(super) struct HadEnough;

impl Job {
    /// Runs it to its end. `hear` is given what it writes to standard output, as it comes; what it writes to standard error
    /// goes to `log`.
    pub(super) async fn run(
        self,
        log: &Output,
        stop: &CancellationToken,
        hear: impl FnMut(&[u8]) -> Result<(), HadEnough> + Send,
    ) -> End {
        let started = self.start().await;
        let (mut process, life, streams) = match started {
            Ok(started) => started,
            Err(why) => return End::NotStarted(why),
        };
        // From here on whoever drops this future ends the whole group.
        let words = LastWords::default();
        let all_said = log.follow(streams.stderr, true, &Hidden::default().heard_by(words.ear()));
        let mut ended = pin!(life.end().fuse());
        let end = {
            let talk = async {
                let stdout = supervise::reader(streams.stdout);
                let stdin = streams.stdin.map(supervise::writer).transpose();
                let (Ok(stdout), Ok(stdin)) = (stdout, stdin) else {
                    return Err(End::NotStarted("its streams cannot be used".to_owned()));
                };
                let mut talk = pin!(async { tokio::try_join!(read(stdout, hear), fed(stdin, self.input)) });
                // It may close its streams and go on, or end while something that has left its group still holds them.
                tokio::select! {
                    biased;
                    heard = &mut talk => match heard {
                        Ok(_) => Ok(ended.as_mut().await),
                        Err(HadEnough) => Err(End::Enough),
                    },
                    ended = ended.as_mut() => match timeout(LAST_WORDS, talk).await {
                        Ok(Err(HadEnough)) => Err(End::Enough),
                        Ok(Ok(_)) | Err(_) => Ok(ended),
                    },
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => Err(End::Stopped),
                () = sleep(self.limit) => Err(End::OutOfTime),
                end = talk => end,
            }
        };
        match end {
            Ok(Ended { is_good: true, .. }) => End::Done,
            Ok(Ended { how, .. }) => {
                let _ = timeout(LAST_WORDS, all_said).await;
                End::Failed {
                    how,
                    words: words.text(),
                }
            }
            Err(end) => {
                process.end();
                if !ended.is_terminated() {
                    ended.await;
                }
                end
            }
        }
    }

    async fn start(&self) -> Result<(Process, supervise::Life, Streams), String> {
        let guard = GuardProgram::this().map_err(|error| format!("its guard cannot be found ({error})"))?;
        let mut env = Environment::inherited(std::env::vars_os());
        for (name, value) in &self.env {
            env.put(name, value);
        }
        let argv: Vec<&OsStr> = std::iter::once(self.program.as_os_str())
            .chain(self.arguments.iter().map(OsString::as_os_str))
            .collect();
        Process::start_with_input(&guard, &argv, self.dir.as_os_str(), &env).await
    }
}

/// Gives a process its input. One that does not want it need not read it.
async fn fed(stdin: Option<impl AsyncWrite + Unpin>, input: String) -> Result<(), HadEnough> {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(input.as_bytes()).await;
        let _ = stdin.shutdown().await;
    }
    Ok(())
}

/// Reads a stream of a process to its end. One that breaks has ended.
async fn read(
    mut stream: impl AsyncRead + Unpin,
    mut hear: impl FnMut(&[u8]) -> Result<(), HadEnough>,
) -> Result<(), HadEnough> {
    let mut buffer = vec![0; READ];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        hear(&buffer[..read])?;
    }
    Ok(())
}
