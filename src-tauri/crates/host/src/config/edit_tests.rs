//! What changing the config must keep.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use proptest::prelude::*;
use url::Url;
use uuid::Uuid;

use super::*;
use crate::config::{
    AgentConfig, ClaudeConfig, CommandConfig, ExecConfig, ExposureConfig, LISTEN, ReadyCheck, TaskWords,
    WhileStopped, WithoutSecrets,
};

fn places(root: &Path) -> Places {
    Places {
        config: root.join("config/config.toml"),
        state: root.join("state"),
        runtime: root.join("run"),
    }
}

/// A folder with this config in it.
fn with(text: &str) -> (tempfile::TempDir, Places) {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    fs::create_dir_all(places.config.parent().unwrap()).unwrap();
    fs::write(&places.config, text).unwrap();
    (root, places)
}

fn written(places: &Places) -> String {
    fs::read_to_string(&places.config).unwrap()
}

fn name(text: &str) -> ProfileName {
    text.parse().unwrap()
}

fn echo() -> Profile {
    Profile {
        platform: "https://acme.example".into(),
        workspace: Uuid::from_u128(1),
        org_id: None,
        agent: AgentConfig::Echo,
        exposure: ExposureConfig::Relay {
            url: Url::parse("https://relay.example").unwrap(),
        },
        token_to: None,
        shared_door: false,
        delivery: DeliveryConfig::default(),
    }
}

const COMMENTED: &str = "\
# about this file

# the version
version = 1 # one

# about home
[profile.home] # home
# the platform
platform = 'https://acme.example' # where
workspace = \"00000000-0000-0000-0000-000000000001\"

[profile.home.agent]
# how
kind = \"echo\" # so
[profile.home.exposure]
kind = \"relay\"
relay = \"https://relay.example\"
# after home

# about work
[profile.work]
platform = \"https://work.example\"
workspace = \"00000000-0000-0000-0000-000000000002\"
agent = { kind = \"attach\", url = \"http://localhost:9000\" }
exposure.kind = \"relay\"
exposure.relay = \"https://relay.example\" # dotted

# the end
";

#[test]
fn the_first_profile_makes_a_private_file_that_reads_well() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    ConfigFile::open(&places)
        .unwrap()
        .set_profile(&name("home"), &echo())
        .unwrap()
        .save()
        .unwrap();
    assert_eq!(
        written(&places),
        "version = 1\n\n[profile.home]\nplatform = \"https://acme.example\"\n\
         workspace = \"00000000-0000-0000-0000-000000000001\"\n\n[profile.home.agent]\nkind = \"echo\"\n\n\
         [profile.home.exposure]\nkind = \"relay\"\nrelay = \"https://relay.example/\"\n"
    );
    assert_eq!(
        Config::load(&places).unwrap().profiles,
        BTreeMap::from([(name("home"), echo())])
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&places.config).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn writing_what_is_there_already_changes_nothing() {
    let (_root, places) = with(COMMENTED);
    let config = Config::load(&places).unwrap();
    let mut file = ConfigFile::open(&places).unwrap();
    for (name, profile) in &config.profiles {
        file.set_profile(name, profile).unwrap();
    }
    file.save().unwrap();
    assert_eq!(written(&places), COMMENTED);
}

#[test]
fn a_changed_value_keeps_the_comments_around_it() {
    let (_root, places) = with(COMMENTED);
    let url = Url::parse("http://127.0.0.1:9000").unwrap();
    let changed = Profile {
        platform: "https://other.example/".into(),
        agent: AgentConfig::Attach { url },
        delivery: DeliveryConfig {
            hold_s: 5,
            ..DeliveryConfig::default()
        },
        ..echo()
    };
    let mut file = ConfigFile::open(&places).unwrap();
    file.set_profile(&name("home"), &changed)
        .unwrap()
        .set_shared_door(&name("work"), true)
        .unwrap();
    file.save().unwrap();
    let text = written(&places);
    assert!(
        text.contains("# the platform\nplatform = \"https://other.example\" # where\n"),
        "{text}"
    );
    assert!(
        text.contains("# how\nkind = \"attach\" # so\nurl = \"http://127.0.0.1:9000/\"\n"),
        "{text}"
    );
    for comment in COMMENTED
        .lines()
        .filter_map(|line| line.split_once('#').map(|(_, comment)| comment))
    {
        assert!(text.contains(&format!("#{comment}")), "{comment} in {text}");
    }
    let config = Config::load(&places).unwrap();
    assert_eq!(config.profiles[&name("home")].delivery.hold_s, 5);
    assert!(config.profiles[&name("work")].shared_door);
}

#[test]
fn a_removed_profile_takes_its_own_comments_along_and_no_others() {
    let (_root, places) = with(COMMENTED);
    ConfigFile::open(&places)
        .unwrap()
        .remove_profile(&name("work"))
        .unwrap()
        .save()
        .unwrap();
    let text = written(&places);
    assert!(
        text.contains("# after home") && text.contains("# the end"),
        "{text}"
    );
    assert!(
        !text.contains("# about work") && !text.contains("# dotted"),
        "{text}"
    );
    assert_eq!(Config::load(&places).unwrap().profiles.len(), 1);
}

#[test]
fn a_file_without_a_version_gets_one_below_its_opening_comment() {
    for (before, after) in [
        ("", "version = 1\n"),
        ("# mine\n", "# mine\nversion = 1\n"),
        ("# mine", "# mine\nversion = 1\n"),
        ("# mine\n\n[profile]\n", "# mine\nversion = 1\n\n[profile]\n"),
        ("# its\n[profile]\n", "version = 1\n\n# its\n[profile]\n"),
        ("version = 1\n", "version = 1\n"),
    ] {
        assert_eq!(with_version(before), after, "{before:?}");
    }
}

#[test]
fn a_file_with_a_mistake_is_not_touched() {
    let (_root, places) = with("version = 1\nprofil = 3\n");
    assert_eq!(ConfigFile::open(&places).unwrap_err().code(), "config_wrong");
    assert_eq!(written(&places), "version = 1\nprofil = 3\n");
}

#[test]
fn a_file_that_somebody_else_wrote_meanwhile_is_not_overwritten() {
    let (_root, places) = with("version = 1\n");
    let mut file = ConfigFile::open(&places).unwrap();
    file.set_profile(&name("home"), &echo()).unwrap();
    fs::write(&places.config, "version = 1\n# hello\n").unwrap();
    assert_eq!(file.save().unwrap_err().code(), "config_changed");
    assert_eq!(written(&places), "version = 1\n# hello\n");
}

#[test]
fn a_profile_that_could_not_be_read_again_is_not_written() {
    let (_root, places) = with("version = 1\n");
    let mut file = ConfigFile::open(&places).unwrap();
    let bad = Profile {
        platform: "http://acme.example".into(),
        ..echo()
    };
    assert_eq!(
        file.set_profile(&name("home"), &bad).unwrap_err().code(),
        "config_value"
    );
    assert!(file.config().profiles.is_empty());
    let error = file.remove_profile(&name("home")).unwrap_err().to_string();
    assert!(error.contains("ligand connect"), "{error}");
}

/// One change to a config.
#[derive(Debug, Clone)]
enum Edit {
    Set(ProfileName, Box<Profile>),
    Remove(ProfileName),
    Share(ProfileName, bool),
}

fn any_name() -> impl Strategy<Value = ProfileName> {
    prop_oneof![Just("a"), Just("b-2"), Just("c"), Just("0")].prop_map(name)
}

fn any_command() -> impl Strategy<Value = CommandConfig> {
    let ready = prop_oneof![
        Just(ReadyCheck::Card),
        Just(ReadyCheck::Http("/health".to_owned()))
    ];
    let rule = prop_oneof![Just(WithoutSecrets::Fail), Just(WithoutSecrets::Start)];
    let dir = proptest::option::of("/[a-z \"\\\\]{0,6}");
    (
        proptest::collection::vec("[ -~ä]{1,8}", 1..4),
        dir,
        proptest::collection::btree_map("[A-Z]{1,2}_[A-Z]", "[ -~ü]{0,6}", 0..3),
        ready,
        1u32..=600,
        any::<bool>(),
        proptest::collection::vec("[A-Z]{2,3}_X", 0..3),
        rule,
    )
        .prop_map(
            |(argv, dir, env, ready, ready_within_s, give_token, allow_env, without_secrets)| CommandConfig {
                argv,
                dir,
                env,
                ready,
                ready_within_s,
                give_token,
                allow_env,
                without_secrets,
            },
        )
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let org_id = proptest::option::of("[!-~]{1,12}");
    let relay = prop_oneof![Just("https://r.example"), Just("http://localhost:7000/x")];
    let relay = relay.prop_map(|url| Url::parse(url).unwrap());
    let exposure = prop_oneof![
        relay.clone().prop_map(|url| ExposureConfig::Relay { url }),
        Just(ExposureConfig::Poll),
        proptest::option::of(relay).prop_map(|url| ExposureConfig::Auto { url }),
        Just(ExposureConfig::Cloudflared),
        Just(ExposureConfig::Ngrok),
        prop_oneof![Just(LISTEN), Just(SocketAddr::from(([127, 0, 0, 2], 1)))].prop_map(|listen| {
            let url = Url::parse("https://laptop.example").unwrap();
            ExposureConfig::Url { url, listen }
        }),
    ];
    (
        any::<u128>(),
        org_id,
        any_agent(),
        exposure,
        any::<[bool; 2]>(),
        any_delivery(),
    )
        .prop_map(
            |(id, org_id, agent, exposure, [shared_door, trusts], delivery)| Profile {
                platform: "https://acme.example/base".into(),
                workspace: Uuid::from_u128(id),
                org_id,
                agent,
                token_to: exposure.relay().filter(|_| trusts).cloned(),
                exposure,
                shared_door,
                delivery,
            },
        )
}

fn any_agent() -> impl Strategy<Value = AgentConfig> {
    // Nothing that looks like a comment.
    let text = "[ !\"$-~ü\n]{0,6}";
    let exec = (
        proptest::collection::vec(text, 0..3),
        1u32..=86_400,
        proptest::collection::btree_map("[A-Z_]{1,3}", text, 0..3),
    );
    let tool = prop_oneof![Just("Read"), Just("Bash(git log:*)"), Just("mcp__a__b")];
    let claude = (
        proptest::collection::vec(tool.prop_map(str::to_owned), 0..3),
        proptest::option::of("[a-z][a-z0-9-]{0,6}"),
        1u32..=86_400,
    );
    prop_oneof![
        Just(AgentConfig::Echo),
        any_command().prop_map(AgentConfig::Command),
        (1u16..).prop_map(|port| AgentConfig::Attach {
            url: Url::parse(&format!("http://127.0.0.1:{port}/a")).unwrap()
        }),
        exec.prop_map(|(arguments, time_limit_s, env)| AgentConfig::Exec(ExecConfig {
            argv: [vec!["./a".to_owned()], arguments].concat(),
            dir: "/d".to_owned(),
            time_limit_s,
            env,
        })),
        claude.prop_map(|(tools, model, time_limit_s)| AgentConfig::Claude(ClaudeConfig {
            dir: "/d".to_owned(),
            tools,
            model,
            time_limit_s,
        })),
    ]
}

/// The lines of an agent's table besides its kind, each as it may stand alone, in an inline table, or behind a dot.
fn lines_of(agent: &AgentConfig, style: u8) -> Vec<String> {
    let list = |texts: &[String]| Value::from(texts.iter().collect::<toml_edit::Array>()).to_string();
    match agent {
        AgentConfig::Echo => Vec::new(),
        AgentConfig::Attach { url } => vec![format!("url = \"{url}\"")],
        AgentConfig::Command(command) => command_lines(command, style),
        AgentConfig::Exec(exec) => {
            let env: InlineTable = exec.env.iter().collect();
            vec![
                format!("argv = {}", list(&exec.argv)),
                format!("dir = '{}'", exec.dir),
                format!("time_limit_s = {}", exec.time_limit_s),
                format!("env = {env}"),
            ]
        }
        AgentConfig::Claude(claude) => {
            let mut lines = vec![
                format!("dir = '{}'", claude.dir),
                format!("tools = {}", list(&claude.tools)),
                format!("time_limit_s = {}", claude.time_limit_s),
            ];
            lines.extend(claude.model.iter().map(|model| format!("model = '{model}'")));
            lines
        }
    }
}

fn any_delivery() -> impl Strategy<Value = DeliveryConfig> {
    let task = prop_oneof![
        Just(TaskWords::None),
        Just(TaskWords::Count),
        Just(TaskWords::Method),
        Just(TaskWords::Words),
    ];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (0u32..=240, flags, proptest::option::of(1u32..=256), task).prop_map(
        |(hold_s, (refuse, normalise, replay_unknown, record_bodies), max_tasks, current_task)| {
            DeliveryConfig {
                hold_s,
                stopped: if refuse {
                    WhileStopped::Refuse
                } else {
                    WhileStopped::Queue
                },
                normalise,
                replay_unknown,
                record_bodies,
                max_tasks,
                current_task,
            }
        },
    )
}

fn any_edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any_name(), any_profile()).prop_map(|(name, profile)| Edit::Set(name, Box::new(profile))),
        any_name().prop_map(Edit::Remove),
        (any_name(), any::<bool>()).prop_map(|(name, open)| Edit::Share(name, open)),
    ]
}

/// Those of a command's table.
fn command_lines(command: &CommandConfig, style: u8) -> Vec<String> {
    let texts = |texts: &[String]| Value::from(texts.iter().collect::<toml_edit::Array>()).to_string();
    let mut lines = vec![format!("argv = {}", texts(&command.argv))];
    if let Some(dir) = &command.dir {
        lines.push(format!("dir = {}", Value::from(dir)));
    }
    if !command.env.is_empty() {
        let variables = command.env.iter().map(|(name, value)| (name, Value::from(value)));
        lines.push(format!(
            "env = {}",
            Value::from(InlineTable::from_iter(variables))
        ));
    }
    lines.push(match &command.ready {
        ReadyCheck::Card => "ready = \"card\"".to_owned(),
        ReadyCheck::Http(path) if style.is_multiple_of(2) => format!("ready = \"{path}\""),
        ReadyCheck::Http(path) => format!("ready = {{ http = \"{path}\" }}"),
    });
    lines.push(format!("ready_within_s = {}", command.ready_within_s));
    lines.push(format!("give_token = {}", command.give_token));
    lines.push(format!("allow_env = {}", texts(&command.allow_env)));
    lines.push(match command.without_secrets {
        WithoutSecrets::Fail => "without_secrets = \"fail\"".to_owned(),
        WithoutSecrets::Start => "without_secrets = \"start\"".to_owned(),
    });
    lines
}

/// A config as a person might write it: comments at every place, each with its own number and, where it belongs to a
/// profile, that profile's name; values in three styles of table.
fn commented(profiles: &BTreeMap<ProfileName, Profile>, style: u8) -> String {
    let mut text = "# c0 of the file\nversion = 1 # c1 of the file\n".to_owned();
    let mut number = 1;
    let mut comment = |owner: &str| {
        number += 1;
        format!("# c{number} of {owner}")
    };
    for (name, profile) in profiles {
        let own = name.as_str();
        let (agent_kind, agent_lines) = (profile.agent.kind(), lines_of(&profile.agent, style));
        text += &format!("\n{}\n\n{}\n", comment("the file"), comment(own));
        text += &format!("[profile.{own}] {}\n{}\n", comment(own), comment(own));
        text += &format!("platform = '{}' {}\n", profile.platform, comment(own));
        text += &format!("workspace = \"{}\"\n", profile.workspace);
        if let Some(org_id) = &profile.org_id {
            text += &format!("org_id = {}\n", Value::from(org_id));
        }
        match style % 3 {
            0 => {
                text += &format!(
                    "[profile.{own}.agent] {}\nkind = '{agent_kind}'\n{}\n",
                    comment(own),
                    agent_lines.join("\n")
                )
            }
            1 => {
                let values = [vec![format!("kind = \"{agent_kind}\"")], agent_lines].concat();
                text += &format!("agent = {{ {} }} {}\n", values.join(", "), comment(own));
            }
            _ => {
                text += &format!("agent.kind = \"{agent_kind}\" {}\n", comment(own));
                for line in agent_lines {
                    text += &format!("agent.{line}\n");
                }
            }
        }
        text += &format!(
            "[profile.{own}.exposure]\n{}\nkind = \"{}\"\n",
            comment(own),
            profile.exposure.kind(),
        );
        if let Some(relay) = profile.exposure.relay() {
            text += &format!("relay = \"{relay}\"\n");
        }
        if let ExposureConfig::Url { url, listen } = &profile.exposure {
            text += &format!("url = '{url}'\nlisten = '{listen}'\n");
        }
        if let Some(relay) = &profile.token_to {
            text += &format!("token_to = \"{relay}\"\n");
        }
        text += &format!("[profile.{own}.doors]\nshared = {}\n", profile.shared_door);
        text += &format!("[profile.{own}.delivery]\n");
        for (key, value) in profile.delivery.values() {
            if let Some(value) = value {
                text += &format!("{key} = {value}\n");
            }
        }
    }
    text + &format!("\n{}\n", comment("the file"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_keep_the_comments_of_what_stays_and_read_back_as_what_was_set(
        start in proptest::collection::btree_map(any_name(), any_profile(), 0..4),
        style in any::<u8>(),
        edits in proptest::collection::vec(any_edit(), 0..8),
    ) {
        let before = commented(&start, style);
        let (_root, places) = with(&before);
        let mut expected = start.clone();
        // A profile that was once removed has lost its comments, also when its name comes back.
        let mut untouched: Vec<String> = start.keys().map(ToString::to_string).collect();
        untouched.push("the file".into());
        prop_assert_eq!(&Config::load(&places).unwrap().profiles, &expected);
        for edit in edits {
            let mut file = ConfigFile::open(&places).unwrap();
            match edit {
                Edit::Set(name, profile) => {
                    file.set_profile(&name, &profile).unwrap();
                    expected.insert(name, *profile);
                }
                Edit::Remove(name) => {
                    prop_assert_eq!(file.remove_profile(&name).is_ok(), expected.remove(&name).is_some());
                    untouched.retain(|owner| owner != name.as_str());
                }
                Edit::Share(name, open) => {
                    let known = expected.get_mut(&name).map(|profile| profile.shared_door = open).is_some();
                    prop_assert_eq!(file.set_shared_door(&name, open).is_ok(), known);
                }
            }
            file.save().unwrap();
            prop_assert_eq!(&Config::load(&places).unwrap().profiles, &expected);
        }
        let after = written(&places);
        for comment in before.lines().filter_map(|line| line.find("# c").map(|at| &line[at..])) {
            let owner = comment.split_once(" of ").unwrap().1;
            if untouched.iter().any(|name| name == owner) {
                prop_assert!(after.lines().any(|line| line.ends_with(comment)), "{comment} lost:\n{before}\n→\n{after}");
            }
        }
    }
}

#[test]
fn what_holds_for_the_whole_host_is_written_at_the_top_and_only_where_it_is_not_as_usual() {
    let (_root, places) = with(COMMENTED);
    let mut file = ConfigFile::open(&places).unwrap();
    let usual = General::default();
    file.set_general(&usual)
        .unwrap()
        .set_proxy(&ProxyConfig::Environment)
        .unwrap();
    file.save().unwrap();
    assert_eq!(written(&places), COMMENTED);
    let set = General {
        log_level: crate::config::LogLevel::Debug,
        keep_awake: true,
        update_check: false,
        update_url: Some(Url::parse("https://acme.example/latest.json").unwrap()),
    };
    let proxy = ProxyConfig::Through {
        url: Url::parse("http://proxy.example:3128").unwrap(),
    };
    file.set_general(&set).unwrap().set_proxy(&proxy).unwrap();
    file.save().unwrap();
    let config = Config::load(&places).unwrap();
    assert_eq!((config.general, config.proxy), (set, proxy));
    for line in COMMENTED.lines() {
        assert!(written(&places).contains(line), "{line:?} is lost");
    }
    file.set_general(&usual)
        .unwrap()
        .set_proxy(&ProxyConfig::Environment)
        .unwrap();
    file.save().unwrap();
    let config = Config::load(&places).unwrap();
    assert_eq!((config.general, config.proxy), (usual, ProxyConfig::Environment));
    let unencrypted = General {
        update_url: Some(Url::parse("http://acme.example/").unwrap()),
        ..General::default()
    };
    assert!(file.set_general(&unencrypted).is_err());
}

#[test]
fn a_renamed_profile_keeps_its_place_and_its_comments() {
    let (_root, places) = with(COMMENTED);
    let mut file = ConfigFile::open(&places).unwrap();
    assert!(
        file.rename_profile(&name("home"), &name("work")).is_err(),
        "taken"
    );
    assert!(
        file.rename_profile(&name("none"), &name("other")).is_err(),
        "not there"
    );
    file.rename_profile(&name("home"), &name("flat"))
        .unwrap()
        .save()
        .unwrap();
    assert_eq!(
        written(&places),
        COMMENTED.replace("[profile.home", "[profile.flat")
    );
}
