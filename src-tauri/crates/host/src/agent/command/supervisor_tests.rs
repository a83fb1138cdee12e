//! What must hold of an agent's task, with real processes that never listen; those that do are the end-to-end tests'.

use hyper::{Response, StatusCode};
use serde_json::{Value, json as object};

use super::*;
use crate::{
    agent::{json, test_agent::TestAgent},
    config::WithoutSecrets,
    supervise::guard_program,
};

/// A platform that answers everything so.
async fn platform(status: u16, secrets: Value) -> TestAgent {
    TestAgent::start(move |_| {
        let answer: Response<_> = json(StatusCode::from_u16(status).unwrap(), &secrets);
        async move { answer }
    })
    .await
}

struct Started {
    supervisor: Supervisor,
    root: tempfile::TempDir,
    _platform: TestAgent,
}

async fn start(platform: TestAgent, script: &str, change: impl FnOnce(&mut CommandConfig)) -> Started {
    let root = tempfile::tempdir().unwrap();
    let mut config = CommandConfig::of(["sh", "-c", script].map(str::to_owned).to_vec());
    change(&mut config);
    let base = platform.url.as_str().parse().unwrap();
    let client = Platform::new(base, None).unwrap();
    let kit = Kit {
        profile: "home".parse().unwrap(),
        config,
        platform_url: "https://acme.example".to_owned(),
        platform: watch::Sender::new(client).subscribe(),
        workspace: Uuid::from_u128(1),
        token: Token::new("q3-workspace-token"),
        public_url: None,
        clock: Clock::start(),
        log_dir: root.path().join("logs"),
        hold: Duration::from_millis(200),
    };
    let supervisor = Supervisor::start_with(kit, guard_program()).unwrap();
    Started {
        supervisor,
        root,
        _platform: platform,
    }
}

impl Started {
    /// Waits until it is so, and gives how it is then.
    async fn until(&self, what: impl Fn(&View) -> bool) -> View {
        let mut watch = self.supervisor.watch();
        let waiting = async {
            loop {
                let view = watch.view();
                if what(&view) {
                    return view;
                }
                assert!(watch.changed().await);
            }
        };
        timeout(Duration::from_secs(60), waiting).await.unwrap()
    }

    async fn until_said(&self, words: &str) -> String {
        for _ in 0..500 {
            let said = self.said();
            if said.contains(words) {
                return said;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{words} is missing: {}", self.said());
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.root.path().join("logs/agent-000001.log")).unwrap_or_default()
    }
}

fn why(view: &View) -> String {
    view.ready.clone().unwrap_err()
}

#[tokio::test]
async fn an_agent_that_ends_at_once_again_and_again_is_given_up_with_its_last_words() {
    let started = start(
        platform(200, object!({})).await,
        "echo no such module >&2; exit 3",
        |_| {},
    )
    .await;
    let view = started.until(|view| view.gave_up).await;
    assert_eq!(
        why(&view),
        "the agent ended 5 times in 2 minutes, and is not started any more: it ended with code 3; its last words were: \
         no such module"
    );
    let agent = started.supervisor.command();
    let call = agent.call(Request::new(empty())).await;
    assert!(call.unwrap_err().to_string().contains("5 times"));
    started.supervisor.restart().await;
    started.until(|view| !view.gave_up).await;
    started.supervisor.stop().await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_given_up_and_named() {
    let started = start(platform(200, object!({})).await, "", |config| {
        config.argv = vec!["no-such-program".to_owned()];
    })
    .await;
    let view = started.until(|view| view.gave_up).await;
    assert!(
        why(&view).ends_with("there is no program no-such-program"),
        "{view:?}"
    );
}

#[tokio::test]
async fn an_agent_that_never_listens_is_started_anew_when_its_time_is_up_and_calls_do_not_wait_for_ever() {
    let started = start(platform(200, object!({})).await, "sleep 1000", |config| {
        config.ready_within_s = 1
    })
    .await;
    let agent = started.supervisor.command();
    agent.interfaces().await;
    let error = agent.call(Request::new(empty())).await.unwrap_err();
    assert!(
        !error.may_have_arrived() && error.to_string().starts_with("the agent is "),
        "{error}"
    );
    let view = started
        .until(|view| why(view).contains("not ready within 1 s"))
        .await;
    assert!(
        why(&view).contains("nothing answers at the agent's address"),
        "{view:?}"
    );
    started.supervisor.stop().await;
}

#[tokio::test]
async fn without_its_secrets_an_agent_waits_and_says_why() {
    for (status, reply, words) in [
        (
            401,
            object!({"error": "invalid workspace auth token"}),
            "status 401",
        ),
        (500, object!({"error": "failed to decrypt"}), "status 500"),
        (200, object!({"A": 5}), "cannot be used"),
    ] {
        let started = start(platform(status, reply).await, "echo it runs", |_| {}).await;
        let view = started.until(|view| view.without_secrets.is_some()).await;
        assert!(
            why(&view).contains("secrets cannot be fetched") && why(&view).contains(words),
            "{view:?}"
        );
        started.supervisor.stop().await;
        let logs = started.root.path().join("logs");
        assert!(!logs.exists(), "it has said something");
    }
}

#[tokio::test]
async fn without_its_secrets_an_agent_starts_where_its_profile_says_so() {
    let started = start(
        platform(500, object!({"error": "no"})).await,
        "echo it runs; sleep 1000",
        |config| {
            config.without_secrets = WithoutSecrets::Start;
        },
    )
    .await;
    started.until_said("it runs").await;
    let view = started.until(|view| view.without_secrets.is_some()).await;
    assert!(view.without_secrets.unwrap().contains("status 500"));
    started.supervisor.stop().await;
}

#[tokio::test]
async fn an_agent_gets_its_secrets_and_what_it_says_of_them_is_not_kept() {
    let secrets =
        object!({"API_KEY": "sk-0123456789", "LD_PRELOAD": "/evil-library.so", "": "nameless-value"});
    let script = "env; echo key ${API_KEY#sk-}; echo done; sleep 1000";
    let started = start(platform(200, secrets).await, script, |config| {
        config.give_token = true;
        config.dir = Some("/".to_owned());
    })
    .await;
    let said = started.until_said("OUT done").await;
    for there in [
        "API_KEY=[hidden]",
        "MOLECULE_WORKSPACE_TOKEN=[hidden]",
        "PLATFORM_URL=https://acme.example",
        "WORKSPACE_ID=00000000-0000-0000-0000-000000000001",
        "key 0123456789",
        "PWD=/",
    ] {
        assert!(said.contains(there), "{there}: {said}");
    }
    assert!(
        said.contains(" PORT=") && !said.contains("sk-0123456789") && !said.contains("evil"),
        "{said}"
    );
    let view = started.until(|view| view.refused.is_some()).await;
    assert_eq!(
        view.refused.as_deref(),
        Some("one without a name (it is empty), LD_PRELOAD (it changes how programs load or behave)")
    );
    started.supervisor.stop().await;
}

#[tokio::test]
async fn a_stop_in_the_middle_of_a_start_ends_at_once() {
    let silent = TestAgent::start(|_| std::future::pending()).await;
    let started = start(silent, "sleep 1000", |_| {}).await;
    timeout(Duration::from_secs(5), started.supervisor.stop())
        .await
        .unwrap();
}
