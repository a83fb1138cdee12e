//! What is on this machine: the config, the vault, the agent and its card, and the desktop's tray.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::checklist::{Finding, Findings, Item, Verdict};
use crate::{
    agent::{Agent, AgentError, found},
    config::{AgentConfig, CommandConfig, Config, ConfigError, Profile, ProfileName},
    health::Fault,
    places::Places,
    status::AgentStatus,
    vault::{VaultError, VaultKind},
};

/// What every card has; one without them is not understood by all callers.
const CARD_FIELDS: [&str; 5] = ["name", "description", "version", "capabilities", "skills"];

/// The config, and whether there is a profile in it to look at.
pub(super) fn config(
    places: &Places,
    config: &Result<Config, ConfigError>,
    name: Option<&ProfileName>,
) -> Finding {
    let file = places.config.display();
    let config = match config {
        Ok(config) => config,
        Err(error) => return Finding::problem(error.to_string(), "Mend the config, and run this again."),
    };
    match name {
        Some(name) if config.profiles.contains_key(name) => Finding::ok(format!("{file}, profile {name}")),
        Some(name) => Finding::problem(
            format!("the running host has the profile {name}, and {file} has it no more"),
            "Connect it again with `ligand connect`, or end the host with `ligand down`.",
        ),
        None => Finding::problem(
            format!("there is no profile in {file}"),
            "Run `ligand connect` with the platform's connection block, or `ligand create` to make a workspace.",
        ),
    }
}

/// Where secrets are, and whether they can be read.
pub(super) fn keychain(vault: &Result<VaultKind, VaultError>) -> Finding {
    match vault {
        Ok(VaultKind::Keychain) => Finding::ok("the system's keychain, unlocked"),
        Ok(VaultKind::File { path }) => Finding::ok(format!(
            "no keychain is used: secrets are in {}, which you alone can read",
            path.display()
        )),
        Ok(VaultKind::Memory) => Finding::ok("no keychain is used: secrets are in the host's memory alone"),
        Err(VaultError::Locked) => Finding::fault(Verdict::Problem, Fault::VaultLocked, None),
        Err(error) => Finding::fault(Verdict::Problem, Fault::VaultBroken, Some(&error.to_string())),
    }
}

/// What asking the agent for its card came to.
pub(super) enum Seen<'a> {
    /// It was asked, as every check of the host asks it.
    Asked(Result<Value, AgentError>),
    /// Ligand starts it, on a port that only the host knows.
    Ours(&'a CommandConfig),
}

/// Asks the agent for its card.
pub(super) async fn card<'a>(places: &Places, name: &ProfileName, profile: &'a Profile) -> Seen<'a> {
    match Agent::of(profile, &places.agent_log_dir(name)) {
        Ok(agent) => Seen::Asked(agent.ready_card().await),
        Err(command) => Seen::Ours(command),
    }
}

/// Whether the agent is there, and whether its card is one. `live`: how the running host has it.
pub(super) fn agent(profile: &Profile, seen: &Seen<'_>, live: Option<&AgentStatus>, findings: &mut Findings) {
    let there = match &profile.agent {
        AgentConfig::Echo => "the built-in echo".to_owned(),
        AgentConfig::Attach { url } => format!("{url} answers"),
        AgentConfig::Command(_) => String::new(),
        AgentConfig::Exec(exec) => format!("{} in {}, run for each message", exec.program(), exec.dir),
        AgentConfig::Claude(claude) => format!("Claude Code in {}", claude.dir),
    };
    let card = match seen {
        Seen::Asked(card) => card,
        Seen::Ours(command) => return ours(command, live, findings),
    };
    let is_there = match card {
        Ok(_) => true,
        Err(error) => matches!(
            error,
            AgentError::CardStatus(_) | AgentError::CardTooLarge(_) | AgentError::CardNotJson
        ),
    };
    let away = |error: &AgentError| {
        let fault = match error {
            AgentError::Unready(_) => Fault::AgentLacks,
            _ => Fault::AgentNotReady,
        };
        Finding::fault(Verdict::Problem, fault, Some(&error.to_string()))
    };
    match card {
        Err(error) if !is_there => {
            findings.note(Item::Agent, away(error));
            findings.note(Item::Card, Finding::because(Item::Agent));
        }
        Err(error) => {
            findings.note(Item::Agent, Finding::ok(there));
            findings.note(
                Item::Card,
                Finding::problem(
                    error.to_string(),
                    "Let the agent serve its card at /.well-known/agent-card.json.",
                ),
            );
        }
        Ok(card) => {
            findings.note(Item::Agent, Finding::ok(there));
            findings.note(Item::Card, valid(card));
        }
    }
}

/// An agent that Ligand starts: how the host has it, or whether it could be started.
fn ours(command: &CommandConfig, live: Option<&AgentStatus>, findings: &mut Findings) {
    let (agent, card) = match live {
        Some(status) if status.ready => (
            Finding::ok("it runs, and answers"),
            Finding::skipped("the host has read it"),
        ),
        Some(status) => match &status.reason {
            Some(why) => (
                Finding::fault(Verdict::Problem, Fault::AgentDown, Some(why)),
                Finding::because(Item::Agent),
            ),
            None => (
                Finding::skipped("its profile does not run, and so it does not either"),
                Finding::because(Item::Agent),
            ),
        },
        None => (
            startable(command),
            Finding::skipped("the agent is started by a running host"),
        ),
    };
    findings.note(Item::Agent, agent);
    findings.note(Item::Card, card);
}

fn startable(command: &CommandConfig) -> Finding {
    let program = command.argv.first().map_or("", String::as_str);
    if let Some(dir) = command.dir.as_deref().filter(|dir| !Path::new(dir).is_dir()) {
        return Finding::problem(
            format!("there is no folder {dir}"),
            "Correct agent.dir in the profile, or make the folder.",
        );
    }
    let home = std::env::home_dir().unwrap_or_default();
    let dir = command.dir.as_ref().map_or(home, PathBuf::from);
    if found(program, &dir, std::env::var_os("PATH").as_deref()).is_some() {
        return Finding::ok(format!("{program} can be started"));
    }
    Finding::problem(
        format!("there is no program {program} that may be executed"),
        "Correct agent.argv in the profile, or install the program.",
    )
}

fn valid(card: &Value) -> Finding {
    let has = |field: &str| card.get(field).is_some_and(|value| !value.is_null());
    let mut missing: Vec<&str> = CARD_FIELDS.into_iter().filter(|field| !has(field)).collect();
    if !has("url") && !has("supportedInterfaces") {
        missing.push("url");
    }
    if missing.is_empty() {
        return Finding::ok("valid");
    }
    Finding::warning(
        format!("it lacks {}", missing.join(", ")),
        "Add that to the agent's card: some callers pass over a card without it.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;
    use crate::config::ExecConfig;

    fn places() -> Places {
        Places {
            config: "/c/config.toml".into(),
            state: "/s".into(),
            runtime: "/r".into(),
        }
    }

    #[test]
    fn a_config_without_the_profile_is_a_problem_and_says_what_to_do() {
        let none = config(&places(), &Ok(Config::default()), None);
        assert_eq!(none.verdict, Verdict::Problem);
        assert!(none.next.unwrap().contains("ligand connect"));
        let name = "home".parse().unwrap();
        assert_eq!(
            config(&places(), &Ok(Config::default()), Some(&name)).verdict,
            Verdict::Problem
        );
    }

    #[test]
    fn a_locked_keychain_is_told_in_the_health_tables_words() {
        let locked = keychain(&Err(VaultError::Locked));
        assert_eq!(
            (locked.verdict, locked.next.as_deref()),
            (Verdict::Problem, Some(Fault::VaultLocked.next()))
        );
        let broken = keychain(&Err(VaultError::Denied("mode 0644".to_owned())));
        assert!(broken.found.starts_with(Fault::VaultBroken.title()) && broken.found.contains("0644"));
        assert_eq!(keychain(&Ok(VaultKind::Keychain)).verdict, Verdict::Ok);
    }

    #[test]
    fn a_card_that_lacks_something_is_a_warning_that_names_it() {
        let card = json!({"name": "A", "description": "", "version": "1", "capabilities": {}, "skills": [],
            "supportedInterfaces": []});
        assert_eq!(valid(&card).verdict, Verdict::Ok);
        let poor = valid(&json!({"name": "A", "version": null}));
        assert_eq!(
            poor.found,
            "it lacks description, version, capabilities, skills, url"
        );
    }

    async fn told(agent_config: AgentConfig, live: Option<&AgentStatus>) -> (String, String) {
        let profile = Profile {
            platform: "https://acme.example".to_owned(),
            workspace: uuid::Uuid::nil(),
            org_id: None,
            agent: agent_config,
            exposure: crate::config::ExposureConfig::Poll,
            token_to: None,
            shared_door: false,
            delivery: crate::config::DeliveryConfig::default(),
        };
        let mut findings = Findings::default();
        findings.note(Item::Config, Finding::ok("there"));
        let seen = card(&places(), &"home".parse().unwrap(), &profile).await;
        agent(&profile, &seen, live, &mut findings);
        let checks = findings.report(None).checks;
        let of = |code: &str| {
            let check = checks.iter().find(|check| check.code == code).unwrap();
            format!("{:?} {}", check.verdict, check.found)
        };
        (of("agent"), of("agent_card"))
    }

    #[tokio::test]
    async fn the_built_in_agent_is_always_there_and_one_that_refuses_is_a_problem() {
        assert_eq!(
            told(AgentConfig::Echo, None).await,
            ("Ok the built-in echo".to_owned(), "Ok valid".to_owned())
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = url::Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        drop(listener);
        let missing = ExecConfig::new(vec!["./no-such-program".to_owned()], "/".to_owned());
        let (agent, card) = told(AgentConfig::Exec(missing), None).await;
        assert!(
            agent.starts_with("Problem The agent lacks what it needs"),
            "{agent}"
        );
        assert!(
            agent.contains("no-such-program") && card.starts_with("Skipped"),
            "{agent} {card}"
        );
        let (agent, card) = told(AgentConfig::Attach { url }, None).await;
        assert!(agent.starts_with("Problem The agent does not answer"), "{agent}");
        assert!(card.starts_with("Skipped"), "{card}");
    }

    #[tokio::test]
    async fn an_agent_that_ligand_starts_is_as_the_host_has_it_or_could_be_started() {
        let command = |argv: &str| AgentConfig::Command(CommandConfig::of(vec![argv.to_owned()]));
        let status = |ready: bool, reason: Option<&str>| AgentStatus {
            kind: "command".to_owned(),
            ready,
            active_tasks: 0,
            reason: reason.map(str::to_owned),
            port: None,
        };
        for (live, found) in [
            (Some(status(true, None)), "Ok it runs, and answers"),
            (
                Some(status(false, Some("it ended with code 1"))),
                "Problem The agent does not run: it ended with code 1",
            ),
            (
                Some(status(false, None)),
                "Skipped its profile does not run, and so it does not either",
            ),
            (
                None,
                "Problem there is no program no-such-program that may be executed",
            ),
        ] {
            assert_eq!(told(command("no-such-program"), live.as_ref()).await.0, found);
        }
        let this = std::env::current_exe().unwrap().display().to_string();
        let there = told(command(&this), None).await.0;
        assert!(there.ends_with("can be started"), "{there}");
    }
}
