//! What is set is changed from the command line, holds at once, and leaves with all that was kept.

use std::fs;
use std::time::Duration;

use ligand_e2e::{Era, Host, Logind, SLOWLY, Scratch, Stage, TestAgent, ligand, until};

const SOON: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_changed_agent_restarts_its_profile_by_itself_and_comments_stay() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;
    let agent = TestAgent::start().await;

    let said = host.ligand(&["profile", "agent", "--agent", agent.url()]).await;
    assert!(said.status.success(), "{said:?}");
    until("the other agent answers", SOON, async || {
        let said = host.ligand(&["send", "who are you"]).await;
        said.stdout.contains("heard: who are you").then_some(())
    })
    .await;
    let file = fs::read_to_string(stage.scratch.config_file()).unwrap();
    assert!(
        file.contains("# written by hand") && file.contains(agent.url()),
        "{file}"
    );

    // By hand now: only what is taken in counts.
    fs::write(
        stage.scratch.config_file(),
        file.replace("kind = \"attach\"", "kind = \"echo\"")
            .replace(&format!("url = \"{}/\"\n", agent.url()), "")
            .replace(&format!("url = \"{}\"\n", agent.url()), ""),
    )
    .unwrap();
    let said = host.ligand(&["config", "reload"]).await;
    assert!(said.status.success(), "{said:?}");
    until("the echo answers again", SOON, async || {
        let said = host.ligand(&["send", "who are you"]).await;
        said.stdout
            .lines()
            .any(|line| line == "who are you")
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_log_says_more_as_soon_as_more_is_asked_for() {
    let stage = Stage::set_in(Scratch::with_usual_log(), Era::L, &[]).await;
    let host = stage.online(&stage.profile()).await;
    let debug_lines = async || {
        let said = host
            .ligand(&["logs", "--lines", "10000", "--search", "DEBUG"])
            .await;
        said.stdout
            .lines()
            .filter(|line| line.contains(" DEBUG "))
            .count()
    };
    assert_eq!(debug_lines().await, 0);
    let said = host.ligand(&["config", "set", "log-level", "debug"]).await;
    assert!(said.status.success(), "{said:?}");
    until("the log has more", SOON, async || {
        host.ligand(&["send", "hello"]).await;
        (debug_lines().await > 0).then_some(())
    })
    .await;
    assert_eq!(
        host.ligand(&["config", "get", "log-level"]).await.stdout,
        "debug\n"
    );
}

#[tokio::test]
async fn a_renamed_profile_is_online_under_its_new_name_and_keeps_its_deliveries() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;
    assert!(host.ligand(&["send", "before"]).await.status.success());
    let old = host.profile().await.unwrap()["name"].as_str().unwrap().to_owned();

    let said = host.ligand(&["profile", "rename", &old, "office"]).await;
    assert!(said.status.success(), "{said:?}");
    until("it is online again", SOON, async || {
        let status = host.status().await?;
        let profiles = status["profiles"].as_array()?.clone();
        (profiles.len() == 1
            && profiles[0]["name"] == "office"
            && profiles[0]["presence"]["state"] == "online")
            .then_some(())
    })
    .await;
    let listed = host
        .ligand(&["deliveries", "--json", "--profile", "office"])
        .await;
    assert!(listed.stdout.contains("answered"), "{listed:?}");
    let file = fs::read_to_string(stage.scratch.config_file()).unwrap();
    assert!(
        file.contains("# written by hand") && file.contains("[profile.office.agent]"),
        "{file}"
    );
}

#[tokio::test]
async fn a_forgotten_profile_leaves_no_trace_and_what_was_removed_is_said() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;
    assert!(host.ligand(&["send", "do not keep me"]).await.status.success());
    let secrets = stage.vault_secrets();
    assert!(secrets.len() > 1);

    let refused = host.ligand(&["forget"]).await;
    assert_eq!(refused.code(), Some(4), "nobody was asked: {refused:?}");
    assert_eq!(host.word().await, "online");

    let said = host.ligand(&["forget", "--yes"]).await;
    assert!(said.status.success(), "{said:?}");
    for told in ["delivery", "token", "[profile."] {
        assert!(said.stdout.contains(told), "{told} is not told: {}", said.stdout);
    }
    let status = host.status().await.unwrap();
    assert_eq!(status["profiles"].as_array().unwrap().len(), 0, "{status}");
    for secret in secrets {
        for folder in ["config", "state"] {
            assert!(
                stage.scratch.files_with(folder, &secret).is_empty(),
                "a secret is left in {folder}"
            );
        }
    }
    let file = fs::read_to_string(stage.scratch.config_file()).unwrap();
    assert!(!file.contains(&stage.workspace.id), "{file}");
    let (_, workspace) = stage.org.get(&stage.workspace.id).await;
    assert_ne!(workspace["status"], "removed", "the org keeps its workspace");
}

#[tokio::test]
async fn uninstall_ends_the_host_and_leaves_none_of_its_files() {
    let stage = Stage::set(Era::L).await;
    let mut host = stage.online(&stage.profile()).await;
    assert!(host.ligand(&["send", "hello"]).await.status.success());
    fs::write(stage.scratch.path("state/thesis.tex"), "not Ligand's").unwrap();

    let said = ligand(&stage.scratch, &Host::file_vault(), &["uninstall", "--yes"], "").await;
    assert!(said.status.success(), "{said:?}");
    assert!(
        said.stdout.contains("the journal of deliveries"),
        "{}",
        said.stdout
    );
    host.process.ended(SOON).await;
    let left: Vec<_> = ["config", "state", "runtime"]
        .into_iter()
        .flat_map(|folder| stage.scratch.files(folder))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(left, [stage.scratch.path("state/thesis.tex")]);
}

#[tokio::test]
async fn the_machine_is_kept_awake_while_the_agent_works_if_that_is_wished() {
    let stage = Stage::set(Era::L).await;
    let logind = Logind::start(&stage.scratch).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    let mut variables = Host::file_vault();
    variables.extend(logind.variables());
    Host::prepare(&stage.scratch, &profile, &stage.workspace, &variables).await;
    let host = Host::up(&stage.scratch, variables);
    host.online().await;
    let works = async || {
        let mut sending = host.start(&["send", SLOWLY]);
        until("the agent works", SOON, async || {
            let profile = host.profile().await?;
            (profile["agent"]["active_tasks"] == 1).then_some(())
        })
        .await;
        let kept = logind.keeping_awake();
        sending.ended(SOON).await;
        kept
    };
    assert_eq!(works().await, 0, "off until it is switched on");

    let said = host.ligand(&["config", "set", "keep-awake", "on"]).await;
    assert!(said.status.success(), "{said:?}");
    let mut sending = host.start(&["send", SLOWLY]);
    until("the machine is kept awake", SOON, async || {
        (logind.keeping_awake() == 1).then_some(())
    })
    .await;
    sending.ended(SOON).await;
    until("it may sleep again", SOON, async || {
        (logind.keeping_awake() == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_newer_version_is_told_once_that_is_wished_and_a_page_says_so() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/latest", listener.local_addr().unwrap());
    let page = r#"{"tag_name":"v99.0.0","html_url":"https://acme.example/99"}"#;
    let router = axum::Router::new().route("/latest", axum::routing::get(move || async move { page }));
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;

    assert!(
        host.ligand(&["config", "set", "update-url", &url])
            .await
            .status
            .success()
    );
    assert_eq!(
        host.status().await.unwrap()["host"]["update"],
        serde_json::Value::Null
    );
    assert!(
        host.ligand(&["config", "set", "update-check", "on"])
            .await
            .status
            .success()
    );
    let told = until("it is told", SOON, async || {
        let update = host.status().await?["host"]["update"].clone();
        update.is_object().then_some(update)
    })
    .await;
    assert_eq!(
        (&told["version"], &told["url"]),
        (&"99.0.0".into(), &"https://acme.example/99".into())
    );
    server.abort();
}
