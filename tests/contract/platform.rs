//! The platform that a case is about: the local org in each generation, or the one that the environment names; and a
//! client that knows nothing but HTTP and JSON.

use std::future::Future;
use std::time::{Duration, Instant};

use ligand_e2e::{Era, LocalOrg, Scratch};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An agent's URL that every generation registers and where nobody listens.
pub(crate) const NOBODY: &str = "http://localhost:9/w/x";

/// A platform.
pub(crate) struct Org {
    pub(crate) era: Era,
    pub(crate) url: String,
    pub(crate) admin: String,
    http: reqwest::Client,
    org_token: OnceCell<String>,
    /// Ours, with switches; dropped in this order.
    local: Option<(LocalOrg, Scratch)>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// Null where it is no JSON.
    pub(crate) body: Value,
}

impl Reply {
    /// The status and the text of the error.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["error"].as_str().unwrap_or_default())
    }
}

/// A workspace for an agent outside, and its token.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) token: String,
}

impl Workspace {
    /// The path of the workspace, or of what is under it.
    pub(crate) fn path(&self, under: &str) -> String {
        format!("/workspaces/{}{under}", self.id)
    }
}

/// A request that is being made.
pub(crate) struct Call<'a> {
    request: reqwest::RequestBuilder,
    org: &'a Org,
}

impl Call<'_> {
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn admin(self) -> Self {
        let admin = self.org.admin.clone();
        self.bearer(&admin)
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Call {
            request: self.request.header(name, value),
            ..self
        }
    }

    pub(crate) fn json(self, body: Value) -> Self {
        self.raw(body.to_string())
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
    /// The platforms that a case runs against.
    pub(crate) async fn each() -> Vec<Self> {
        if let Some(named) = Self::named() {
            return vec![named];
        }
        vec![Self::local(Era::S).await, Self::local(Era::L).await]
    }

    /// The same for a case that is about one generation; says so where there is none.
    pub(crate) async fn of(era: Era) -> Option<Self> {
        let Some(named) = Self::named() else {
            return Some(Self::local(era).await);
        };
        if named.era == era {
            return Some(named);
        }
        skipped("it is about the other generation");
        None
    }

    fn named() -> Option<Self> {
        let named = |name: &str| std::env::var(format!("LIGAND_CONTRACT_{name}")).ok();
        let url = named("URL")?;
        let era = match named("ERA").as_deref() {
            Some("s") => Era::S,
            Some("l") => Era::L,
            other => panic!("LIGAND_CONTRACT_ERA is {other:?}; it must be s or l"),
        };
        let admin = named("ADMIN_TOKEN").expect("LIGAND_CONTRACT_ADMIN_TOKEN");
        Some(Self::at(era, url.trim_end_matches('/'), &admin, None))
    }

    async fn local(era: Era) -> Self {
        let scratch = Scratch::new();
        let org = LocalOrg::start(&scratch, era).await;
        let (url, admin) = (org.url().to_owned(), org.admin().to_owned());
        Self::at(era, &url, &admin, Some((org, scratch)))
    }

    fn at(era: Era, url: &str, admin: &str, local: Option<(LocalOrg, Scratch)>) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self {
            era,
            url: url.to_owned(),
            admin: admin.to_owned(),
            http,
            org_token: OnceCell::new(),
            local,
        }
    }

    /// One of two, by generation.
    pub(crate) fn by_era<T>(&self, older: T, later: T) -> T {
        match self.era {
            Era::S => older,
            Era::L => later,
        }
    }

    /// Whether its clock can be moved; says so where it can't.
    pub(crate) fn has_clock(&self) -> bool {
        self.is_ours("this platform has no clock that could be moved")
    }

    /// Whether it is a local org of the case's own; says what is left out where it isn't.
    pub(crate) fn is_ours(&self, otherwise: &str) -> bool {
        if self.local.is_none() {
            skipped(otherwise);
        }
        self.local.is_some()
    }

    /// Moves the platform's clock forward; what that brings about has come about afterwards.
    pub(crate) async fn advance(&self, by: Duration) {
        let body = json!({ "advance_ms": u64::try_from(by.as_millis()).unwrap() });
        let moved = self.post("/admin/clock").admin().json(body).send().await;
        assert_eq!(moved.status, 200, "{moved:?}");
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'_> {
        Call {
            request: self.http.request(method, format!("{}{path}", self.url)),
            org: self,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Call<'_> {
        self.call(Method::POST, path)
    }

    /// A token of the org. A platform makes ten of them in an hour for one address, so a case asks for one at the most.
    pub(crate) async fn org_token(&self) -> &str {
        let make = async || {
            let made = self.post("/org/tokens").admin().json(json!({"name": "contract"}));
            let made = made.send().await;
            assert_eq!(made.status, 200, "{made:?}");
            made.body["auth_token"].as_str().unwrap().to_owned()
        };
        self.org_token.get_or_init(make).await
    }

    /// The credentials of the columns of the auth matrix: nothing, the workspace's own token, another one's, a token of
    /// the org, the admin token, a token of nobody.
    pub(crate) async fn credentials(&self, own: &Workspace, foreign: &Workspace) -> [Option<String>; 6] {
        [
            None,
            Some(own.token.clone()),
            Some(foreign.token.clone()),
            Some(self.org_token().await.to_owned()),
            Some(self.admin.clone()),
            Some("nobody's".to_owned()),
        ]
    }

    /// Makes an external workspace.
    pub(crate) async fn create(&self, name: &str) -> Workspace {
        self.create_with(json!({"name": name})).await
    }

    /// Makes an external workspace below another one.
    pub(crate) async fn create_below(&self, parent: &Workspace, name: &str) -> Workspace {
        self.create_with(json!({"name": name, "parent_id": parent.id}))
            .await
    }

    /// Makes an external workspace with more fields.
    pub(crate) async fn create_with(&self, mut fields: Value) -> Workspace {
        fields["runtime"] = json!("external");
        fields["external"] = json!(true);
        let made = self.post("/workspaces").admin().json(fields).send().await;
        assert_eq!(made.status, 201, "{made:?}");
        Workspace {
            id: made.body["id"].as_str().unwrap().into(),
            token: made.body["connection"]["auth_token"].as_str().unwrap().into(),
        }
    }

    /// Makes an external workspace with an agent at this URL.
    pub(crate) async fn create_at(&self, name: &str, url: &str) -> Workspace {
        let workspace = self.create(name).await;
        assert_eq!(self.register(&workspace, url).await.status, 200);
        workspace
    }

    pub(crate) async fn register(&self, workspace: &Workspace, url: &str) -> Reply {
        let body = json!({"id": workspace.id, "url": url, "agent_card": {"name": "Laptop"},
            "delivery_mode": "push"});
        let call = self.post("/registry/register").bearer(&workspace.token);
        call.json(body).send().await
    }

    /// Beats for it; the fields are added.
    pub(crate) async fn beat(&self, workspace: &Workspace, mut fields: Value) -> Reply {
        fields["workspace_id"] = json!(workspace.id);
        let call = self.post("/registry/heartbeat").bearer(&workspace.token);
        call.json(fields).send().await
    }

    /// Sends a message as a person does.
    pub(crate) async fn say(&self, workspace: &Workspace, message_id: &str, text: &str) -> Reply {
        let call = self.post(&workspace.path("/a2a")).admin();
        call.json(message(message_id, text)).send().await
    }

    /// Sends one as another workspace.
    pub(crate) async fn say_as(&self, from: &Workspace, to: &Workspace, message_id: &str) -> Reply {
        let call = self.post(&to.path("/a2a")).bearer(&from.token);
        let call = call.header("X-Workspace-ID", &from.id);
        call.json(message(message_id, "hi")).send().await
    }

    /// It as anybody sees it who knows its id.
    pub(crate) async fn show(&self, workspace: &Workspace) -> Value {
        self.get(&workspace.path("")).send().await.body
    }

    pub(crate) async fn status(&self, workspace: &Workspace) -> String {
        let shown = self.show(workspace).await;
        shown["status"].as_str().unwrap_or_default().into()
    }

    pub(crate) async fn wait_for_status(&self, workspace: &Workspace, wanted: &str) {
        eventually(wanted, || async { self.status(workspace).await == wanted }).await;
    }

    /// The inbound messages of a workspace, newest first.
    pub(crate) async fn received(&self, workspace: &Workspace) -> Vec<Value> {
        let call = self.get(&workspace.path("/activity?type=a2a_receive"));
        let reply = call.bearer(&workspace.token).send().await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body.as_array().unwrap().clone()
    }
}

/// Says which case is left out and why.
fn skipped(why: &str) {
    let thread = std::thread::current();
    println!("SKIPPED {}: {why}", thread.name().unwrap_or_default());
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
