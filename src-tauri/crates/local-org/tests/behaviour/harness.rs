//! An org for a test, and a client that knows nothing but HTTP and JSON.

use std::future::Future;
use std::time::{Duration, Instant};

use ligand_local_org::{Clock, Era, Options, Running, start_at};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Both generations.
pub(crate) const BOTH: [Era; 2] = [Era::S, Era::L];

/// The admin token of test orgs.
pub(crate) const ADMIN: &str = "the-admin-token-of-this-test-org";

/// An org of its own.
pub(crate) struct Org {
    pub(crate) running: Running,
    pub(crate) clock: Clock,
    pub(crate) dir: TempDir,
    http: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    /// Null when it was not JSON.
    pub(crate) body: Value,
    pub(crate) text: String,
}

/// An external workspace and its token.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// A request that is being made.
pub(crate) struct Call<'a> {
    request: reqwest::RequestBuilder,
    _org: &'a Org,
}

impl Call<'_> {
    pub(crate) fn bearer(self, token: &str) -> Self {
        Call {
            request: self.request.header("Authorization", format!("Bearer {token}")),
            ..self
        }
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Call {
            request: self.request.header(name, value),
            ..self
        }
    }

    pub(crate) fn json(self, body: Value) -> Self {
        Call {
            request: self.request.body(body.to_string()),
            ..self
        }
    }

    pub(crate) fn raw(self, body: impl Into<reqwest::Body>) -> Self {
        Call {
            request: self.request.body(body),
            ..self
        }
    }

    pub(crate) async fn send(self) -> Reply {
        let response = self.request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Reply {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }
}

impl Org {
    pub(crate) async fn start(era: Era) -> Org {
        let dir = tempfile::tempdir().unwrap();
        Org::start_in(era, dir, true).await
    }

    pub(crate) async fn start_in(era: Era, dir: TempDir, allow_loopback_agents: bool) -> Org {
        Org::start_as(dir, |options| {
            options.era = era;
            options.allow_loopback_agents = allow_loopback_agents;
        })
        .await
    }

    /// With other options than tests usually have.
    pub(crate) async fn start_as(dir: TempDir, change: impl FnOnce(&mut Options)) -> Org {
        let clock = Clock::new();
        let listen = ([127, 0, 0, 1], 0).into();
        let mut options = Options {
            allow_loopback_agents: true,
            admin_token: Some(ADMIN.into()),
            // Tests ask more often than anybody else.
            requests_per_minute: u32::MAX,
            ..Options::new(listen, dir.path().join("org.db"), Era::L)
        };
        change(&mut options);
        let running = start_at(options, clock.clone()).await.unwrap();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Org {
            running,
            clock,
            dir,
            http,
        }
    }

    /// Stops the org and starts it again on the same file.
    pub(crate) async fn restart(self, era: Era) -> Org {
        self.running.stop().await;
        Org::start_in(era, self.dir, true).await
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'_> {
        Call {
            request: self.http.request(method, format!("{}{path}", self.running.url())),
            _org: self,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Call<'_> {
        self.call(Method::POST, path)
    }

    /// Makes an external workspace.
    pub(crate) async fn create(&self, name: &str) -> Workspace {
        self.create_with(json!({"name": name})).await
    }

    /// Makes an external workspace with more fields.
    pub(crate) async fn create_with(&self, mut fields: Value) -> Workspace {
        fields["runtime"] = json!("external");
        fields["external"] = json!(true);
        let reply = self.post("/workspaces").bearer(ADMIN).json(fields).send().await;
        assert_eq!(reply.status, 201, "{reply:?}");
        Workspace {
            id: reply.body["id"].as_str().unwrap().into(),
            token: reply.body["connection"]["auth_token"].as_str().unwrap().into(),
        }
    }

    /// Makes an external workspace with an agent at this URL.
    pub(crate) async fn create_at(&self, name: &str, url: &str) -> Workspace {
        let workspace = self.create(name).await;
        assert_eq!(self.register(&workspace, url).await.status, 200);
        workspace
    }

    pub(crate) async fn register(&self, workspace: &Workspace, url: &str) -> Reply {
        let mut body = json!({"url": url, "agent_card": {"name": "Laptop"}, "delivery_mode": "push"});
        body["id"] = json!(workspace.id);
        self.post("/registry/register")
            .bearer(&workspace.token)
            .json(body)
            .send()
            .await
    }

    pub(crate) async fn beat(&self, workspace: &Workspace, mut fields: Value) -> Reply {
        fields["workspace_id"] = json!(workspace.id);
        self.post("/registry/heartbeat")
            .bearer(&workspace.token)
            .json(fields)
            .send()
            .await
    }

    /// Sends a message as a person does.
    pub(crate) async fn say(&self, workspace: &Workspace, message_id: &str, text: &str) -> Reply {
        let path = format!("/workspaces/{}/a2a", workspace.id);
        self.post(&path)
            .bearer(ADMIN)
            .json(message(message_id, text))
            .send()
            .await
    }

    pub(crate) async fn show(&self, workspace: &Workspace) -> Value {
        self.get(&format!("/workspaces/{}", workspace.id))
            .send()
            .await
            .body
    }

    pub(crate) async fn status(&self, workspace: &Workspace) -> String {
        self.show(workspace).await["status"]
            .as_str()
            .unwrap_or_default()
            .into()
    }

    /// The inbound messages of a workspace, newest first.
    pub(crate) async fn received(&self, workspace: &Workspace) -> Vec<Value> {
        let path = format!("/workspaces/{}/activity?type=a2a_receive", workspace.id);
        let reply = self.get(&path).bearer(&workspace.token).send().await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body.as_array().unwrap().clone()
    }
}

/// A message with one text.
pub(crate) fn message(message_id: &str, text: &str) -> Value {
    json!({
        "jsonrpc": "2.0",
        "id": "call-1",
        "method": "message/send",
        "params": {"message": {
            "role": "user",
            "messageId": message_id,
            "parts": [{"kind": "text", "text": text}],
        }},
    })
}

/// Waits until something is so.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
