//! The ways in without a relay: `cloudflared` and `ngrok`, which Ligand keeps running, and a public URL of the user's own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use ligand_e2e::{Era, Host, LocalOrg, PROFILE, Scratch, Variables, Workspace, ligand, now, until};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A new address is to be registered within this.
const SOON: Duration = Duration::from_secs(2);

/// Everything else on a busy machine.
const IN_TIME: Duration = Duration::from_secs(30);

/// An org, a workspace, and stand-ins for both programs that do what they are ordered.
struct Scene {
    org: LocalOrg,
    workspace: Workspace,
    scratch: Scratch,
}

impl Scene {
    async fn set(era: Era, installed: &[&str]) -> Self {
        let scratch = Scratch::new();
        let org = LocalOrg::start(&scratch, era).await;
        let workspace = org.create("Laptop").await;
        fs::create_dir(scratch.path("bin")).unwrap();
        let scene = Self {
            org,
            workspace,
            scratch,
        };
        for name in installed {
            scene.install(name);
        }
        scene
    }

    fn install(&self, name: &str) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/way_in.py");
        let file = self.scratch.path("bin").join(name);
        fs::copy(script, &file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// With the stand-ins before everything else on PATH.
    fn variables(&self) -> Variables {
        let path = std::env::var("PATH").unwrap();
        let of = |file: &str| self.scratch.path(file).display().to_string();
        let mut variables = Host::file_vault();
        variables.extend(
            [
                ("PATH", format!("{}:{path}", of("bin"))),
                ("FAKE_ORDERS", of("orders")),
                ("FAKE_PIDS", of("pids")),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        variables
    }

    fn order(&self, order: &str) {
        // Whole at once: a stand-in may be reading.
        fs::write(self.scratch.path("orders.new"), order).unwrap();
        fs::rename(self.scratch.path("orders.new"), self.scratch.path("orders")).unwrap();
    }

    /// A host on a profile that was connected so.
    async fn host(&self, arguments: &[&str]) -> Host<'_> {
        let connect = ["connect", "-", "--profile", PROFILE];
        let arguments = [&connect, arguments].concat();
        let block = self.workspace.reply.to_string();
        let said = ligand(&self.scratch, &self.variables(), &arguments, &block).await;
        assert!(said.status.success(), "{}", said.stderr);
        Host::up(&self.scratch, self.variables())
    }

    async fn says(&self, text: &str) -> String {
        let (status, reply) = self.org.send(&self.workspace.id, text).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
        reply.to_string()
    }

    /// Waits until another address is registered than that one, and gives it.
    async fn registered_after(&self, old: &str, deadline: Duration) -> String {
        until("another address is registered", deadline, async || {
            let url = self.org.registered_url(&self.workspace.id).await;
            (url != old && !url.is_empty()).then_some(url)
        })
        .await
    }

    fn pids(&self) -> Vec<u32> {
        let pids = fs::read_to_string(self.scratch.path("pids")).unwrap_or_default();
        pids.lines().map(|pid| pid.parse().unwrap()).collect()
    }

    async fn until_all_gone(&self) {
        for pid in self.pids() {
            until(
                &format!("process {pid} is gone"),
                Duration::from_secs(15),
                async || (!Path::new(&format!("/proc/{pid}")).exists()).then_some(()),
            )
            .await;
        }
    }
}

/// Waits until the profile has a fault, and gives it.
async fn fault(host: &Host<'_>, code: &str, deadline: Duration) -> Value {
    until(&format!("{code} is named"), deadline, async || {
        let health = host.profile().await?["health"].as_array()?.clone();
        health.into_iter().find(|item| item["code"] == code)
    })
    .await
}

/// The path of a door, which nobody can guess.
fn path_of(url: &str) -> &str {
    &url[url.find("/w/").unwrap()..]
}

#[tokio::test]
async fn each_program_brings_a_workspace_online_and_a_new_address_is_registered_by_itself() {
    for (program, era) in [("cloudflared", Era::L), ("ngrok", Era::S)] {
        let scene = Scene::set(era, &[program]).await;
        let mut host = scene.host(&["--exposure", program]).await;
        let status = host.online().await;
        assert_eq!(status["exposure"]["kind"], program);
        let address = status["exposure"]["address"].as_str().unwrap();
        assert!(address.starts_with("http://127.0.0.1:"), "{address}");
        assert!(scene.says("hello").await.contains("hello"));

        let mut url = scene.org.registered_url(&scene.workspace.id).await;
        let path = path_of(&url).to_owned();
        assert!(
            path.len() > 60 && url.starts_with(address.trim_end_matches('/')),
            "{url}"
        );
        for round in 1..=3 {
            let began = now();
            scene.order(&format!("rotate {round}"));
            url = scene.registered_after(&url, IN_TIME).await;
            let took = began.elapsed();
            eprintln!("{program}: a new address was registered {took:?} after the order for it");
            assert!(took < SOON, "{took:?}");
            assert_eq!(path_of(&url), path, "the door is the same");
            assert!(scene.says(&format!("round {round}")).await.contains("round"));
        }

        // A process that ends is followed by another, with another address.
        let pids = scene.pids();
        scene.order("die");
        until("it is started again", IN_TIME, async || {
            (scene.pids().len() > pids.len()).then_some(())
        })
        .await;
        scene.order("good");
        url = scene.registered_after(&url, IN_TIME).await;
        host.online().await;
        assert!(scene.says("again").await.contains("again"));

        // One that has lost its connection for a moment keeps its address.
        scene.order("lose 1");
        fault(&host, "exposure_down", IN_TIME).await;
        scene.order("good");
        host.online().await;
        assert_eq!(scene.org.registered_url(&scene.workspace.id).await, url);

        assert!(host.stop().await.success());
        scene.until_all_gone().await;
        for folder in ["state", "out", "runtime", "home"] {
            let found = scene.scratch.files_with(folder, &path[3..60]);
            assert!(found.is_empty(), "a door is in {found:?}");
        }
        if program == "cloudflared" {
            let hidden = scene.scratch.files_with("state/logs", "/w/[hidden]");
            assert!(!hidden.is_empty(), "it says which call has failed");
        }
    }
}

#[tokio::test]
async fn behind_a_program_it_is_said_that_messages_are_refused_while_away() {
    let scene = Scene::set(Era::L, &["cloudflared"]).await;
    let mut host = scene.host(&["--exposure", "cloudflared"]).await;
    host.online().await;
    let item = fault(&host, "refused_while_away", IN_TIME).await;
    assert_eq!(item["severity"], "info", "{item}");
    let shown = host.ligand(&["status"]).await.stdout;
    assert!(
        shown.contains("refused, not queued") && shown.contains("cloudflared at "),
        "{shown}"
    );
    let doctor = host.ligand(&["doctor"]).await.stdout;
    assert!(
        doctor.contains("refused, not queued") && doctor.contains("cloudflared runs"),
        "{doctor}"
    );
    for text in [shown, doctor] {
        assert!(!text.contains("/w/"), "{text}");
    }
    assert!(host.stop().await.success());
}

#[tokio::test]
async fn a_host_that_is_killed_leaves_no_program_behind() {
    let scene = Scene::set(Era::L, &["cloudflared"]).await;
    let mut host = scene.host(&["--exposure", "cloudflared"]).await;
    host.online().await;
    assert!(!scene.pids().is_empty());
    host.process.kill();
    scene.until_all_gone().await;
}

#[tokio::test]
async fn a_program_that_is_missing_is_named_and_found_once_it_is_there() {
    let scene = Scene::set(Era::L, &[]).await;
    let host = scene.host(&["--exposure", "cloudflared"]).await;
    let item = fault(&host, "exposure_missing", IN_TIME).await;
    assert!(item["next"].as_str().unwrap().contains("Install it"), "{item}");
    let doctor = host.ligand(&["doctor"]).await.stdout;
    assert!(doctor.contains("is not installed"), "{doctor}");
    assert_ne!(host.word().await, "online");
    scene.install("cloudflared");
    let online = until("it is online by itself", Duration::from_secs(60), async || {
        (host.word().await == "online").then_some(())
    });
    online.await;
}

#[tokio::test]
async fn a_program_that_tells_no_address_is_named_within_a_minute() {
    let scene = Scene::set(Era::L, &["cloudflared"]).await;
    scene.order("hang");
    let host = scene.host(&["--exposure", "cloudflared"]).await;
    let item = fault(&host, "exposure_silent", Duration::from_secs(60)).await;
    assert!(item["detail"].as_str().unwrap().contains("within 30 s"), "{item}");
    scene.order("good");
    host.online().await;
    let health = host.profile().await.unwrap()["health"].to_string();
    assert!(!health.contains("exposure_silent"), "{health}");
}

#[tokio::test]
async fn a_program_that_dies_again_and_again_is_given_up_until_it_is_asked_for() {
    let scene = Scene::set(Era::L, &["ngrok"]).await;
    scene.order("die");
    let host = scene.host(&["--exposure", "ngrok"]).await;
    let item = fault(&host, "exposure_crash_loop", Duration::from_secs(60)).await;
    assert!(item["detail"].as_str().unwrap().contains("code 3"), "{item}");
    scene.order("good");
    assert!(host.ligand(&["restart"]).await.status.success());
    host.online().await;
}

#[tokio::test]
async fn an_account_that_is_missing_and_a_limit_are_told_apart() {
    let scene = Scene::set(Era::L, &["ngrok"]).await;
    scene.order("login");
    let host = scene.host(&["--exposure", "ngrok"]).await;
    let item = fault(&host, "exposure_login", IN_TIME).await;
    assert!(item["next"].as_str().unwrap().contains("add-authtoken"), "{item}");
    assert_eq!(item["detail"], "ngrok says ERR_NGROK_4018");
    let found = scene.scratch.files_with("state", "2secretsecretsecret");
    assert!(found.is_empty(), "the user's token is in {found:?}");

    let scene = Scene::set(Era::L, &["cloudflared"]).await;
    scene.order("limited");
    let host = scene.host(&["--exposure", "cloudflared"]).await;
    let item = fault(&host, "exposure_limited", IN_TIME).await;
    assert!(
        item["detail"].as_str().unwrap().contains("429 Too Many Requests"),
        "{item}"
    );
    // It is tried again for as long as it takes.
    scene.order("good");
    let online = until("it is online by itself", Duration::from_secs(60), async || {
        (host.word().await == "online").then_some(())
    });
    online.await;
}

#[tokio::test]
async fn where_the_platform_keeps_no_messages_a_program_is_found_by_itself() {
    let scene = Scene::set(Era::S, &["ngrok"]).await;
    let host = scene.host(&[]).await;
    assert_eq!(host.online().await["exposure"]["kind"], "ngrok");
    assert!(scene.says("hello").await.contains("hello"));

    let scene = Scene::set(Era::L, &["ngrok"]).await;
    let host = scene.host(&[]).await;
    assert_eq!(host.online().await["exposure"]["kind"], "poll");
    assert!(scene.pids().is_empty(), "nothing else is needed");
}

#[tokio::test]
async fn a_public_url_of_the_users_own_leads_to_the_listener_that_the_profile_names() {
    let scene = Scene::set(Era::L, &[]).await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = port.local_addr().unwrap();
    let url = format!("http://{listen}");
    // While somebody else has it, that is said.
    let host = scene
        .host(&["--exposure", &url, "--listen", &listen.to_string()])
        .await;
    fault(&host, "listener_taken", IN_TIME).await;
    drop(port);
    let status = host.online().await;
    assert_eq!(
        (&status["exposure"]["kind"], &status["exposure"]["listen"]),
        (&json!("url"), &json!(listen.to_string()))
    );
    assert!(scene.says("hello").await.contains("hello"));
    let door = scene.org.registered_url(&scene.workspace.id).await;
    assert!(door.starts_with(&url) && path_of(&door).len() > 60, "{door}");

    // The doors' own rules hold here as behind a relay.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let status_of = async |path: &str| {
        let answer = client.post(format!("{url}{path}")).body("{}").send().await;
        answer.unwrap().status()
    };
    let path = path_of(&door);
    assert_eq!(status_of("/").await, StatusCode::NOT_FOUND);
    assert_eq!(status_of("/w/guessed").await, StatusCode::NOT_FOUND);
    assert_eq!(
        status_of(&format!("{path}/internal/x")).await,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        status_of(path).await,
        StatusCode::UNAUTHORIZED,
        "without the platform's secret"
    );
    let shared = host.door("shared").await;
    assert_eq!(
        status_of(path_of(&shared)).await,
        StatusCode::NOT_FOUND,
        "it is shut"
    );
    assert!(host.ligand(&["door", "share"]).await.status.success());
    let card = format!("{shared}/.well-known/agent-card.json");
    let card = client.get(card).send().await.unwrap().bytes().await.unwrap();
    let card: Value = serde_json::from_slice(&card).unwrap();
    assert_eq!(card["url"], shared, "{card}");

    // A door that is rotated has another path at once, and the old one ends.
    assert!(host.ligand(&["door", "rotate"]).await.status.success());
    let fresh = scene.registered_after(&door, IN_TIME).await;
    assert_ne!(path_of(&fresh), path);
    assert!(scene.says("through the new one").await.contains("new one"));
    until("the old path ends", IN_TIME, async || {
        (status_of(path).await == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
}
