//! Secrets are in the keychain, or in one file of the user's own, and in no log.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use ligand_e2e::{Era, Host, Keychain, Stage, TestAgent, ligand, until};
use reqwest::StatusCode;

#[tokio::test]
async fn with_a_secret_service_no_token_is_on_disk() {
    let stage = Stage::set(Era::L).await;
    let keychain = Keychain::unlocked(&stage.scratch).await;
    Host::prepare(
        &stage.scratch,
        &stage.profile(),
        &stage.workspace,
        &keychain.variables(),
    )
    .await;
    let host = Host::up(&stage.scratch, keychain.variables());
    host.online().await;

    assert_eq!(host.status().await.unwrap()["host"]["vault"]["kind"], "keychain");
    let token = &stage.workspace.token;
    assert!(
        keychain.contents(&stage.scratch).await.contains(token),
        "the keychain has no token"
    );
    for folder in ["config", "state", "runtime", "home", "xdg"] {
        let found = stage.scratch.files_with(folder, token);
        assert!(found.is_empty(), "the token is in {found:?}");
    }
}

#[tokio::test]
async fn without_a_secret_service_secrets_are_in_a_0600_file_and_status_says_so() {
    let stage = Stage::set(Era::L).await;
    Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &Vec::new()).await;
    let host = Host::up(&stage.scratch, Vec::new());
    host.online().await;

    let vault = host.status().await.unwrap()["host"]["vault"].clone();
    assert_eq!(vault["kind"], "file", "{vault}");
    let file = std::path::Path::new(vault["path"].as_str().unwrap());
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(file), mode(file.parent().unwrap())), (0o600, 0o700));
    assert_eq!(stage.scratch.files_with("", &stage.workspace.token), [file]);
    let said = host.ligand(&["status"]).await.stdout;
    assert!(
        said.contains(vault["path"].as_str().unwrap()),
        "`ligand status` does not say where: {said}"
    );
}

#[tokio::test]
async fn a_locked_keychain_is_waited_for_and_said() {
    let stage = Stage::set(Era::L).await;
    let keychain = Keychain::unlocked(&stage.scratch).await;
    Host::prepare(
        &stage.scratch,
        &stage.profile(),
        &stage.workspace,
        &keychain.variables(),
    )
    .await;
    keychain.logout().await;

    let keychain = Keychain::locked(&stage.scratch).await;
    let host = Host::up(&stage.scratch, keychain.variables());
    let locked = until(
        "status says that the keychain is locked",
        Duration::from_secs(15),
        async || {
            let status = host.status().await?;
            status.to_string().contains("vault_locked").then_some(status)
        },
    )
    .await;
    assert_ne!(locked["host"]["vault"]["kind"], "file", "{locked}");
    assert!(
        stage
            .scratch
            .files_with("state", &stage.workspace.token)
            .is_empty()
    );
    assert_ne!(stage.org.status(&stage.workspace.id).await, "online");

    keychain.unlock(&stage.scratch);
    host.online().await;
}

#[tokio::test]
async fn no_log_at_trace_level_has_a_token_a_key_or_a_door() {
    let mut stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    profile.shared = true;
    profile.hold_s = 1;
    let mut host = Host::connected(&stage.scratch, &profile, &stage.workspace).await;
    host.online().await;

    // Everything that secrets take part in: calls, a stranger's call, a queue, the relay's return, our own message.
    let id = stage.workspace.id.clone();
    let (status, _) = stage.org.send(&id, "hello").await;
    assert_eq!(status, StatusCode::OK);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (platform_door, shared_door) = (host.door("platform").await, host.door("shared").await);
    let stranger = client
        .post(&platform_door)
        .bearer_auth("a stranger's secret")
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    assert!(
        client
            .get(format!("{shared_door}/.well-known/agent-card.json"))
            .send()
            .await
            .is_ok()
    );
    assert!(host.ligand(&["send", "to ourselves"]).await.status.success());
    stage.relay.kill();
    stage.relay.again(&stage.scratch).await;
    until("a call is answered", Duration::from_secs(10), async || {
        (stage.org.send(&id, "again").await.0 == StatusCode::OK).then_some(())
    })
    .await;
    let inbound = stage.org.beat(&stage.workspace, 1).await.1["platform_inbound_secret"]
        .as_str()
        .unwrap()
        .to_owned();
    host.stop().await;
    assert_eq!(stage.org.send(&id, "later").await.0, StatusCode::ACCEPTED);

    let mut secrets = vec![
        ("the workspace token", stage.workspace.token.clone()),
        ("the admin token", stage.org.admin().to_owned()),
        ("the inbound secret", inbound),
        ("a stranger's secret", "a stranger's secret".to_owned()),
        ("the platform door", path_of(&platform_door)),
        ("the shared door", path_of(&shared_door)),
    ];
    secrets.extend(
        stage
            .vault_secrets()
            .into_iter()
            .map(|secret| ("a secret of the vault", secret)),
    );
    for (what, secret) in secrets {
        for folder in ["out", "state/logs"] {
            let found = stage.scratch.files_with(folder, &secret);
            let found: Vec<_> = found.iter().filter(|path| !says_it_on_purpose(path)).collect();
            assert!(found.is_empty(), "{what} is in {found:?}");
        }
    }
    let log = stage.scratch.files("state/logs");
    assert!(
        log.iter()
            .any(|(_, text)| String::from_utf8_lossy(text).contains("DEBUG")),
        "nothing was logged"
    );
}

/// The local org prints its admin token on standard output, because it was asked to.
fn says_it_on_purpose(path: &std::path::Path) -> bool {
    path.to_string_lossy().ends_with("local-org.stdout")
}

/// A door's path without the relay's address.
fn path_of(door: &str) -> String {
    door.split_once("/w/").unwrap().1.to_owned()
}

#[tokio::test]
async fn no_process_has_a_secret_among_its_arguments_or_in_its_environment() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;
    for process in [&host.process, &stage.relay.process, &stage.org.process] {
        for place in ["cmdline", "environ"] {
            let text = std::fs::read(format!("/proc/{}/{place}", process.pid())).unwrap();
            let text = String::from_utf8_lossy(&text);
            for secret in stage.vault_secrets() {
                assert!(
                    !text.contains(&secret),
                    "a secret is in the {place} of {process:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn uninstalling_takes_every_secret_out_of_the_keychain_and_says_so() {
    let stage = Stage::set(Era::L).await;
    let keychain = Keychain::unlocked(&stage.scratch).await;
    let variables = keychain.variables();
    Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &variables).await;
    let mut host = Host::up(&stage.scratch, variables.clone());
    host.online().await;
    let kept = keychain.contents(&stage.scratch).await;
    for kind in ["token", "relay-key", "inbound-secret"] {
        assert!(kept.contains(&format!("/{kind}")), "{kind}");
    }
    let said = ligand(&stage.scratch, &variables, &["uninstall", "--yes"], "").await;
    assert!(said.status.success(), "{said:?}");
    assert!(said.stdout.contains("keychain, as"), "{said:?}");
    assert!(!said.stdout.contains(&stage.workspace.token));
    assert!(host.process.ended(Duration::from_secs(5)).await.success());
    assert_eq!(keychain.contents(&stage.scratch).await, "");
}
