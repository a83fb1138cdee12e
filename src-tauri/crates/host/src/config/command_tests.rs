//! What the reader says of an agent that Ligand is to start.

use std::path::Path;

use super::super::{AgentConfig, Config};
use super::*;

/// The profile's agent when its table has these lines.
fn read(lines: &str) -> Result<CommandConfig, String> {
    let text = format!(
        "[profile.a]\nplatform = \"https://acme.example\"\nworkspace = \"00000000-0000-0000-0000-000000000001\"\n\
         exposure.kind = \"poll\"\n[profile.a.agent]\nkind = \"command\"\n{lines}\n"
    );
    let config = Config::parse(Path::new("/c"), &text).map_err(|error| error.to_string())?;
    match &config.profiles[&"a".parse().unwrap()].agent {
        AgentConfig::Command(command) => Ok(command.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_program_alone_is_enough() {
    let usual = CommandConfig::of(vec!["python".to_owned(), "agent.py".to_owned()]);
    assert_eq!(read("argv = [\"python\", \"agent.py\"]").unwrap(), usual);
    assert_eq!(usual.ready_within_s, 30);
    assert!(!usual.give_token && usual.without_secrets == WithoutSecrets::Fail);
}

#[test]
fn everything_can_be_said() {
    let whole = read(
        "argv = [\"a\"]\ndir = \"/w\"\nenv = { MODE = \"fast\" }\nready = { http = \"/health\" }\nready_within_s = 5\n\
         give_token = true\nallow_env = [\"HTTPS_PROXY\"]\nwithout_secrets = \"start\"",
    );
    assert_eq!(
        whole.unwrap(),
        CommandConfig {
            argv: vec!["a".to_owned()],
            dir: Some("/w".to_owned()),
            env: BTreeMap::from([("MODE".to_owned(), "fast".to_owned())]),
            ready: ReadyCheck::Http("/health".to_owned()),
            ready_within_s: 5,
            give_token: true,
            allow_env: vec!["HTTPS_PROXY".to_owned()],
            without_secrets: WithoutSecrets::Start,
        }
    );
    let path = read("argv = [\"a\"]\nready = \"/health\"").unwrap();
    assert_eq!(path.ready, ReadyCheck::Http("/health".to_owned()));
}

#[test]
fn what_is_wrong_is_told_at_its_place_with_the_next_step() {
    for (lines, told) in [
        (
            "",
            "/c:5:1: argv is missing in [profile.a.agent]. Add argv = [\"python\", \"agent.py\"]",
        ),
        (
            "argv = \"python agent.py\"",
            "/c:7:8: argv must be a list of texts in quotes, not text. Write argv as a list of texts in quotes",
        ),
        (
            "argv = []",
            "/c:7:8: argv is empty, and there is nothing to start. Write the program and its arguments as a list, \
             such as [\"python\", \"agent.py\"]",
        ),
        (
            "argv = [\"a\"]\ndir = \"agent\"",
            "/c:8:7: dir \"agent\" depends on where Ligand happens to start. Give the folder's whole path",
        ),
        (
            "argv = [\"a\"]\nenv = { PORT = \"1\" }",
            "/c:8:9: env has PORT, which Ligand sets itself or gives to no agent. Leave it out; give_token = true \
             gives the agent the workspace's token",
        ),
        (
            "argv = [\"a\"]\nallow_env = [\"A=B\"]",
            "/c:8:13: allow_env has a name that no variable can have: it has a character that none may have. Use \
             letters, digits and underscores",
        ),
        (
            "argv = [\"a\"]\nready = \"soon\"",
            "/c:8:9: ready \"soon\" is neither card nor a path of the agent. Use \"card\", or a path that answers \
             with success when the agent is ready, such as \"/health\"",
        ),
        (
            "argv = [\"a\"]\nready_within_s = 0",
            "/c:8:18: ready_within_s is 0, and nobody waits for an agent longer than 10 minutes. Use 1 to 600 \
             seconds; 30 is usual",
        ),
        (
            "argv = [\"a\"]\nwithout_secrets = \"maybe\"",
            "/c:8:19: without_secrets \"maybe\" is not known. Known here: fail, start",
        ),
        (
            "argv = [\"a\"]\nurl = \"http://127.0.0.1:1\"",
            "/c:8:1: unknown key \"url\" in [profile.a.agent]. Known here: kind, argv, dir, env, ready, \
             ready_within_s, give_token, allow_env, without_secrets",
        ),
    ] {
        assert_eq!(read(lines).unwrap_err(), told, "{lines}");
    }
}

#[test]
fn what_could_not_be_read_again_is_found_before_it_is_written() {
    let good = CommandConfig::of(vec!["a".to_owned()]);
    assert!(good.check().is_ok());
    for bad in [
        CommandConfig::of(Vec::new()),
        CommandConfig::of(vec![String::new()]),
        CommandConfig::of(vec!["a\0b".to_owned()]),
        CommandConfig {
            dir: Some("here".to_owned()),
            ..good.clone()
        },
        CommandConfig {
            env: BTreeMap::from([("LIGAND_VAULT".to_owned(), "file".to_owned())]),
            ..good.clone()
        },
        CommandConfig {
            ready: ReadyCheck::Http("health".to_owned()),
            ..good.clone()
        },
        CommandConfig {
            ready_within_s: 601,
            ..good.clone()
        },
        CommandConfig {
            allow_env: vec!["MOLECULE_WORKSPACE_TOKEN".to_owned()],
            ..good
        },
    ] {
        assert!(bad.check().is_err(), "{bad:?}");
    }
}
