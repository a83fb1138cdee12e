//! `ligand up`: is the host, in the foreground and without a screen; or attaches to the one that runs.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    time::Duration,
};

use ligand_host::{
    config::{Config, ProfileName},
    headless::{self, Container, Headless},
    host::{Host, HostOptions},
    lock::HostLock,
    logging::{self, Console, LogGuard},
    places::Places,
    status::{PresenceStatus, Status},
    vault::Secret,
};
use ligand_hosting::{Embedded, EndSignals, Local, LocalToCome, Turn, profile_name, take_turn};

use super::no_profile;
use crate::{
    args::Up,
    attach::attach,
    clock,
    failure::{Exit, Failure},
    out, status_text,
};

/// A pause before looking again for a host that ended while we talked to it.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Runs the command. The token is the one that was in the environment.
pub(crate) async fn run(places: Places, args: Up, token: Option<Secret>) -> Result<(), Failure> {
    let mut end = EndSignals::listen().map_err(Failure::failed)?;
    let asked = asked(&args);
    let begun = async {
        loop {
            match take_turn(&places).await? {
                Turn::Ours(lock) => {
                    return begin(&places, &args, asked.clone(), token, lock).await.map(Some);
                }
                Turn::Theirs(_) if args.web.is_some() || args.headless => return Err(already_running()),
                Turn::Theirs(client) => match attach(&client, &asked, args.local).await? {
                    Some(said) => return out::line(said).map(|()| None),
                    // It ended meanwhile: then it may be our turn.
                    None => tokio::time::sleep(LOOK_AGAIN).await,
                },
            }
        }
    };
    let begun = tokio::select! {
        biased;
        () = end.next() => return Ok(()),
        begun = begun => begun?,
    };
    if let Some(begun) = begun {
        run_until_stopped(begun, end).await;
    }
    Ok(())
}

/// The profiles that were asked for by name; none means all.
fn asked(args: &Up) -> Vec<ProfileName> {
    let mut asked = args.profiles.clone();
    if args.local {
        let local = profile_name();
        if !asked.contains(&local) {
            asked.push(local);
        }
    }
    asked
}

/// A person in a terminal reads our few lines and asks for the log when they want it (`ligand logs`, or `LIGAND_LOG`);
/// what keeps a service's standard error wants it there.
fn console(args: &Up) -> Console {
    let is_wanted = args.headless || std::env::var_os("LIGAND_LOG").is_some() || !io::stderr().is_terminal();
    if is_wanted {
        Console::Stderr
    } else {
        Console::Quiet
    }
}

/// A host that runs, with what came along.
struct Begun {
    host: Host,
    local: Local,
    /// Ends the log when everything else has ended.
    _log: LogGuard,
}

/// Starts the host, and what `--local` brings along.
async fn begin(
    places: &Places,
    args: &Up,
    asked: Vec<ProfileName>,
    token: Option<Secret>,
    lock: HostLock,
) -> Result<Begun, Failure> {
    let log = logging::start(places, console(args))?;
    let embedded = match args.local {
        true => Some(Embedded::start(places, &lock, args.era.into(), say_locked).await?),
        false => None,
    };
    let headless = headless(places, args, token).await?;
    if let Some(headless) = &headless {
        out::note(format!(
            "Running on the environment alone, for {}; no config is used.",
            headless.platform()
        ));
    }
    let (local_org, local) = LocalToCome::new();
    let again = headless.is_none() && (asked.is_empty() || asked.contains(&profile_name()));
    let options = HostOptions {
        profiles: asked,
        web: args.web,
        commit: ligand_hosting::COMMIT,
        headless,
        screen: None,
        local_org: Some(local_org),
    };
    let host = Host::start(places.clone(), lock, options).await?;
    out::note(format!(
        "Ligand is running (pid {}); Ctrl-C stops it.",
        std::process::id()
    ));
    if let Some(probe) = host.probe_addr() {
        out::note(format!(
            "Health     http://localhost:{}/healthz, and the agent's card when online",
            probe.port()
        ));
    }
    if let Some(embedded) = &embedded {
        out::note(words(embedded));
    }
    if let Some(url) = host.web_url() {
        out::note(format!("Canvas     {url}"));
    }
    Ok(Begun {
        local: local.serve(&host, args.era.into(), embedded, again),
        host,
        _log: log,
    })
}

/// What the environment says, where the host is to run on it: when that was asked for, or where there is no profile and
/// the environment has a workspace with its token. A profile in the config goes first, so that variables which were set
/// for something else change nothing.
async fn headless(places: &Places, args: &Up, token: Option<Secret>) -> Result<Option<Headless>, Failure> {
    let look = &headless::environment;
    if !args.headless {
        let config = Config::load(places).map_err(Failure::failed)?;
        match config.profiles.is_empty() {
            false => return Ok(None),
            true if args.profiles.is_empty() && Headless::is_meant(look, token.as_ref()) => {}
            true => return Err(no_profile()),
        }
    }
    Ok(Some(Headless::read(look, token, Container::around(look)).await?))
}

/// The address for browsers and the environment belong to a host's start.
fn already_running() -> Failure {
    Failure::failed(
        "a host is running already, and `--web` and `--headless` can only be given to one that starts; end it with \
         `ligand down`, then try again",
    )
}

fn say_locked() {
    out::note("The keychain is locked. Unlock it (log in to the desktop, or open its passwords app).");
}

/// What is where, and what to try next.
fn words(local: &Embedded) -> String {
    format!(
        "Local org  {}  (its data and admin token: {})\n\
         Relay      {}\n\
         In another terminal: `ligand send hello`, `ligand status`",
        local.org_url(),
        local.org_data().display(),
        local.relay_url().as_str().trim_end_matches('/'),
    )
}

/// Is the host until it is told to end.
async fn run_until_stopped(begun: Begun, mut end: EndSignals) {
    let Begun { host, local, _log } = begun;
    let handle = host.handle();
    let mut status = handle.status();
    status.mark_changed();
    let mut said = BTreeMap::new();
    let mut running = std::pin::pin!(async {
        host.run_until_stopped().await;
        local.stop().await;
    });
    let mut ending = false;
    loop {
        tokio::select! {
            biased;
            () = end.next() => {
                if ending {
                    std::process::exit(Exit::Failed as i32);
                }
                ending = true;
                out::note("Stopping; messages in flight get up to 10 s. Ctrl-C again stops at once.");
                handle.shutdown();
            }
            () = &mut running => return,
            changed = status.changed() => {
                if changed.is_ok() && !ending {
                    say_changes(&status.borrow_and_update(), &mut said);
                }
            }
        }
    }
}

/// One line whenever a profile's state or its reason changes.
fn say_changes(status: &Status, said: &mut BTreeMap<String, PresenceStatus>) {
    for profile in &status.profiles {
        let presence = &profile.presence;
        let is_same = |old: &PresenceStatus| old.state == presence.state && old.reason == presence.reason;
        if !said.get(&profile.name).is_some_and(is_same) {
            said.insert(profile.name.clone(), presence.clone());
            out::note(status_text::profile_line(profile, clock::now()));
        }
    }
}
