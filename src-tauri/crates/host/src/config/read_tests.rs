//! What the config's reader says.

use super::*;

const GOOD: &str = "\
version = 1

[profile.home]
platform = \"https://acme.example/\"
workspace = \"00000000-0000-0000-0000-000000000001\"
org_id = \"acme\"

[profile.home.agent]
kind = \"attach\"
url = \"http://127.0.0.1:9000\"

[profile.home.exposure]
kind = \"relay\"
relay = \"https://relay.example\"

[profile.home.doors]
shared = true

[profile.home.delivery]
hold_s = 7
";

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/c/config.toml"), text)
}

/// The error's line when one line of the good config is another.
fn with_line(line: &str, instead: &str) -> String {
    assert!(GOOD.contains(line), "{line}");
    let error = parse(&GOOD.replacen(line, instead, 1)).unwrap_err().to_string();
    assert!(!error.contains('\n'), "one line: {error}");
    error
}

#[test]
fn a_whole_profile_is_read() {
    let config = parse(GOOD).unwrap();
    let profile = &config.profiles[&"home".parse().unwrap()];
    assert_eq!(profile.platform, "https://acme.example");
    assert_eq!(profile.workspace, Uuid::from_u128(1));
    assert_eq!(profile.org_id.as_deref(), Some("acme"));
    assert_eq!(
        profile.agent,
        AgentConfig::Attach {
            url: "http://127.0.0.1:9000".parse().unwrap()
        }
    );
    assert_eq!(
        profile.exposure,
        ExposureConfig::Relay {
            url: "https://relay.example".parse().unwrap()
        }
    );
    assert!(profile.shared_door);
    assert_eq!(profile.delivery.hold_s, 7);
}

#[test]
fn every_way_in_is_read_with_what_it_needs_and_nothing_else() {
    let with = |lines: &str| GOOD.replace("kind = \"relay\"\nrelay = \"https://relay.example\"", lines);
    let exposure = |lines: &str| parse(&with(lines)).map(|config| config.profiles.into_values().next());
    let read = |lines: &str| exposure(lines).unwrap().unwrap().exposure;
    assert_eq!(read("kind = \"cloudflared\""), ExposureConfig::Cloudflared);
    assert_eq!(read("kind = \"ngrok\""), ExposureConfig::Ngrok);
    let url = "https://laptop.example".parse().unwrap();
    let listen = "127.0.0.1:8474".parse().unwrap();
    assert_eq!(
        read("kind = \"url\"\nurl = \"https://laptop.example\""),
        ExposureConfig::Url { url, listen }
    );
    for (lines, words) in [
        ("kind = \"url\"", "url is missing"),
        ("kind = \"url\"\nurl = \"http://laptop.example\"", "not encrypted"),
        (
            "kind = \"url\"\nurl = \"https://laptop.example\"\nlisten = \"0.0.0.0:1\"",
            "other machines",
        ),
        ("kind = \"ngrok\"\nrelay = \"https://relay.example\"", "relay"),
        ("kind = \"cloudflare\"", "cloudflared"),
    ] {
        let error = exposure(lines).unwrap_err().to_string();
        assert!(error.contains(words), "{lines}: {error}");
    }
}

#[test]
fn an_empty_file_has_no_profiles() {
    assert_eq!(parse("").unwrap(), Config::default());
    assert_eq!(parse("version = 1\n[profile]\n").unwrap(), Config::default());
}

#[test]
fn a_typo_is_told_with_its_place_and_the_word_that_was_meant() {
    assert_eq!(
        with_line("platform =", "platfrom ="),
        "/c/config.toml:4:1: unknown key \"platfrom\" in [profile.home]. Did you mean \"platform\"?"
    );
}

#[test]
fn an_unknown_key_that_is_near_nothing_lists_what_is_known() {
    assert_eq!(
        with_line("shared = true", "colour = 3"),
        "/c/config.toml:17:1: unknown key \"colour\" in [profile.home.doors]. Known here: shared"
    );
    assert_eq!(
        with_line("version = 1", "version = 1\nprofiles = 3"),
        "/c/config.toml:2:1: unknown key \"profiles\" at the top of the file. Did you mean \"profile\"?"
    );
}

#[test]
fn a_key_of_another_kind_is_unknown() {
    let error = with_line("kind = \"attach\"", "kind = \"echo\"");
    assert_eq!(
        error,
        "/c/config.toml:10:1: unknown key \"url\" in [profile.home.agent]. Known here: kind"
    );
}

#[test]
fn what_is_missing_is_told_at_its_table_with_what_to_add() {
    assert_eq!(
        with_line("url = \"http://127.0.0.1:9000\"\n", ""),
        "/c/config.toml:8:1: url is missing in [profile.home.agent]. Add url = \"http://127.0.0.1:9000\""
    );
    assert_eq!(
        with_line(
            "[profile.home.exposure]\nkind = \"relay\"\nrelay = \"https://relay.example\"\n",
            ""
        ),
        "/c/config.toml:3:1: [profile.home.exposure] is missing. \
         Add [profile.home.exposure] with kind = \"relay\" and relay = \"https://…\""
    );
}

#[test]
fn a_value_of_the_wrong_type_is_told_with_the_right_one() {
    assert_eq!(
        with_line("shared = true", "shared = \"yes\""),
        "/c/config.toml:17:10: shared must be true or false, not text. Write shared as true or false"
    );
    assert_eq!(
        with_line("hold_s = 7", "hold_s = 7.5"),
        "/c/config.toml:20:10: hold_s must be a whole number, not a number. Write hold_s as a whole number"
    );
    assert!(
        with_line("[profile.home.doors]", "[[profile.home.doors]]").contains("a table, not a list of tables")
    );
}

#[test]
fn a_value_that_breaks_a_rule_is_told_at_the_value() {
    for (line, instead, place, word) in [
        (
            "\"https://acme.example/\"",
            "\"http://acme.example\"",
            ":4:12:",
            "not encrypted",
        ),
        (
            "\"http://127.0.0.1:9000\"",
            "\"http://10.0.0.1\"",
            ":10:7:",
            "not on this laptop",
        ),
        (
            "\"https://relay.example\"",
            "\"http://relay.example\"",
            ":14:9:",
            "not encrypted",
        ),
        ("hold_s = 7", "hold_s = 999", ":20:10:", "hold_s is 999"),
        (
            "kind = \"relay\"",
            "kind = \"pigeon\"",
            ":13:8:",
            "Known here: relay",
        ),
        (
            "\"00000000-0000-0000-0000-000000000001\"",
            "\"mine\"",
            ":5:13:",
            "not a workspace's id",
        ),
        ("\"acme\"", "\"a b\"", ":6:10:", "org_id"),
        (
            "[profile.home]",
            "[profile.Home]\nplatform=1\n[profile.home]",
            ":3:10:",
            "cannot name a profile",
        ),
    ] {
        let error = with_line(line, instead);
        assert!(error.contains(place) && error.contains(word), "{error}");
    }
}

#[test]
fn what_is_not_toml_is_told_in_one_line() {
    let error = with_line("version = 1", "version = ");
    assert!(
        error.starts_with("/c/config.toml:1:11: this is not TOML: "),
        "{error}"
    );
    with_line("[profile.home.agent]", "[profile.home.agent");
    with_line("kind = \"attach\"", "kind = \"attach\nx");
}

#[test]
fn a_config_of_the_future_is_refused_before_its_keys_are_judged() {
    let error = with_line("version = 1", "wibble = 1\nversion = 2");
    assert!(
        error.starts_with("/c/config.toml:2:11: this config has version 2, and this Ligand knows 1"),
        "{error}"
    );
    assert!(with_line("version = 1", "version = 0").contains("version = 1"));
}

#[test]
fn inline_and_dotted_tables_are_the_same_as_others() {
    let config = parse(
        "profile.a = { platform = \"https://acme.example\", \
         workspace = \"00000000-0000-0000-0000-000000000001\", agent.kind = \"echo\", \
         exposure = { kind = \"relay\", relay = \"https://relay.example\" } }",
    );
    assert_eq!(config.unwrap().profiles.len(), 1);
}

#[test]
fn the_proxy_is_for_all_profiles_and_a_password_in_it_is_refused_where_it_stands() {
    let with =
        |proxy: &str| parse(&GOOD.replace("version = 1\n", &format!("version = 1\nproxy = \"{proxy}\"\n")));
    assert_eq!(
        parse(GOOD).unwrap().proxy,
        crate::config::ProxyConfig::Environment
    );
    assert_eq!(with("direct").unwrap().proxy, crate::config::ProxyConfig::Direct);
    let error = with("http://ada:hush@proxy.example").unwrap_err().to_string();
    assert!(error.starts_with("/c/config.toml:2:"), "{error}");
    assert!(
        !error.contains("hush") && error.contains("LIGAND_PROXY_LOGIN"),
        "{error}"
    );
}
