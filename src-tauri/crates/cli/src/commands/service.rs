//! `ligand service`: the host at login, as this system does it. What is run and what is said of it are decided here; how
//! the system is told is `service`'s.

use std::path::Path;

use ligand_host::{
    config::{Config, ConfigError, ProfileName},
    control::Client,
    places::Places,
};

use ligand_hosting::service::{self, Program, ServiceError, State};

use super::no_profile;
use crate::{
    args::Service,
    failure::{Exit, Failure},
    out,
};

/// What a service needs of this environment besides Ligand's folders: agents are found on the search path. Proxies and
/// their passwords are not among it, since they would stand in a file.
const PASSED_ON: [&str; 3] = ["PATH", "LIGAND_VAULT", "LIGAND_LOG"];

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::failed(error)
    }
}

/// Runs the command.
pub(crate) async fn run(places: &Places, command: Service) -> Result<(), Failure> {
    match command {
        Service::Install { profiles } => install(places, profiles).await,
        Service::Uninstall => uninstall().await,
        Service::Status => status(places).await,
    }
}

async fn install(places: &Places, profiles: Vec<ProfileName>) -> Result<(), Failure> {
    check(places, &profiles)?;
    let program = program(places, &profiles)?;
    let is_ours = matches!(service::status().await?, State::Running { .. });
    let running = match is_ours {
        // Installed again: it is started anew.
        true => None,
        false => Client::new(places)
            .status()
            .await
            .ok()
            .map(|status| status.host.pid),
    };
    let written = service::install(&program, running.is_none()).await?;
    out::line(format!("Installed: {}", written.display()))?;
    out::line(match running {
        None => {
            "Ligand runs now, and starts again at each login; `ligand status` says how it goes.".to_owned()
        }
        Some(pid) => format!(
            "A host runs already (pid {pid}), so the service starts at the next login. To have it take over now: \
             `ligand down`, then `ligand service install` once more."
        ),
    })?;
    if cfg!(target_os = "linux") {
        out::line("To have it run without a login as well: `loginctl enable-linger`.")?;
    }
    out::line("`ligand service uninstall` stops it and removes all of this.")
}

/// A service that has nothing to run would only fail in the background.
fn check(places: &Places, profiles: &[ProfileName]) -> Result<(), Failure> {
    let config = Config::load(places).map_err(Failure::failed)?;
    if config.profiles.is_empty() {
        return Err(no_profile());
    }
    match profiles.iter().find(|name| !config.profiles.contains_key(name)) {
        None => Ok(()),
        Some(missing) => Err(Failure::failed(ConfigError::NoProfile {
            file: places.config.clone(),
            name: missing.to_string(),
            known: config.profiles.keys().map(ToString::to_string).collect(),
        })),
    }
}

/// This very program, on this very config and state.
fn program(places: &Places, profiles: &[ProfileName]) -> Result<Program, Failure> {
    let executable = std::env::current_exe()
        .map_err(|error| Failure::failed(format!("this program does not know where it is: {error}")))?;
    let mut arguments = vec!["up".to_owned()];
    for profile in profiles {
        arguments.extend(["--profile".to_owned(), profile.to_string()]);
    }
    let config = places.config.parent().unwrap_or(Path::new("/"));
    let mut environment = vec![
        ("LIGAND_CONFIG_DIR", text(config)?),
        ("LIGAND_STATE_DIR", text(&places.state)?),
        ("LIGAND_RUNTIME_DIR", text(&places.runtime)?),
    ];
    for name in PASSED_ON {
        if let Some(value) = std::env::var(name).ok().filter(|value| !value.is_empty()) {
            environment.push((name, value));
        }
    }
    Ok(Program::new(&text(&executable)?, arguments, environment)?)
}

fn text(path: &Path) -> Result<String, ServiceError> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| ServiceError::Odd(path.to_string_lossy().into_owned()))
}

async fn uninstall() -> Result<(), Failure> {
    match service::uninstall().await? {
        Some(removed) => out::line(format!(
            "The service is stopped, and {} is removed.",
            removed.display()
        )),
        None => out::line("There is no service to remove."),
    }
}

async fn status(places: &Places) -> Result<(), Failure> {
    let host = Client::new(places)
        .status()
        .await
        .ok()
        .map(|status| status.host.pid);
    match (service::status().await?, host) {
        (State::Running { pid }, _) => out::line(format!(
            "The service runs{}. `ligand status` says how its profiles are.",
            pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
        )),
        (State::Stopped { .. }, Some(pid)) => {
            out::line(format!("The service is installed, and a host runs (pid {pid})."))
        }
        (State::Stopped { why }, None) => Err(Failure::new(
            Exit::NotRunning,
            format!("the service is installed and does not run: {why}"),
        )),
        (State::NotInstalled, _) => Err(Failure::new(
            Exit::NotRunning,
            "the service is not installed; `ligand service install` does that",
        )),
    }
}
