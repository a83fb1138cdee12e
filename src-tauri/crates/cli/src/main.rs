//! `ligand`: the command line. It reads what was typed, talks to the running host or is it, and prints words.
//!
//! What it says of itself goes to standard output; why it failed is one line on standard error.

mod args;
mod attach;
mod clock;
mod commands;
mod doctor_text;
mod environment;
mod failure;
mod out;
mod status_text;
mod stdin;
mod words;

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use ligand_host::{places::Places, vault::Secret};

use crate::{
    args::{Agent, Cli, Command, Restart},
    commands::profile::Action,
    failure::Failure,
};

/// What still runs in the background when a command has ended gets this long.
const LEFTOVERS: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    #[cfg(unix)]
    ligand_host::guard_if_asked();
    ligand_hosting::die_with_a_word("ligand");
    let done = match Cli::try_parse() {
        Ok(cli) => run(cli.command),
        Err(error) => Err(args::usage(error)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where nobody listens, the exit code still says it.
            let _unread = writeln!(io::stderr(), "ligand: {failure}");
            failure.exit.into()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    // While this is the only thread. Nothing that the host starts may inherit the token.
    let token = match &command {
        Command::Up(_) => environment::take_token(),
        _ => None,
    };
    // A host waits most of the time: a second thread would only be woken to be told so, and cost calls a hand-over. The
    // local org's database is worth more than one.
    let mut threads = match command {
        Command::LocalOrg(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = threads
        .max_io_events_per_tick(ligand_host::EVENTS_AT_ONCE)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    let done = runtime.block_on(dispatch(command, token));
    runtime.shutdown_timeout(LEFTOVERS);
    done
}

async fn dispatch(command: Command, token: Option<Secret>) -> Result<(), Failure> {
    let places = Places::from_env().map_err(Failure::failed)?;
    match command {
        Command::Up(args) => commands::up::run(places, args, token).await,
        Command::Down => commands::down::run(&places).await,
        Command::Start(args) => commands::profile::run(&places, Action::Start, args).await,
        Command::Stop(args) => commands::profile::run(&places, Action::Stop, args).await,
        Command::Restart(Restart { agent, profile }) => {
            let action = if agent {
                Action::RestartAgent
            } else {
                Action::Restart
            };
            commands::profile::run(&places, action, profile).await
        }
        Command::Status(args) => commands::status::run(&places, args).await,
        Command::Doctor(args) => commands::doctor::run(&places, args).await,
        Command::Create(args) => commands::create::run(&places, args).await,
        Command::Connect(args) => commands::connect::run(&places, args).await,
        Command::Send(args) => commands::send::run(&places, args).await,
        Command::Org(args) => commands::org::org(&places, args).await,
        Command::Approvals(args) => commands::org::approvals(&places, args).await,
        Command::Peers(args) => commands::peers::run(&places, args).await,
        Command::Delegate(args) => commands::delegate::run(&places, args).await,
        Command::LocalOrg(args) => commands::local_org::run(args).await,
        Command::Logs(args) => commands::logs::run(&places, args).await,
        Command::Deliveries(args) => commands::deliveries::run(&places, args).await,
        Command::Mute(args) => commands::notifications::mute(&places, args, true).await,
        Command::Unmute(args) => commands::notifications::mute(&places, args, false).await,
        Command::Notifications(args) => commands::notifications::run(&places, args).await,
        Command::Door(door) => commands::door::run(&places, door).await,
        Command::Agent(Agent::Detect { json }) => commands::agent::detect(&places, json).await,
        Command::Service(service) => commands::service::run(&places, service).await,
        Command::Config(command) => commands::config::run(&places, command).await,
        Command::Profile(command) => commands::profile_settings::run(&places, command).await,
        Command::Forget(args) => commands::forget::run(&places, args).await,
        Command::Uninstall(args) => commands::uninstall::run(&places, args).await,
        Command::Diagnostics(args) => commands::diagnostics::run(&places, args).await,
        Command::Plugin(plugin) => commands::plugin::run(&places, plugin).await,
    }
}
