//! A running program in a job object of its own: whatever it starts is in it too, and all of it ends when the job is
//! closed, which the system does for a host that was killed. So no guard stands between.
//!
//! There is no way to ask a program to end that has no window and no console: it is ended at once. Not run yet, only
//! checked by the compiler.

use std::{
    ffi::OsStr,
    io,
    process::{ChildStderr, ChildStdin, ChildStdout, Stdio},
    time::Duration,
};

use process_wrap::tokio::{ChildWrapper, CommandWrap, CreationFlags, JobObject, KillOnDrop};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};
use windows::Win32::System::Threading::CREATE_NO_WINDOW;

use super::{Ended, environment::Environment};

/// How long the end of a job may take once it was ordered.
const ENDED_WITHIN: Duration = Duration::from_secs(10);

/// What a program needs to be started here: nothing.
#[derive(Debug, Clone)]
pub(crate) struct GuardProgram;

impl GuardProgram {
    pub(crate) fn this() -> io::Result<Self> {
        Ok(Self)
    }
}

/// A program that runs. When this is dropped, it is ended.
#[derive(Debug)]
pub(crate) struct Process {
    wanted: Option<DropGuard>,
}

/// What comes of it.
#[derive(Debug)]
pub(crate) struct Life {
    child: Box<dyn ChildWrapper>,
    unwanted: CancellationToken,
}

/// What it says, and what it hears.
#[derive(Debug)]
pub(crate) struct Streams {
    /// Where it was started with [`Process::start_with_input`].
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: ChildStdout,
    pub(crate) stderr: ChildStderr,
}

/// A stream that is read while other things go on.
pub(crate) fn reader(stream: ChildStdout) -> io::Result<impl AsyncRead + Unpin> {
    tokio::process::ChildStdout::from_std(stream)
}

/// A stream that is written while other things go on.
pub(crate) fn writer(stream: ChildStdin) -> io::Result<impl AsyncWrite + Unpin> {
    tokio::process::ChildStdin::from_std(stream)
}

impl Process {
    /// Starts a program that is told nothing.
    ///
    /// # Errors
    /// In words, when it cannot be started.
    pub(crate) async fn start(
        _: &GuardProgram,
        argv: &[impl AsRef<OsStr>],
        dir: &OsStr,
        env: &Environment,
    ) -> Result<(Self, Life, Streams), String> {
        Self::start_on(argv, dir, env, Stdio::null())
    }

    /// Starts a program with a pipe as its standard input.
    ///
    /// # Errors
    /// In words, when it cannot be started.
    pub(crate) async fn start_with_input(
        _: &GuardProgram,
        argv: &[impl AsRef<OsStr>],
        dir: &OsStr,
        env: &Environment,
    ) -> Result<(Self, Life, Streams), String> {
        Self::start_on(argv, dir, env, Stdio::piped())
    }

    fn start_on(
        argv: &[impl AsRef<OsStr>],
        dir: &OsStr,
        env: &Environment,
        stdin: Stdio,
    ) -> Result<(Self, Life, Streams), String> {
        let [program, arguments @ ..] = argv else {
            return Err("no program is named".to_owned());
        };
        let mut command = CommandWrap::with_new(program, |command| {
            command
                .args(arguments)
                .current_dir(dir)
                .env_clear()
                .envs(env.iter())
                .stdin(stdin)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
        });
        // With it the job ends with its last handle, and that is ours.
        command
            .wrap(KillOnDrop)
            .wrap(CreationFlags(CREATE_NO_WINDOW))
            .wrap(JobObject);
        let mut child = command
            .spawn()
            .map_err(|error| words(program.as_ref(), dir, &error))?;
        let streams = streams(child.as_mut()).map_err(|error| format!("it has no streams ({error})"))?;
        let unwanted = CancellationToken::new();
        let process = Self {
            wanted: Some(unwanted.clone().drop_guard()),
        };
        Ok((process, Life { child, unwanted }, streams))
    }

    /// Has it ended. [`Life::end`] tells when that is done.
    pub(crate) fn end(&mut self) {
        self.wanted = None;
    }
}

impl Life {
    /// Waits for its end, and says how it went.
    pub(crate) async fn end(mut self) -> Ended {
        let status = tokio::select! {
            biased;
            () = self.unwanted.cancelled() => None,
            status = self.child.inner_mut().wait() => Some(status),
        };
        // What it left behind has nobody to work for.
        let _ = self.child.start_kill();
        let gone = timeout(ENDED_WITHIN, self.child.wait()).await;
        match status {
            Some(Ok(status)) => Ended {
                is_good: status.success(),
                how: match status.code() {
                    Some(code) => format!("it ended with code {code}"),
                    None => "it ended".to_owned(),
                },
            },
            Some(Err(error)) => Ended {
                is_good: false,
                how: format!("its end was not seen ({error})"),
            },
            None => Ended {
                is_good: false,
                how: match gone {
                    Ok(Ok(_)) => "it was ended".to_owned(),
                    Ok(Err(_)) | Err(_) => "it was told to end, and its end was not seen".to_owned(),
                },
            },
        }
    }
}

fn streams(child: &mut dyn ChildWrapper) -> io::Result<Streams> {
    let missing = || io::Error::from(io::ErrorKind::BrokenPipe);
    let stdin = child
        .stdin()
        .take()
        .map(|stdin| stdin.into_owned_handle())
        .transpose()?;
    let stdout = child.stdout().take().ok_or_else(missing)?.into_owned_handle()?;
    let stderr = child.stderr().take().ok_or_else(missing)?.into_owned_handle()?;
    Ok(Streams {
        stdin: stdin.map(Into::into),
        stdout: stdout.into(),
        stderr: stderr.into(),
    })
}

fn words(program: &OsStr, dir: &OsStr, error: &io::Error) -> String {
    let (program, dir_words) = (program.to_string_lossy(), dir.to_string_lossy());
    if !std::path::Path::new(dir).is_dir() {
        return format!("there is no folder {dir_words}");
    }
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no program {program}"),
        io::ErrorKind::PermissionDenied => format!("{program} may not be executed"),
        _ => format!("{program} cannot be started ({error})"),
    }
}
