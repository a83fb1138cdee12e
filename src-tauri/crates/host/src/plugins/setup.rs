//! A plugin's `setup.sh`: shown before it is run, and run only by whoever was told to by a person.
//!
//! It runs with the user's own rights and can do whatever the user can: nothing here makes it harmless. It is given
//! nothing of Ligand's environment, a time limit, and a process group of its own, which ends with it.

use std::{io, path::Path, time::Duration};

use super::folder::SETUP;

/// How long it may run.
pub const LIMIT: Duration = Duration::from_secs(300);

/// Bytes that are shown; what is longer is not run, for nobody would have seen it.
const SHOWN: u64 = 64 << 10;

/// What it may know: where programs and the user's files are, and how to write text.
#[cfg(unix)]
const PASSED_ON: [&str; 6] = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TERM"];

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupEnd {
    /// By itself, with this exit code; none where a signal ended it.
    Exited(Option<i32>),
    /// Its time was up.
    TimeUp,
    /// It was to be stopped.
    Stopped,
}

/// The text of a plugin's `setup.sh`, to be shown; the error says why it cannot be.
///
/// # Errors
/// When it is too long to be looked at, no text, or not there.
pub fn text(folder: &Path) -> io::Result<String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let script = std::fs::File::open(folder.join(SETUP))?;
    script.take(SHOWN + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > SHOWN {
        let why = format!("it has more than {} KiB, which nobody reads", SHOWN >> 10);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is no text in UTF-8"))
}

/// Runs it in its folder. What it writes is seen where we write; it reads nothing.
///
/// # Errors
/// When it cannot be started.
#[cfg(unix)]
pub async fn run(folder: &Path, limit: Duration, stop: impl Future<Output = ()>) -> io::Result<SetupEnd> {
    use std::process::Stdio;
    let shell = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"]
        .into_iter()
        .find(|shell| Path::new(shell).exists())
        .unwrap_or("/bin/sh");
    let known = PASSED_ON
        .iter()
        .filter_map(|name| Some((name, std::env::var_os(name)?)));
    let mut child = tokio::process::Command::new(shell)
        .arg(SETUP)
        .current_dir(folder)
        .env_clear()
        .envs(known)
        .stdin(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let group = child
        .id()
        .and_then(|pid| i32::try_from(pid).ok())
        .and_then(rustix::process::Pid::from_raw);
    let end = tokio::select! {
        biased;
        () = stop => SetupEnd::Stopped,
        () = tokio::time::sleep(limit) => SetupEnd::TimeUp,
        ended = child.wait() => SetupEnd::Exited(ended?.code()),
    };
    if let Some(group) = group {
        // What it has left running goes too. Its group may be gone already.
        let _gone = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    if !matches!(end, SetupEnd::Exited(_)) {
        child.kill().await?;
    }
    Ok(end)
}

/// There is no shell to run it on Windows.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub async fn run(_folder: &Path, _limit: Duration, _stop: impl Future<Output = ()>) -> io::Result<SetupEnd> {
    let why = "there is no shell here that could run it";
    Err(io::Error::new(io::ErrorKind::Unsupported, why))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    /// More than any script here takes.
    const AMPLE: Duration = Duration::from_secs(60);

    fn script(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(SETUP), text).unwrap();
        folder
    }

    #[tokio::test]
    async fn it_runs_in_its_folder_with_next_to_no_environment() {
        let folder = script("pwd > where; env > environment; exit 3");
        let end = run(folder.path(), AMPLE, pending()).await.unwrap();
        assert_eq!(end, SetupEnd::Exited(Some(3)));
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        let here = folder.path().canonicalize().unwrap();
        assert_eq!(read("where").trim(), here.to_str().unwrap());
        let of_the_shell = ["PWD", "OLDPWD", "SHLVL", "_"];
        for line in read("environment").lines() {
            let (name, _) = line.split_once('=').unwrap();
            assert!(
                PASSED_ON.contains(&name) || of_the_shell.contains(&name),
                "{name} was passed on"
            );
        }
    }

    #[tokio::test]
    async fn when_its_time_is_up_it_and_all_that_it_began_ends() {
        let folder = script("sleep 600 & echo $! > child; echo $$ > self; wait");
        let began = async {
            let is_there =
                || std::fs::read_to_string(folder.path().join("self")).is_ok_and(|pid| pid.ends_with('\n'));
            while !is_there() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let ended = tokio::time::timeout(AMPLE, run(folder.path(), LIMIT, began)).await;
        assert_eq!(ended.unwrap().unwrap(), SetupEnd::Stopped);
        let pid = std::fs::read_to_string(folder.path().join("child")).unwrap();
        let is_alive = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        if cfg!(target_os = "linux") {
            for _ in 0..500 {
                if !is_alive() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            assert!(!is_alive(), "process {pid} is left");
        }
        let end = run(script("sleep 600").path(), Duration::from_millis(50), pending()).await;
        assert_eq!(end.unwrap(), SetupEnd::TimeUp);
    }

    #[test]
    fn what_nobody_can_look_at_is_not_shown() {
        assert_eq!(text(script("echo hello").path()).unwrap(), "echo hello");
        let long = "#".repeat((64 << 10) + 1);
        assert!(
            text(script(&long).path())
                .unwrap_err()
                .to_string()
                .contains("64 KiB")
        );
        let folder = script("");
        std::fs::write(folder.path().join(SETUP), b"\xff").unwrap();
        assert!(text(folder.path()).unwrap_err().to_string().contains("UTF-8"));
        assert!(text(tempfile::tempdir().unwrap().path()).is_err());
    }
}
