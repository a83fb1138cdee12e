//! What can be typed, and what is said of the rest.

use std::path::Path;

use clap::CommandFactory;
use ligand_host::config::{AgentConfig, ClaudeConfig, CommandConfig, ExecConfig};
use url::Url;

use super::*;

fn parse(line: &str) -> Result<Command, clap::Error> {
    Cli::try_parse_from(line.split(' ')).map(|cli| cli.command)
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_documented_line_is_understood() {
    for line in [
        "ligand up",
        "ligand up --profile a --profile b",
        "ligand up --local",
        "ligand up --local --era s",
        "ligand up --web 127.0.0.1:0",
        "ligand up --headless",
        "ligand down",
        "ligand start",
        "ligand stop --profile a",
        "ligand restart",
        "ligand restart --agent --profile a",
        "ligand status",
        "ligand status --json --watch",
        "ligand doctor",
        "ligand doctor --json --profile a",
        "ligand create --name Laptop --role researcher",
        "ligand create --keep-org-key",
        "ligand create --relay https://relay.example --trust-relay-with-token",
        "ligand create --exposure cloudflared",
        "ligand profile expose --cloudflared --profile a",
        "ligand profile org-key",
        "ligand profile org-key --forget --profile a",
        "ligand profile expose --url https://laptop.example --listen 127.0.0.1:9999",
        "ligand connect --exposure https://laptop.example --listen 127.0.0.1:9999",
        "ligand connect",
        "ligand connect -",
        "ligand connect block.json --name work --relay https://relay.example --agent http://127.0.0.1:9000/",
        "ligand connect block.json --agent exec -- ./answer.sh --brief -x",
        "ligand connect --agent exec --agent-dir /srv -- cat",
        "ligand create --agent claude --agent-dir /srv --agent-tools Read,Grep",
        "ligand send hello --profile a",
        "ligand send --to Research hello",
        "ligand org",
        "ligand org --json --profile a",
        "ligand approvals",
        "ligand approvals --json --profile a",
        "ligand peers",
        "ligand peers --json --anew --profile a",
        "ligand delegate --to Research think",
        "ligand delegate --to Research think --once monday --timeout 60 --profile a",
        "ligand delegate --status 6f2c0c9e-3a55-4f0e-9a51-0d6ac5b8a001",
        "ligand local-org --listen 127.0.0.1:0 --data org.db --era s",
        "ligand local-org --data org.db --rate-limit 6000 --org-id acme --faults",
        "ligand logs --lines 5 --follow",
        "ligand logs -f --host --level warn",
        "ligand logs -f --agent --profile a",
        "ligand connect --relay https://relay.example -- python agent.py --port 1",
        "ligand door show",
        "ligand door share --profile a",
        "ligand door unshare",
        "ligand door rotate --profile a",
        "ligand door rotate --shared",
        "ligand door reset",
        "ligand deliveries",
        "ligand deliveries --json -f --lines 5 --profile a",
        "ligand deliveries show 7",
        "ligand deliveries show 7 --json --profile a",
        "ligand agent detect",
        "ligand agent detect --json",
        "ligand service install",
        "ligand service install --profile a --profile b",
        "ligand service uninstall",
        "ligand service status",
        "ligand plugin install greeter",
        "ligand plugin install https://example.org/greeter.tar.gz --profile a",
        "ligand plugin list --json --profile a",
        "ligand plugin remove greeter --profile a",
    ] {
        assert!(parse(line).is_ok(), "{line}: {:?}", parse(line).err());
    }
}

#[test]
fn what_makes_no_sense_is_wrong_usage() {
    for line in [
        "ligand",
        "ligand nonsense",
        "ligand up --era s",
        "ligand up --local --era m",
        "ligand up --web everywhere",
        "ligand up --headless --local",
        "ligand up --headless --profile a",
        "ligand service",
        "ligand send",
        "ligand delegate think",
        "ligand delegate --to Research",
        "ligand delegate --status yesterday",
        "ligand delegate --status 6f2c0c9e-3a55-4f0e-9a51-0d6ac5b8a001 --to Research",
        "ligand local-org --listen here --data x",
        "ligand local-org --listen 127.0.0.1:0",
        "ligand connect --agent nothing",
        "ligand connect --relay nothing",
        "ligand connect --exposure nothing",
        "ligand profile expose --ngrok --listen 127.0.0.1:9999",
        "ligand profile expose --ngrok --poll",
        "ligand connect --exposure ngrok --relay https://relay.example",
        "ligand connect --listen 127.0.0.1:9999",
        "ligand logs --lines many",
        "ligand logs --agent --host",
        "ligand logs --agent --level warn",
        "ligand plugin",
        "ligand plugin remove ../greeter",
    ] {
        assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
    }
}

#[test]
fn wrong_usage_is_told_in_one_line() {
    let line =
        |line: &str| Failure::new(Exit::Usage, usage_line(&parse(line).unwrap_err().to_string())).to_string();
    assert_eq!(
        line("ligand send"),
        "the following required arguments were not provided: <TEXT>; `ligand help` says how it is used"
    );
    let unknown = line("ligand status --jsn");
    assert!(
        unknown.starts_with("unexpected argument '--jsn' found; tip: "),
        "{unknown}"
    );
    assert!(unknown.contains("--json"), "{unknown}");
}

#[test]
fn no_secret_can_be_given_as_an_argument() {
    let command = Cli::command();
    for sub in command.get_subcommands() {
        for arg in sub.get_arguments().filter(|arg| arg.get_action().takes_values()) {
            let id = arg.get_id().as_str();
            assert!(
                !id.contains("token") && !id.contains("key"),
                "{} --{id}",
                sub.get_name()
            );
        }
    }
}

fn agent_of(line: &str) -> Result<AgentConfig, Failure> {
    match parse(line) {
        Ok(Command::Connect(connect)) => connect.new.agent.agent(Path::new("/here")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_agent_is_the_echo_unless_another_is_named() {
    let words = |argv: &[&str]| argv.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let exec = |argv: &[&str], dir: &str| AgentConfig::Exec(ExecConfig::new(words(argv), dir.to_owned()));
    let command = |argv: &[&str], dir: &str| {
        AgentConfig::Command(CommandConfig {
            dir: Some(dir.to_owned()),
            ..CommandConfig::of(words(argv))
        })
    };
    let url = Url::parse("http://127.0.0.1:9000/").unwrap();
    let tools = ["Read", "Bash(git log:*)"].map(str::to_owned).to_vec();
    for (line, agent) in [
        ("ligand connect", AgentConfig::Echo),
        (
            "ligand connect --agent http://127.0.0.1:9000/",
            AgentConfig::Attach { url },
        ),
        (
            "ligand connect -- python agent.py",
            command(&["python", "agent.py"], "/here"),
        ),
        (
            "ligand connect --agent-dir /there -- python",
            command(&["python"], "/there"),
        ),
        (
            "ligand connect --agent exec -- ./answer.sh --brief",
            exec(&["./answer.sh", "--brief"], "/here"),
        ),
        (
            "ligand connect --agent exec --agent-dir sub -- cat",
            exec(&["cat"], "/here/sub"),
        ),
        (
            "ligand connect --agent claude --agent-dir /there",
            AgentConfig::Claude(ClaudeConfig::new("/there".to_owned(), Vec::new())),
        ),
    ] {
        assert_eq!(agent_of(line).unwrap(), agent, "{line}");
    }
    let claude = Cli::try_parse_from([
        "ligand",
        "connect",
        "--agent",
        "claude",
        "--agent-tools",
        "Read,Bash(git log:*)",
    ]);
    let Command::Connect(connect) = claude.unwrap().command else {
        panic!("another command")
    };
    let claude = AgentConfig::Claude(ClaudeConfig::new("/here".to_owned(), tools));
    assert_eq!(connect.new.agent.agent(Path::new("/here")).unwrap(), claude);
}

#[test]
fn what_does_not_go_together_about_an_agent_is_wrong_usage() {
    for line in [
        "ligand connect --agent exec",
        "ligand connect --agent echo -- python",
        "ligand connect --agent http://127.0.0.1:9000/ -- python",
        "ligand connect --agent claude -- ./answer.sh",
        "ligand connect --agent-dir /srv",
        "ligand connect --agent exec --agent-tools Read -- cat",
    ] {
        assert_eq!(agent_of(line).unwrap_err().exit, Exit::Usage, "{line}");
    }
}
