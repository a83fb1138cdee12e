//! `ligand doctor` against a whole stack that is well, and against one with a part of it broken.

use std::time::{Duration, Instant};

use ligand_e2e::{Era, Host, Keychain, PROFILE, Said, Scratch, SessionBus, Stage, Variables, ligand, now};
use serde_json::{Value, json};

/// The longest that the whole checklist may take.
const DONE_WITHIN: Duration = Duration::from_secs(30);

/// What only a running host knows.
const LIVE: [&str; 7] = [
    "presence",
    "link",
    "platform_door",
    "shared_door",
    "inbound_secret",
    "quiet_close",
    "other_faults",
];

/// What a run of `doctor --json` said.
struct Report {
    said: Said,
    document: Value,
}

impl Report {
    fn read(began: Instant, said: Said) -> Self {
        assert!(began.elapsed() < DONE_WITHIN, "{:?}", began.elapsed());
        let document = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("no report: {said:?}"));
        Self { said, document }
    }

    async fn with(host: &Host<'_>) -> Self {
        let began = now();
        Self::read(began, host.ligand(&["doctor", "--json"]).await)
    }

    async fn without(scratch: &Scratch, variables: &Variables) -> Self {
        let began = now();
        Self::read(began, ligand(scratch, variables, &["doctor", "--json"], "").await)
    }

    fn check(&self, code: &str) -> &Value {
        let checks = self.document["checks"].as_array().unwrap();
        checks
            .iter()
            .find(|check| check["code"] == code)
            .unwrap_or_else(|| panic!("no check {code}"))
    }

    fn verdict(&self, code: &str) -> &str {
        self.check(code)["verdict"].as_str().unwrap()
    }

    fn found(&self, code: &str) -> &str {
        self.check(code)["found"].as_str().unwrap()
    }

    /// Every check is well, or says why it was not done.
    fn is_well(&self) {
        assert_eq!(self.said.code(), Some(0), "{:?}", self.said);
        for check in self.document["checks"].as_array().unwrap() {
            assert!(
                check["verdict"] == "ok" || check["verdict"] == "skipped",
                "{check}"
            );
            assert!(!check["found"].as_str().unwrap().is_empty(), "{check}");
        }
    }
}

#[tokio::test]
async fn a_healthy_stack_has_no_problem() {
    let stage = Stage::set(Era::L).await;
    let mut profile = stage.profile();
    profile.shared = true;
    let host = stage.online(&profile).await;

    let report = Report::with(&host).await;
    report.is_well();
    assert_eq!(report.document["schema"], 1);
    assert_eq!(report.document["profile"], PROFILE);
    for code in LIVE
        .into_iter()
        .chain(["config", "platform_tcp", "relay_tcp", "captive_portal", "clock"])
    {
        assert_eq!(report.verdict(code), "ok", "{}", report.check(code));
    }
    for code in [
        "platform_health",
        "token",
        "workspace",
        "agent",
        "agent_card",
        "keychain",
    ] {
        assert_eq!(report.verdict(code), "ok", "{}", report.check(code));
    }
    assert!(report.found("link").contains("verified") && report.found("link").contains("ms"));
    for code in ["platform_tls", "relay_tls", "tray"] {
        assert_eq!(report.verdict(code), "skipped", "{}", report.check(code));
    }

    let table = host.ligand(&["doctor"]).await;
    assert_eq!(table.code(), Some(0), "{table:?}");
    let mut secrets = stage.vault_secrets();
    secrets.extend([host.door("platform").await, host.door("shared").await]);
    for said in [&table, &report.said] {
        let said = format!("{}{}", said.stdout, said.stderr);
        assert!(
            secrets.iter().all(|secret| !said.contains(secret.as_str())),
            "{said}"
        );
    }
    assert!(table.stdout.contains("+ Platform door"), "{}", table.stdout);
}

#[tokio::test]
async fn an_org_that_is_gone_is_named_and_nothing_else_is_blamed() {
    let mut stage = Stage::set(Era::L).await;
    let profile = stage.profile();
    let variables = Host::file_vault();
    Host::prepare(&stage.scratch, &profile, &stage.workspace, &variables).await;
    stage.org.process.kill();

    let host = Host::up(&stage.scratch, variables);
    host.presence("unreachable").await;
    let report = Report::with(&host).await;
    assert_eq!(report.said.code(), Some(1), "{:?}", report.said);
    assert!(report.said.stderr.contains("problem"), "{:?}", report.said);
    assert_eq!(report.verdict("platform_tcp"), "problem");
    assert!(
        report
            .found("platform_tcp")
            .starts_with("The platform cannot be reached")
    );
    assert!(!report.check("platform_tcp")["next"].as_str().unwrap().is_empty());
    for code in [
        "platform_health",
        "token",
        "workspace",
        "captive_portal",
        "clock",
        "presence",
    ] {
        assert_eq!(report.verdict(code), "skipped", "{}", report.check(code));
        assert!(
            report.found(code).contains("platform_tcp"),
            "{}",
            report.check(code)
        );
    }
    for code in ["config", "relay_tcp", "agent", "keychain"] {
        assert_eq!(report.verdict(code), "ok", "{}", report.check(code));
    }
}

#[tokio::test]
async fn a_refused_token_is_a_problem_with_the_health_tables_next_step() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;
    stage.org.revoke_tokens(&stage.workspace).await;

    let report = Report::with(&host).await;
    assert_eq!(report.said.code(), Some(1), "{:?}", report.said);
    let token = report.check("token");
    assert_eq!(token["verdict"], "problem", "{token}");
    assert!(
        token["found"]
            .as_str()
            .unwrap()
            .starts_with("The platform refuses our token"),
        "{token}"
    );
    assert!(
        token["next"]
            .as_str()
            .unwrap()
            .contains("Rotate the workspace's credentials"),
        "{token}"
    );
    assert_eq!(report.verdict("platform_health"), "ok");
}

#[tokio::test]
async fn a_page_in_the_platforms_place_is_told_as_a_login_page() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;
    stage.org.fault(&json!({"kind": "html", "status": 200})).await;
    let report = Report::with(&host).await;
    assert_eq!(report.verdict("captive_portal"), "problem");
    assert!(
        report
            .found("captive_portal")
            .contains("a login page of this network")
    );
    for code in ["platform_health", "token", "workspace", "clock"] {
        assert!(
            report.found(code).contains("captive_portal"),
            "{}",
            report.check(code)
        );
    }
}

#[tokio::test]
async fn without_a_host_it_looks_itself_and_changes_nothing() {
    let stage = Stage::set(Era::L).await;
    let variables = Host::file_vault();
    Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &variables).await;
    let before = stage.org.status(&stage.workspace.id).await;

    let report = Report::without(&stage.scratch, &variables).await;
    report.is_well();
    for code in LIVE {
        assert_eq!(report.verdict(code), "skipped", "{}", report.check(code));
        assert!(
            report.found(code).contains("no host runs"),
            "{}",
            report.check(code)
        );
    }
    for code in [
        "token",
        "workspace",
        "agent",
        "agent_card",
        "relay_tcp",
        "platform_health",
    ] {
        assert_eq!(report.verdict(code), "ok", "{}", report.check(code));
    }
    assert_eq!(
        stage.org.status(&stage.workspace.id).await,
        before,
        "it brought the workspace online"
    );

    // The workspace's last token revoked, as the org's owner would.
    stage.org.revoke_tokens(&stage.workspace).await;
    let report = Report::without(&stage.scratch, &variables).await;
    assert_eq!(report.verdict("token"), "problem", "{}", report.check("token"));
}

#[tokio::test]
async fn without_a_profile_or_with_a_broken_config_it_says_so_and_goes_on() {
    let scratch = Scratch::new();
    let variables = Host::file_vault();
    for (config, seen) in [
        (None, "there is no profile"),
        (Some("version = \"new\""), "config.toml:1"),
    ] {
        if let Some(config) = config {
            std::fs::write(scratch.config_file(), config).unwrap();
        }
        let report = Report::without(&scratch, &variables).await;
        assert_eq!(report.said.code(), Some(1), "{:?}", report.said);
        assert_eq!(report.verdict("config"), "problem");
        assert!(
            report.found("config").contains(seen),
            "{}",
            report.check("config")
        );
        assert!(
            report.found("token").contains("config"),
            "{}",
            report.check("token")
        );
        assert_eq!(report.verdict("keychain"), "ok");
    }
}

#[tokio::test]
async fn a_platform_that_never_answers_meets_the_deadline() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;
    stage.org.fault(&json!({"kind": "latency", "ms": 60_000})).await;
    let began = now();
    let report = Report::with(&host).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(report.verdict("platform_tcp"), "ok");
    assert_eq!(report.verdict("platform_health"), "problem");
    assert!(report.found("platform_health").contains("did not answer in time"));
    assert!(
        report.found("token").contains("platform_health"),
        "{}",
        report.check("token")
    );
}

#[tokio::test]
async fn a_locked_keychain_is_a_problem_and_the_token_is_not_blamed() {
    let stage = Stage::set(Era::L).await;
    let keychain = Keychain::unlocked(&stage.scratch).await;
    Host::prepare(
        &stage.scratch,
        &stage.profile(),
        &stage.workspace,
        &keychain.variables(),
    )
    .await;
    let report = Report::without(&stage.scratch, &keychain.variables()).await;
    assert!(
        report.found("keychain").contains("unlocked"),
        "{}",
        report.check("keychain")
    );
    assert_eq!(report.verdict("token"), "ok");
    keychain.logout().await;

    let keychain = Keychain::locked(&stage.scratch).await;
    let report = Report::without(&stage.scratch, &keychain.variables()).await;
    assert_eq!(report.verdict("keychain"), "problem");
    assert_eq!(report.found("keychain"), "The keychain is locked");
    assert!(
        report.found("token").contains("keychain"),
        "{}",
        report.check("token")
    );
    assert_eq!(report.verdict("platform_health"), "ok");
}

#[tokio::test]
async fn a_desktop_without_a_tray_is_a_warning_and_no_problem() {
    let stage = Stage::set(Era::L).await;
    let bus = SessionBus::start(&stage.scratch).await;
    let mut variables = Host::file_vault();
    Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &variables).await;
    variables.extend(bus.variables());
    let report = Report::without(&stage.scratch, &variables).await;
    assert_eq!(report.said.code(), Some(0), "{:?}", report.said);
    assert_eq!(report.verdict("tray"), "warning");
    assert!(report.found("tray").contains("window opens instead"));
}
