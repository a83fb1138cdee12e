//! `ligand up`: is the host, in the foreground and without a screen; or attaches to the one that runs.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    time::Duration,
};

use ligand_host::{
    config::{Config, ProfileName},
    host::{Host, HostOptions},
    lock::HostLock,
    logging::{self, Console, LogGuard},
    places::Places,
    status::{PresenceStatus, Status},
};
use ligand_hosting::{Embedded, EndSignals, Turn, profile_name, take_turn};

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

/// Runs the command.
pub(crate) async fn run(places: Places, args: Up) -> Result<(), Failure> {
    let mut end = EndSignals::listen().map_err(Failure::failed)?;
    let asked = asked(&args);
    let begun = async {
        loop {
            match take_turn(&places).await? {
                Turn::Ours(lock) => return begin(&places, &args, asked.clone(), lock).await.map(Some),
                Turn::Theirs(_) if args.web.is_some() => return Err(already_running()),
                Turn::Theirs(client) => match attach(&client, &asked).await? {
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
fn console() -> Console {
    let is_wanted = std::env::var_os("LIGAND_LOG").is_some() || !io::stderr().is_terminal();
    if is_wanted {
        Console::Stderr
    } else {
        Console::Quiet
    }
}

/// A host that runs, with what came along.
struct Begun {
    host: Host,
    local: Option<Embedded>,
    /// Ends the log when everything else has ended.
    _log: LogGuard,
}

/// Starts the host, and what `--local` brings along.
async fn begin(
    places: &Places,
    args: &Up,
    asked: Vec<ProfileName>,
    lock: HostLock,
) -> Result<Begun, Failure> {
    let log = logging::start(places, console())?;
    let local = match args.local {
        true => Some(Embedded::start(places, &lock, args.era.into(), say_locked).await?),
        false => None,
    };
    let config = Config::load(places).map_err(Failure::failed)?;
    if config.profiles.is_empty() {
        return Err(no_profile());
    }
    let options = HostOptions {
        profiles: asked,
        web: args.web,
        ..HostOptions::default()
    };
    let host = Host::start(places.clone(), lock, options).await?;
    out::note(format!(
        "Ligand is running (pid {}); Ctrl-C stops it.",
        std::process::id()
    ));
    if let Some(local) = &local {
        out::note(words(local));
    }
    if let Some(url) = host.web_url() {
        out::note(format!("Canvas     {url}"));
        if let Some(local) = &local {
            local.link_canvas(url);
        }
    }
    Ok(Begun {
        host,
        local,
        _log: log,
    })
}

/// The address for browsers belongs to a host's start.
fn already_running() -> Failure {
    Failure::failed(
        "a host is running already, and `--web` can only be given to one that starts; end it with `ligand down`, then \
         try again",
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
        if let Some(local) = local {
            local.stop().await;
        }
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
