//! The guard: a small process between the host and a program that it keeps running, so that the program never outlives
//! the host.
//!
//! It is Ligand's own binary, started again with [`ARGUMENT`] and a socket to the host as its standard input. It reads
//! one [`Order`], starts the program as the leader of a process group, and says so. From then on the socket is a lifeline:
//! when the host closes it, on purpose or because it was killed, the guard ends the whole group. Nothing of this needs
//! the system to tell a child of its parent's death, which only Linux does, and not to grandchildren.
//!
//! The program's standard streams come over the socket too, and the guard keeps none of them.
//!
//! States: ordered → guarding → (program ended by itself | host gone → asked to end → killed) → group gone.

use std::{
    ffi::OsStr,
    io::{self, Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::{ffi::OsStrExt as _, net::UnixStream, process::CommandExt as _},
    },
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, test_kill_process_group, waitid,
};

use super::{Ended, handing, order::Order};

/// What makes Ligand's binary a guard.
pub(super) const ARGUMENT: &str = "agent-guard";

/// How long a group may take to end once it was asked to.
const GRACE: Duration = Duration::from_secs(10);

/// How often a group whose leader has ended is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What the guard says to the host, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// The agent runs, with this process id, which is its group's too.
    Started(i32),
    /// It could not be started.
    Failed(String),
    /// It has ended, and nothing of its group is left.
    Ended(Ended),
}

impl Word {
    fn line(&self) -> String {
        match self {
            Self::Started(pid) => format!("started {pid}\n"),
            Self::Failed(why) => format!("failed {}\n", why.replace('\n', " ")),
            Self::Ended(Ended { is_good: true, how }) => format!("done {how}\n"),
            Self::Ended(Ended { how, .. }) => format!("ended {how}\n"),
        }
    }

    /// Reads one line; none where it says nothing that is known.
    pub(super) fn read(line: &str) -> Option<Self> {
        let (word, rest) = line.trim_end().split_once(' ')?;
        match word {
            "started" => Some(Self::Started(rest.parse().ok()?)),
            "failed" => Some(Self::Failed(rest.to_owned())),
            "done" | "ended" => Some(Self::Ended(Ended {
                is_good: word == "done",
                how: rest.to_owned(),
            })),
            _ => None,
        }
    }
}

/// Is the guard of a program, and ends this process, if that is what it was started for. Every binary that can hold the
/// host calls this before anything else.
pub fn guard_if_asked() {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == ARGUMENT)
    {
        // Without a host there is nobody who could read why.
        let code = i32::from(serve().is_err());
        std::process::exit(code);
    }
}

/// Is the guard until the agent's group is gone.
pub(super) fn serve() -> io::Result<()> {
    let mut host = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let streams = handing::receive(&host)?;
    let order = Order::read(&mut host)?;
    let mut agent = match start(&order, streams) {
        Ok(agent) => agent,
        Err(error) => return host.write_all(Word::Failed(words(&order, &error)).line().as_bytes()),
    };
    drop(order);
    let started = i32::try_from(agent.id()).ok().and_then(Pid::from_raw);
    let Some(group) = started else {
        return agent.kill();
    };
    // A host that is gone by now is found out below.
    let _ = host.write_all(Word::Started(group.as_raw_nonzero().get()).line().as_bytes());
    let listening = host.try_clone().and_then(|host| listen(group, host));
    let status = match listening {
        Ok(events) => until_gone(group, &mut agent, &events)?,
        Err(error) => {
            let _ = kill_process_group(group, Signal::KILL);
            return Err(error);
        }
    };
    let _ = host.write_all(
        Word::Ended(Ended {
            is_good: status.success(),
            how: how(status),
        })
        .line()
        .as_bytes(),
    );
    Ok(())
}

fn start(order: &Order, [stdin, stdout, stderr]: [OwnedFd; 3]) -> io::Result<Child> {
    let mut command = Command::new(order.argv.first().map_or(OsStr::new(""), |program| program));
    command
        .args(order.argv.iter().skip(1))
        .current_dir(&order.dir)
        .env_clear()
        .envs(
            order
                .env
                .iter()
                .map(|(name, value)| (name, OsStr::from_bytes(value))),
        )
        .stdin(Stdio::from(stdin))
        .stdout(Stdio::from(stdout))
        .stderr(Stdio::from(stderr))
        .process_group(0);
    command.spawn()
}

/// What happens to a guard.
enum Event {
    AgentEnded,
    HostGone,
}

/// Waits for both ends, in threads of their own.
fn listen(agent: Pid, mut host: UnixStream) -> io::Result<Receiver<Event>> {
    let (tell, events) = mpsc::channel();
    let tell_end = tell.clone();
    // Without being reaped: until then its group's number can be nobody else's.
    let wait = move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(agent), options) {}
        let _ = tell_end.send(Event::AgentEnded);
    };
    thread::Builder::new().spawn(wait)?;
    let lifeline = move || {
        // The host says nothing more; whatever comes, it is the end.
        while let Err(error) = host.read(&mut [0; 1]) {
            if error.kind() != io::ErrorKind::Interrupted {
                break;
            }
        }
        let _ = tell.send(Event::HostGone);
    };
    thread::Builder::new().spawn(lifeline)?;
    Ok(events)
}

/// Waits for the first of both ends, and sees the whole group to its own.
fn until_gone(group: Pid, agent: &mut Child, events: &Receiver<Event>) -> io::Result<ExitStatus> {
    if matches!(events.recv(), Ok(Event::AgentEnded)) {
        // What it left behind has nobody to work for.
        let _ = kill_process_group(group, Signal::KILL);
        return agent.wait();
    }
    // The program itself may have gone into another group.
    if kill_process_group(group, Signal::TERM).is_err() {
        let _ = kill_process(group, Signal::TERM);
    }
    let mut left = GRACE;
    loop {
        match events.recv_timeout(LOOK.min(left)) {
            Ok(Event::AgentEnded) => break,
            Ok(Event::HostGone) | Err(RecvTimeoutError::Timeout) if !left.is_zero() => {
                left = left.saturating_sub(LOOK);
            }
            _ => break,
        }
    }
    if left.is_zero() {
        let _ = kill_process_group(group, Signal::KILL);
        agent.kill()?;
        return agent.wait();
    }
    let status = agent.wait()?;
    // Others of its group may still be at their last words.
    while !left.is_zero() && test_kill_process_group(group).is_ok() {
        thread::sleep(LOOK);
        left = left.saturating_sub(LOOK);
    }
    let _ = kill_process_group(group, Signal::KILL);
    Ok(status)
}

fn words(order: &Order, error: &io::Error) -> String {
    let program = order
        .argv
        .first()
        .map(|program| program.to_string_lossy())
        .unwrap_or_default();
    let dir = order.dir.to_string_lossy();
    if !std::path::Path::new(&order.dir).is_dir() {
        return format!("there is no folder {dir}");
    }
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no program {program}"),
        io::ErrorKind::PermissionDenied => format!("{program} may not be executed"),
        _ => format!("{program} cannot be started ({error})"),
    }
}

fn how(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended with code {code}"),
        (None, Some(signal)) => format!("it was ended by signal {signal}"),
        (None, None) => "it ended".to_owned(),
    }
}
