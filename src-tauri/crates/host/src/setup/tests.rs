//! Nothing half written, whatever fails.

use std::fs;
use std::path::Path;

use super::*;
use crate::config::{BadValue, ConfigError};

const TOKEN: &str = "wst-first";

fn places(root: &Path) -> Places {
    Places {
        config: root.join("config.toml"),
        state: root.join("state"),
        runtime: root.join("run"),
    }
}

fn connection(platform: &str, workspace: u128, token: &str) -> Connection {
    Connection {
        platform_url: platform.parse().unwrap(),
        workspace_id: Uuid::from_u128(workspace),
        auth_token: Token::new(token),
    }
}

/// A profile that needs no platform to be made.
fn offline(name: &str, workspace: u128, token: &str) -> NewProfile {
    NewProfile {
        name: name.parse().unwrap(),
        connection: connection("https://acme.example", workspace, token),
        org_id: Some("acme".into()),
        relay: Some("https://relay.example".parse().unwrap()),
        exposure: None,
        trust_relay_with_token: false,
        agent: Some(AgentConfig::Echo),
        org_key: None,
        offline: true,
    }
}

fn account(workspace: u128) -> Account {
    Account::new("https://acme.example", Uuid::from_u128(workspace), Kind::Token)
}

async fn token(vault: &Vault, workspace: u128) -> Option<String> {
    vault
        .get(&account(workspace))
        .await
        .unwrap()
        .map(|secret| secret.expose().to_owned())
}

/// What is on disk, to see that nothing came of a failure.
fn is_untouched(places: &Places) -> bool {
    !places.config.exists() && !places.state.join("vault.json").exists()
}

#[tokio::test]
async fn a_profile_is_in_the_config_and_its_token_in_the_vault_alone() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    let vault = Vault::in_file(&places).await;
    let name = connect(&places, &vault, offline("home", 7, TOKEN)).await.unwrap();
    assert_eq!(token(&vault, 7).await.as_deref(), Some(TOKEN));
    let profile = Config::load(&places).unwrap().profiles.remove(&name).unwrap();
    assert_eq!(profile.platform, "https://acme.example");
    assert_eq!(profile.org_id.as_deref(), Some("acme"));
    assert!(!fs::read_to_string(&places.config).unwrap().contains(TOKEN));
}

#[tokio::test]
async fn only_the_relay_that_the_user_trusts_is_trusted_with_the_token() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    let vault = Vault::in_file(&places).await;
    let trusted = async |relay: Option<&str>, trust| {
        let new = NewProfile {
            relay: relay.map(|relay| relay.parse().unwrap()),
            trust_relay_with_token: trust,
            ..offline("home", 7, TOKEN)
        };
        let name = connect(&places, &vault, new).await.unwrap();
        let profile = Config::load(&places).unwrap().profiles.remove(&name).unwrap();
        profile.token_to.map(|relay| relay.to_string())
    };
    let ours = Some("https://relay.example/".to_owned());
    assert_eq!(trusted(Some("https://relay.example"), false).await, None);
    assert_eq!(trusted(None, true).await, ours);
    assert_eq!(trusted(None, false).await, ours, "what was said before holds");
    assert_eq!(trusted(Some("https://relay.example"), false).await, ours);
    assert_eq!(
        trusted(Some("https://other.example"), false).await,
        None,
        "for it alone"
    );
    let nobody = NewProfile {
        relay: None,
        trust_relay_with_token: true,
        ..offline("other", 8, TOKEN)
    };
    assert!(connect(&places, &vault, nobody).await.is_err());
}

#[tokio::test]
async fn connecting_again_takes_the_new_token_and_keeps_what_was_not_said_anew() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    let vault = Vault::in_file(&places).await;
    let agent = AgentConfig::Attach {
        url: "http://127.0.0.1:9000".parse().unwrap(),
    };
    let first = NewProfile {
        agent: Some(agent.clone()),
        ..offline("home", 7, TOKEN)
    };
    let name = connect(&places, &vault, first).await.unwrap();
    ConfigFile::open(&places)
        .unwrap()
        .set_shared_door(&name, true)
        .unwrap()
        .save()
        .unwrap();
    let again = NewProfile {
        relay: None,
        org_id: None,
        agent: None,
        ..offline("home", 7, "wst-second")
    };
    connect(&places, &vault, again).await.unwrap();
    assert_eq!(token(&vault, 7).await.as_deref(), Some("wst-second"));
    let profile = Config::load(&places).unwrap().profiles.remove(&name).unwrap();
    assert!(profile.shared_door);
    assert_eq!(profile.agent, agent);
    assert_eq!(profile.org_id.as_deref(), Some("acme"));
    assert_eq!(
        profile.exposure,
        ExposureConfig::Relay {
            url: "https://relay.example".parse().unwrap()
        }
    );
}

#[tokio::test]
async fn connecting_again_with_another_way_in_changes_that_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    let vault = Vault::in_file(&places).await;
    let name = connect(&places, &vault, offline("home", 7, TOKEN)).await.unwrap();
    for exposure in [ExposureConfig::Ngrok, ExposureConfig::Poll] {
        let again = NewProfile {
            relay: None,
            exposure: Some(exposure.clone()),
            ..offline("home", 7, TOKEN)
        };
        connect(&places, &vault, again).await.unwrap();
        let profile = Config::load(&places).unwrap().profiles.remove(&name).unwrap();
        assert_eq!(
            (profile.exposure, profile.org_id.as_deref()),
            (exposure, Some("acme"))
        );
    }
}

#[tokio::test]
async fn a_name_or_a_workspace_that_is_taken_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    let vault = Vault::in_file(&places).await;
    connect(&places, &vault, offline("home", 7, TOKEN)).await.unwrap();
    let error = connect(&places, &vault, offline("home", 8, "other"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "profile_exists");
    let error = connect(&places, &vault, offline("work", 7, "other"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "workspace_taken");
    assert_eq!(token(&vault, 7).await.as_deref(), Some(TOKEN));
    assert_eq!(token(&vault, 8).await, None);
    assert_eq!(Config::load(&places).unwrap().profiles.len(), 1);
}

#[tokio::test]
async fn what_could_not_be_used_later_is_not_written_now() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    let vault = Vault::in_file(&places).await;
    let cases = [
        (
            NewProfile {
                relay: Some("http://relay.example".parse().unwrap()),
                ..offline("home", 7, TOKEN)
            },
            "config_value",
        ),
        (
            NewProfile {
                connection: connection("http://acme.example", 7, TOKEN),
                ..offline("home", 7, TOKEN)
            },
            "config_value",
        ),
        (
            NewProfile {
                agent: Some(AgentConfig::Attach {
                    url: "http://10.0.0.1".parse().unwrap(),
                }),
                ..offline("home", 7, TOKEN)
            },
            "config_value",
        ),
    ];
    for (new, code) in cases {
        let error = connect(&places, &vault, new).await.unwrap_err();
        assert_eq!(error.code(), code);
        assert!(
            !error.to_string().contains('\n') && !error.to_string().contains(TOKEN),
            "{error}"
        );
        assert!(is_untouched(&places), "{code}");
    }
}

#[tokio::test]
async fn a_platform_that_cannot_be_reached_is_told_before_anything_is_written() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    let vault = Vault::in_file(&places).await;
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let platform = format!("http://127.0.0.1:{port}");
    let new = NewProfile {
        connection: connection(&platform, 7, TOKEN),
        offline: false,
        ..offline("home", 7, TOKEN)
    };
    let error = connect(&places, &vault, new).await.unwrap_err();
    assert_eq!(error.code(), "unreachable");
    assert!(error.to_string().contains("Check the address"), "{error}");
    let create = NewWorkspaceProfile {
        platform: platform.parse().unwrap(),
        org_key: Token::new("org-key"),
        keep_org_key: false,
        workspace: NewWorkspace {
            name: "Laptop".into(),
            role: None,
            parent_id: None,
        },
        name: "home".parse().unwrap(),
        org_id: None,
        relay: Some("https://relay.example".parse().unwrap()),
        exposure: None,
        trust_relay_with_token: false,
        agent: AgentConfig::Echo,
    };
    assert_eq!(
        super::create(&places, &vault, create).await.unwrap_err().code(),
        "unreachable"
    );
    assert!(is_untouched(&places));
}

#[tokio::test]
async fn a_config_that_cannot_be_written_leaves_the_vault_as_it_was() {
    let root = tempfile::tempdir().unwrap();
    let vault = Vault::in_file(&places(root.path())).await;
    let fail = || Err(ConfigError::Changed("config.toml".into()));
    let second = [(account(7), Secret::new("second"))];
    assert_eq!(
        keep(&vault, &second, fail).await.unwrap_err().code(),
        "config_changed"
    );
    assert_eq!(token(&vault, 7).await, None);
    vault.set(&account(7), &Secret::new(TOKEN)).await.unwrap();
    assert!(keep(&vault, &second, fail).await.is_err());
    assert_eq!(token(&vault, 7).await.as_deref(), Some(TOKEN));
}

#[tokio::test]
async fn a_forgotten_profile_leaves_neither_config_nor_secrets() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    let vault = Vault::in_file(&places).await;
    let home = connect(&places, &vault, offline("home", 7, TOKEN)).await.unwrap();
    connect(&places, &vault, offline("work", 8, "stays"))
        .await
        .unwrap();
    for kind in Kind::ALL {
        let account = Account::new("https://acme.example", Uuid::from_u128(7), kind);
        vault.set(&account, &Secret::new("hush")).await.unwrap();
    }
    forget(&places, &vault, &home).await.unwrap();
    assert!(
        !fs::read_to_string(places.state.join("vault.json"))
            .unwrap()
            .contains("hush")
    );
    assert_eq!(token(&vault, 8).await.as_deref(), Some("stays"));
    assert_eq!(Config::load(&places).unwrap().profiles.len(), 1);
    assert_eq!(
        forget(&places, &vault, &home).await.unwrap_err().code(),
        "no_such_profile"
    );
}

#[test]
fn a_new_profile_crosses_the_control_socket_unchanged() {
    let new = offline("home", 7, TOKEN);
    let json = serde_json::to_string(&new).unwrap();
    let back: NewProfile = serde_json::from_str(&json).unwrap();
    assert_eq!(back.connection, new.connection);
    assert_eq!(
        (back.name, back.relay, back.agent, back.offline),
        (new.name, new.relay, new.agent, true)
    );
    let wrong = json.replace(&Uuid::from_u128(7).to_string(), "seven");
    let error = serde_json::from_str::<NewProfile>(&wrong)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("workspace_id") && !error.contains(TOKEN),
        "{error}"
    );
}

#[test]
fn no_error_shows_a_secret_or_a_second_line() {
    let new = offline("home", 7, TOKEN);
    assert!(!format!("{new:?}").contains(TOKEN));
    let value = SetupError::Value(BadValue {
        what: "x".into(),
        next: "y".into(),
    });
    let orphan = SetupError::orphan(Uuid::nil(), value);
    assert!(!orphan.to_string().contains('\n') && orphan.needs_user());
}

#[tokio::test]
async fn an_org_key_is_kept_only_when_it_is_given_and_stays_until_the_profile_goes() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    let vault = Vault::in_file(&places).await;
    let kept = async || {
        let account = Account::new("https://acme.example", Uuid::from_u128(7), Kind::OrgKey);
        let key = vault.get(&account).await.unwrap();
        key.map(|key| key.expose().to_owned())
    };
    connect(&places, &vault, offline("home", 7, TOKEN)).await.unwrap();
    assert_eq!(kept().await, None);
    let new = NewProfile {
        org_key: Some(Token::new("org-key")),
        ..offline("home", 7, TOKEN)
    };
    // On the way to a running host it is not lost.
    let new: NewProfile = serde_json::from_str(&serde_json::to_string(&new).unwrap()).unwrap();
    assert!(!format!("{new:?}").contains("org-key\""), "{new:?}");
    connect(&places, &vault, new).await.unwrap();
    assert_eq!(kept().await.as_deref(), Some("org-key"));
    connect(&places, &vault, offline("home", 7, "wst-second"))
        .await
        .unwrap();
    assert_eq!(kept().await.as_deref(), Some("org-key"));
    forget(&places, &vault, &"home".parse().unwrap()).await.unwrap();
    assert_eq!(kept().await, None);
}
