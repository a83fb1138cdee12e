//! The host's end of a running agent: starts its guard, and hears from it.

use std::{
    ffi::OsStr,
    io,
    os::{fd::OwnedFd, unix::process::CommandExt as _},
    path::PathBuf,
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

use super::{
    environment::Environment,
    guard::{ARGUMENT, Word},
    order::Order,
};

/// How long a guard may take to start an agent: a machine that swaps needs seconds for a program.
const START_DEADLINE: Duration = Duration::from_secs(15);

/// A line of a guard is a sentence.
const WORD_LIMIT: u64 = 4096;

/// How a guard is started.
#[derive(Debug, Clone)]
pub(super) struct GuardProgram {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
}

impl GuardProgram {
    /// This very binary, also when its file was replaced by a newer one meanwhile.
    pub(super) fn this() -> io::Result<Self> {
        let program = if cfg!(target_os = "linux") {
            PathBuf::from("/proc/self/exe")
        } else {
            std::env::current_exe()?
        };
        Ok(Self {
            program,
            arguments: vec![ARGUMENT.to_owned()],
        })
    }
}

/// An agent that runs. When this is dropped, it is ended.
#[derive(Debug)]
pub(super) struct Process {
    /// Its lifeline.
    lifeline: Option<OwnedWriteHalf>,
}

/// What comes of it.
#[derive(Debug)]
pub(super) struct Life {
    words: BufReader<OwnedReadHalf>,
    guard: Child,
    group: Option<Pid>,
}

/// What it says.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
}

impl Process {
    /// Starts a program, and waits until it runs.
    ///
    /// # Errors
    /// In words, when it cannot be started.
    pub(super) async fn start(
        guard: &GuardProgram,
        argv: &[String],
        dir: &OsStr,
        env: &Environment,
    ) -> Result<(Self, Life, Streams), String> {
        let order = Order::bytes(argv, dir, env);
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(no_guard)?;
        let mut child = Command::new(&guard.program)
            .arg0("ligand")
            .args(&guard.arguments)
            .env_clear()
            .current_dir("/")
            // What a terminal sends to the host's group is not for it.
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(no_guard)?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err("its guard has no output".to_owned());
        };
        ours.set_nonblocking(true).map_err(no_guard)?;
        let (read, mut write) = UnixStream::from_std(ours).map_err(no_guard)?.into_split();
        let mut life = Life {
            words: BufReader::new(read),
            guard: child,
            group: None,
        };
        let started = async {
            write.write_all(&order).await.map_err(no_guard)?;
            Ok::<_, String>(life.word().await)
        };
        let word = timeout(START_DEADLINE, started)
            .await
            .unwrap_or_else(|_| Err(format!("it did not start within {} s", START_DEADLINE.as_secs())));
        match word {
            Ok(Some(Word::Started(pid))) => {
                life.group = Pid::from_raw(pid);
                let process = Self {
                    lifeline: Some(write),
                };
                Ok((process, life, Streams { stdout, stderr }))
            }
            other => {
                drop(write);
                let why = match other {
                    Ok(Some(Word::Failed(why))) => why,
                    Err(why) => why,
                    Ok(_) => "its guard ended at once".to_owned(),
                };
                life.reap().await;
                Err(why)
            }
        }
    }

    /// Has it ended: asked first, and killed after 10 s. [`Life::end`] tells when that is done.
    pub(super) fn end(&mut self) {
        self.lifeline = None;
    }
}

impl Life {
    /// Waits for its end, and says how it went.
    pub(super) async fn end(mut self) -> String {
        let how = loop {
            match self.word().await {
                Some(Word::Ended(how)) => break how,
                Some(_) => {}
                None => {
                    // Whoever ended the guard did not end the agent.
                    if let Some(group) = self.group {
                        let _ = kill_process_group(group, Signal::KILL);
                    }
                    break "its guard was ended, and it was ended with it".to_owned();
                }
            }
        };
        self.reap().await;
        how
    }

    /// The guard's next word; none when it has ended.
    async fn word(&mut self) -> Option<Word> {
        use tokio::io::AsyncReadExt as _;
        let mut line = String::new();
        let read = (&mut self.words).take(WORD_LIMIT).read_line(&mut line).await;
        read.ok().filter(|bytes| *bytes > 0)?;
        Word::read(&line)
    }

    /// Takes the guard's end in, which is near.
    async fn reap(mut self) {
        let reaped = tokio::task::spawn_blocking(move || self.guard.wait()).await;
        if !matches!(reaped, Ok(Ok(_))) {
            tracing::warn!("the end of an agent's guard was not seen");
        }
    }
}

fn no_guard(error: io::Error) -> String {
    format!("its guard cannot be started ({error})")
}

#[cfg(test)]
#[path = "process_tests.rs"]
pub(super) mod tests;
