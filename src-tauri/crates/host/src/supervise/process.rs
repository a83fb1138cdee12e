//! The host's end of a running program: starts its guard, hands it the program's streams, and hears from it.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, PipeReader, PipeWriter},
    os::fd::{AsFd as _, OwnedFd},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf, pipe},
    },
    process::{Child, Command},
    time::timeout,
};

use super::{
    Ended,
    environment::Environment,
    guard::{self, Word},
    handing,
    order::Order,
};

/// How long a guard may take to start a program: a machine that swaps needs seconds for a program.
const START_DEADLINE: Duration = Duration::from_secs(15);

/// A line of a guard is a sentence.
const WORD_LIMIT: u64 = 4096;

/// How a guard is started.
#[derive(Debug, Clone)]
pub(crate) struct GuardProgram {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
}

impl GuardProgram {
    /// This very binary, also when its file was replaced by a newer one meanwhile.
    #[cfg(not(test))]
    pub(crate) fn this() -> io::Result<Self> {
        let program = if cfg!(target_os = "linux") {
            PathBuf::from("/proc/self/exe")
        } else {
            std::env::current_exe()?
        };
        Ok(Self {
            program,
            arguments: vec![guard::ARGUMENT.to_owned()],
        })
    }

    /// This very test.
    #[cfg(test)]
    pub(crate) fn this() -> io::Result<Self> {
        Ok(tests::guard_program())
    }
}

/// A program that runs. When this is dropped, it is ended.
#[derive(Debug)]
pub(crate) struct Process {
    /// Its lifeline.
    lifeline: Option<OwnedWriteHalf>,
}

/// What comes of it.
#[derive(Debug)]
pub(crate) struct Life {
    words: BufReader<OwnedReadHalf>,
    guard: Child,
    group: Option<Pid>,
}

/// What it says, and what it hears.
#[derive(Debug)]
pub(crate) struct Streams {
    /// Where it was started with [`Process::start_with_input`].
    pub(crate) stdin: Option<PipeWriter>,
    pub(crate) stdout: PipeReader,
    pub(crate) stderr: PipeReader,
}

/// A stream that is read while other things go on.
pub(crate) fn reader(stream: PipeReader) -> io::Result<impl AsyncRead + Unpin> {
    pipe::Receiver::from_owned_fd(stream.into())
}

/// A stream that is written while other things go on.
pub(crate) fn writer(stream: PipeWriter) -> io::Result<impl AsyncWrite + Unpin> {
    pipe::Sender::from_owned_fd(stream.into())
}

impl Process {
    /// Starts a program that is told nothing, and waits until it runs.
    ///
    /// # Errors
    /// In words, when it cannot be started.
    pub(crate) async fn start(
        guard: &GuardProgram,
        argv: &[impl AsRef<OsStr>],
        dir: &OsStr,
        env: &Environment,
    ) -> Result<(Self, Life, Streams), String> {
        let nothing = File::open("/dev/null").map_err(no_guard)?;
        Self::start_on(guard, &Order::bytes(argv, dir, env), (nothing.into(), None)).await
    }

    /// Starts a program with a pipe as its standard input, and waits until it runs.
    ///
    /// # Errors
    /// In words, when it cannot be started.
    pub(crate) async fn start_with_input(
        guard: &GuardProgram,
        argv: &[impl AsRef<OsStr>],
        dir: &OsStr,
        env: &Environment,
    ) -> Result<(Self, Life, Streams), String> {
        let (stdin, ours) = io::pipe().map_err(no_guard)?;
        Self::start_on(guard, &Order::bytes(argv, dir, env), (stdin.into(), Some(ours))).await
    }

    async fn start_on(
        guard: &GuardProgram,
        order: &[u8],
        (its_stdin, stdin): (OwnedFd, Option<PipeWriter>),
    ) -> Result<(Self, Life, Streams), String> {
        let (stdout, its_stdout) = io::pipe().map_err(no_guard)?;
        let (stderr, its_stderr) = io::pipe().map_err(no_guard)?;
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(no_guard)?;
        let child = Command::new(&guard.program)
            .arg0("ligand")
            .args(&guard.arguments)
            .env_clear()
            .current_dir("/")
            // What a terminal sends to the host's group is not for it.
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(no_guard)?;
        // Kept until the guard has said that it has them: not every system minds those that are under way.
        let its_own = (its_stdin, its_stdout, its_stderr);
        let streams = [its_own.0.as_fd(), its_own.1.as_fd(), its_own.2.as_fd()];
        handing::send(&ours, &streams).map_err(no_guard)?;
        ours.set_nonblocking(true).map_err(no_guard)?;
        let (read, mut write) = UnixStream::from_std(ours).map_err(no_guard)?.into_split();
        let mut life = Life {
            words: BufReader::new(read),
            guard: child,
            group: None,
        };
        let started = async {
            write.write_all(order).await.map_err(no_guard)?;
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
                let streams = Streams {
                    stdin,
                    stdout,
                    stderr,
                };
                Ok((process, life, streams))
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
    pub(crate) fn end(&mut self) {
        self.lifeline = None;
    }
}

impl Life {
    /// Waits for its end, and says how it went.
    pub(crate) async fn end(mut self) -> Ended {
        let ended = loop {
            match self.word().await {
                Some(Word::Ended(ended)) => break ended,
                Some(_) => {}
                None => {
                    // Whoever ended the guard did not end the program.
                    if let Some(group) = self.group {
                        let _ = kill_process_group(group, Signal::KILL);
                    }
                    break Ended {
                        is_good: false,
                        how: "its guard was ended, and it was ended with it".to_owned(),
                    };
                }
            }
        };
        self.reap().await;
        ended
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
        if let Err(error) = self.guard.wait().await {
            tracing::warn!(%error, "the end of a program's guard was not seen");
        }
    }
}

fn no_guard(error: io::Error) -> String {
    format!("its guard cannot be started ({error})")
}

#[cfg(test)]
#[path = "process_tests.rs"]
pub(crate) mod tests;
