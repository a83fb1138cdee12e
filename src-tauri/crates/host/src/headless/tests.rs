//! What an environment must say, and what comes of it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{
    agent::{ARGV, DIR, TOOLS},
    *,
};
use crate::config::AgentConfig;

const ID: &str = "00000000-0000-4000-8000-000000000007";

/// An environment with these variables besides the needed ones.
async fn read(more: &[(&str, &str)]) -> Result<Headless, HeadlessError> {
    let look = |name: &str| {
        let needed = [(PLATFORM, "https://acme.example/"), (WORKSPACE, ID)];
        let mut all = more.iter().copied().chain(needed);
        all.find(|(known, _)| *known == name)
            .map(|(_, value)| value.to_owned())
            .filter(|value| !value.is_empty())
    };
    Headless::read(&look, Some(Secret::new("hush")), None).await
}

fn here() -> Container {
    let set = |name: &str| (name == "container").then(|| "oci".to_owned());
    Container::around(&set).unwrap()
}

#[tokio::test]
async fn three_variables_are_a_profile_with_its_token_in_a_vault_in_memory() {
    let headless = read(&[]).await.unwrap();
    let config = headless.config();
    let profile = &config.profiles[&name()];
    assert_eq!(profile.platform, "https://acme.example");
    assert_eq!(profile.workspace.to_string(), ID);
    assert_eq!(profile.agent, AgentConfig::Echo);
    assert_eq!(profile.exposure, ExposureConfig::Auto { url: None });
    assert_eq!((headless.probe_port(), profile.shared_door), (None, false));
    let vault = headless.vault().await.unwrap();
    let token = Account::new(&profile.platform, profile.workspace, Kind::Token);
    assert_eq!(vault.get(&token).await.unwrap().unwrap().expose(), "hush");
    assert!(!format!("{headless:?}").contains("hush"));
}

#[tokio::test]
async fn the_other_variables_say_relay_agent_org_and_port() {
    let headless = read(&[
        (RELAY, "https://relay.example"),
        (AGENT, "http://127.0.0.1:9000/a2a"),
        (ORG, "acme"),
        (PORT, "8080"),
    ])
    .await
    .unwrap();
    let profile = headless.profile.clone();
    assert_eq!(
        profile.exposure.relay().unwrap().as_str(),
        "https://relay.example/"
    );
    let AgentConfig::Attach { url } = profile.agent else {
        panic!("an attached agent");
    };
    assert_eq!(url.as_str(), "http://127.0.0.1:9000/a2a");
    assert_eq!(
        (profile.org_id.as_deref(), headless.probe_port()),
        (Some("acme"), Some(8080))
    );
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named_by_its_variable() {
    for (variable, value) in [
        (PLATFORM, ""),
        (PLATFORM, "http://acme.example"),
        (PLATFORM, "http://host.docker.internal:8080"),
        (WORKSPACE, ""),
        (WORKSPACE, "mine"),
        (ORG, "a b"),
        (PORT, "http"),
        (PORT, "70000"),
        (RELAY, "relay.example"),
        (EXPOSURE, "tunnel"),
        (AGENT, "http://10.0.0.1:9000"),
        (ARGV, "[\"python\"]"),
        (DIR, "/srv"),
        (TOOLS, "Read"),
    ] {
        let error = read(&[(variable, value)]).await.unwrap_err().to_string();
        assert!(error.starts_with(variable), "{variable}={value}: {error}");
    }
}

#[tokio::test]
async fn every_kind_of_agent_can_be_named() {
    let agent = async |more: &[(&str, &str)]| read(more).await.unwrap().profile.agent;
    let argv = (ARGV, r#"["./agent", "a b"]"#);
    let AgentConfig::Command(command) = agent(&[(AGENT, "command"), argv, (DIR, "/srv")]).await else {
        panic!("an agent that Ligand starts");
    };
    assert_eq!(
        (command.argv, command.dir.as_deref()),
        (vec!["./agent".to_owned(), "a b".to_owned()], Some("/srv"))
    );
    let AgentConfig::Exec(exec) = agent(&[(AGENT, "exec"), argv]).await else {
        panic!("a program for each message");
    };
    let here = std::env::current_dir().unwrap();
    assert_eq!(
        (exec.program(), exec.dir.as_str()),
        ("./agent", here.to_str().unwrap())
    );
    let claude = [(AGENT, "claude"), (TOOLS, "Read, Grep"), (DIR, "/srv")];
    let AgentConfig::Claude(claude) = agent(&claude).await else {
        panic!("Claude Code");
    };
    assert_eq!(
        (claude.tools, claude.dir.as_str()),
        (vec!["Read".to_owned(), "Grep".to_owned()], "/srv")
    );
}

#[tokio::test]
async fn an_agent_that_is_only_half_named_or_may_not_be_is_refused_by_its_variable() {
    for (more, variable) in [
        (&[(AGENT, "command")][..], ARGV),
        (&[(AGENT, "exec")], ARGV),
        (&[(AGENT, "exec"), (ARGV, "./answer.sh")], ARGV),
        (&[(AGENT, "exec"), (ARGV, "[1]")], ARGV),
        (&[(AGENT, "exec"), (ARGV, "[]")], AGENT),
        (&[(AGENT, "command"), (ARGV, "[\"a\"]"), (DIR, "srv")], AGENT),
        (&[(AGENT, "claude"), (DIR, "/srv"), (TOOLS, "Bash")], AGENT),
        (&[(AGENT, "claude"), (DIR, "/srv"), (ARGV, "[\"a\"]")], ARGV),
    ] {
        let error = read(more).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("{variable} ")), "{more:?}: {error}");
    }
}

#[tokio::test]
async fn a_token_is_needed_and_a_bad_one_is_not_repeated() {
    let look = |name: &str| match name {
        PLATFORM => Some("https://acme.example".to_owned()),
        WORKSPACE => Some(ID.to_owned()),
        _ => None,
    };
    let with_line_end = Headless::read(&look, Some(Secret::new("hush\n")), None).await;
    assert_eq!(with_line_end.unwrap().token.expose(), "hush");
    for token in [None, Some(Secret::new(" ")), Some(Secret::new("hu sh"))] {
        let error = Headless::read(&look, token, None).await.unwrap_err().to_string();
        assert!(error.starts_with(TOKEN) && !error.contains("hu sh"), "{error}");
    }
    assert!(Headless::is_meant(&look, Some(&Secret::new("hush"))));
    assert!(!Headless::is_meant(&look, None));
    assert!(!Headless::is_meant(&|_| None, Some(&Secret::new("hush"))));
}

#[tokio::test]
async fn a_platform_beside_the_container_is_used_and_where_there_is_none_it_is_said_what_was_tried() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let platform = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 1024];
        let length = stream.read(&mut asked).await.unwrap();
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{\"status\":\"ok\"}";
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    assert_eq!(beside(&address, None, here()).await.unwrap(), address);
    assert!(platform.await.unwrap().starts_with("GET /health "));

    let error = beside(&address, None, here()).await.unwrap_err().to_string();
    assert!(
        error.contains(&address) && error.contains("Set PLATFORM_URL"),
        "{error}"
    );
}

#[test]
fn the_profile_has_a_name_that_can_be_one() {
    assert_eq!(name().as_str(), NAME);
}
