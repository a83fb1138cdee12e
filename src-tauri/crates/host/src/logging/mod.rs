//! The host's log: what is logged, and where to.
//!
//! `LIGAND_LOG` says what, in the usual form (`debug`, or `info,ligand_host::presence=trace`). It is about our own
//! parts only. What others wrote into their crates is capped at *info*, whatever is asked for: below that, HTTP and
//! WebSocket libraries print whole headers, and headers carry tokens.
//!
//! It is written to files of the state folder that only their owner can read, bounded in number and bytes, and to
//! standard error where somebody looks. Reading them again is the control API's.

mod levels;
mod rotating;

use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

use crate::config::LogLevel;
use crate::places::Places;
pub(crate) use rotating::RotatingFile;

/// The files' names begin so.
const PREFIX: &str = "host";

/// Lines that wait for a slow disk before lines are lost: a few MB at most.
const WAITING_LINES: usize = 16_384;

/// Ends the log when dropped: what waits is written first.
#[must_use = "the log ends when this is dropped"]
#[derive(Debug)]
pub struct LogGuard(#[expect(dead_code, reason = "it is there to be dropped")] WorkerGuard);

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// `LIGAND_LOG` cannot be understood.
    #[error(
        "LIGAND_LOG is \"{given}\", which names no levels ({why}). Use error, warn, info, debug or trace, or for example info,ligand_host=debug"
    )]
    Levels {
        /// What it is.
        given: String,
        /// What is wrong with it.
        why: String,
    },
    /// The folder or file cannot be written.
    #[error("cannot write the log: {0}. Make room, or name another folder with LIGAND_STATE_DIR")]
    Io(#[from] io::Error),
    /// This process logs already.
    #[error("this process has a log already")]
    Twice,
}

impl LoggingError {
    /// The stable code of this fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Levels { .. } => "log_levels",
            Self::Io(_) => "log_unwritable",
            Self::Twice => "log_twice",
        }
    }
}

/// Where the log goes besides its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    /// To standard error as well: a host in the foreground.
    Stderr,
    /// Nowhere.
    Quiet,
}

/// The variable that counts before the config's level.
const VARIABLE: &str = "LIGAND_LOG";

/// The levels of the log that was started, to change them.
static LEVELS: OnceLock<reload::Handle<Targets, Registry>> = OnceLock::new();

/// What `LIGAND_LOG` asks for, if anything.
pub(crate) fn asked_by_environment() -> Option<String> {
    let asked = std::env::var(VARIABLE).ok()?;
    (!asked.trim().is_empty()).then_some(asked)
}

/// Logs as much as the config says from now on, unless `LIGAND_LOG` says how much, or there is no log.
pub(crate) fn set_level(level: LogLevel) {
    if asked_by_environment().is_some() {
        return;
    }
    let (Some(log), Ok(levels)) = (LEVELS.get(), levels::levels(Some(level.word()))) else {
        return;
    };
    if let Err(error) = log.reload(levels) {
        tracing::warn!(%error, "the log's level could not be changed");
    }
}

/// Starts the log of this process, which holds the host's lock.
pub fn start(places: &Places, console: Console) -> Result<LogGuard, LoggingError> {
    let levels = levels::levels(asked_by_environment().as_deref())?;
    let file = RotatingFile::open(&places.log_dir(), PREFIX)?;
    // On a thread of its own: a disk that hangs must not stop a heartbeat.
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING_LINES)
        .thread_name("log")
        .finish(file);
    let console = (console == Console::Stderr).then(|| {
        fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
    });
    let (levels, change) = reload::Layer::new(levels);
    tracing_subscriber::registry()
        .with(levels)
        .with(fmt::layer().with_writer(writer).with_ansi(false))
        .with(console)
        .try_init()
        .map_err(|_| LoggingError::Twice)?;
    // There is one log for a process, so this is the first.
    let _ = LEVELS.set(change);
    Ok(LogGuard(guard))
}
