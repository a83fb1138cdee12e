//! The platform that a case is about: the local org in each generation, or the one that the environment names.

use std::time::Duration;

use ligand_e2e::{Era, LocalOrg, Scratch};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A platform.
pub(crate) struct Platform {
    pub(crate) era: Era,
    pub(crate) url: String,
    pub(crate) admin: String,
    client: Client,
    /// Ours, with switches; dropped in this order.
    local: Option<(LocalOrg, Scratch)>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// Null where it is no JSON.
    pub(crate) body: Value,
}

/// A workspace that waits for its agent.
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) token: String,
}

impl Platform {
    /// Those that a case runs against.
    pub(crate) async fn all() -> Vec<Self> {
        let named = |name: &str| std::env::var(format!("LIGAND_CONTRACT_{name}")).ok();
        if let Some(url) = named("URL") {
            let era = match named("ERA").as_deref() {
                Some("s") => Era::S,
                Some("l") => Era::L,
                other => panic!("LIGAND_CONTRACT_ERA is {other:?}; it must be s or l"),
            };
            let admin = named("ADMIN_TOKEN").expect("LIGAND_CONTRACT_ADMIN_TOKEN");
            return vec![Self::at(era, url.trim_end_matches('/'), &admin, None)];
        }
        let mut both = Vec::new();
        for era in [Era::S, Era::L] {
            let scratch = Scratch::new();
            let org = LocalOrg::start(&scratch, era).await;
            let (url, admin) = (org.url().to_owned(), org.admin().to_owned());
            both.push(Self::at(era, &url, &admin, Some((org, scratch))));
        }
        both
    }

    fn at(era: Era, url: &str, admin: &str, local: Option<(LocalOrg, Scratch)>) -> Self {
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self {
            era,
            url: url.to_owned(),
            admin: admin.to_owned(),
            client,
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

    /// Whether the case can use the switches; says so by name where it can't.
    pub(crate) fn has_switches(&self, case: &str) -> bool {
        if self.local.is_none() {
            println!("SKIPPED {case}: this platform has no clock that could be moved");
        }
        self.local.is_some()
    }

    /// Moves the platform's clock forward.
    pub(crate) async fn advance(&self, by: Duration) {
        let body = json!({ "advance_ms": u64::try_from(by.as_millis()).unwrap() });
        let moved = self.post("/admin/clock", &self.admin, &body).await;
        assert_eq!(moved.status, 200, "{moved:?}");
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        answer(self.request(Method::GET, path).bearer_auth(token)).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).bearer_auth(token).json(body)).await
    }

    /// Makes a workspace for an agent outside.
    pub(crate) async fn create(&self, name: &str) -> Workspace {
        let body = json!({ "name": name, "runtime": "external", "external": true });
        let made = self.post("/workspaces", &self.admin, &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Workspace {
            id: text(&made.body["id"]),
            token: text(&made.body["connection"]["auth_token"]),
        }
    }

    /// Registers an agent for it that nobody will call.
    pub(crate) async fn register(&self, workspace: &Workspace) -> Answer {
        let body = json!({ "id": workspace.id, "url": "http://localhost:9/door", "delivery_mode": "push",
            "agent_card": { "name": "An agent" } });
        self.post("/registry/register", &workspace.token, &body).await
    }

    /// Beats for it; `more` fields are added.
    pub(crate) async fn beat(&self, workspace: &Workspace, more: Value) -> Answer {
        let mut body = json!({ "workspace_id": workspace.id });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.post("/registry/heartbeat", &workspace.token, &body).await
    }

    pub(crate) async fn status(&self, workspace: &Workspace) -> String {
        let row = self
            .get(&format!("/workspaces/{}", workspace.id), &self.admin)
            .await;
        row.body["status"].as_str().unwrap_or_default().to_owned()
    }
}

/// What comes back.
pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_default();
    Answer {
        status,
        headers,
        text,
        body,
    }
}
