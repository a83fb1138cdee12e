//! What can be typed, and what is said of the rest.

use clap::CommandFactory;

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
        "ligand connect",
        "ligand connect -",
        "ligand connect block.json --name work --relay https://relay.example --agent http://127.0.0.1:9000/",
        "ligand send hello --profile a",
        "ligand send --to Research hello",
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
        "ligand logs --lines many",
        "ligand logs --agent --host",
        "ligand logs --agent --level warn",
        "ligand connect --agent echo -- python",
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

#[test]
fn the_agent_is_the_echo_unless_a_url_is_given() {
    let agent_of = |line: &str| match parse(line) {
        Ok(Command::Connect(connect)) => connect.new.agent,
        other => panic!("{other:?}"),
    };
    assert_eq!(agent_of("ligand connect"), AgentConfig::Echo);
    let url = Url::parse("http://127.0.0.1:9000/").unwrap();
    assert_eq!(
        agent_of("ligand connect --agent http://127.0.0.1:9000/"),
        AgentConfig::Attach { url }
    );
}
