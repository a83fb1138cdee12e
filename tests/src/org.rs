//! A local org in a process of its own, and the platform's API as a test sees it.

use std::process::Command;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::process::{Process, binary};
use crate::scratch::Scratch;

/// The longest that a test waits for one answer of the platform: more than a relay holds a call for.
const ANSWER_DEADLINE: Duration = Duration::from_secs(25);

/// The generation of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// The earlier one.
    S,
    /// The later one.
    L,
}

impl Era {
    fn argument(self) -> &'static str {
        match self {
            Self::S => "s",
            Self::L => "l",
        }
    }
}

/// A workspace that was created for an agent outside.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Its id.
    pub id: String,
    /// Its token.
    pub token: String,
    /// What `ligand connect` reads: the platform's whole reply.
    pub reply: Value,
}

/// What a beat says of its workspace.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beat<'a> {
    /// How many tasks it has.
    pub active_tasks: usize,
    /// What it is doing.
    pub task: &'a str,
    /// The part of its calls that fail, 0 to 1.
    pub error_rate: f64,
    /// One of their errors.
    pub error: &'a str,
}

/// A local org.
#[derive(Debug)]
pub struct LocalOrg {
    /// The process.
    pub process: Process,
    url: String,
    admin: String,
    client: Client,
}

impl LocalOrg {
    /// Starts one on a free port, with its file in the scratch folder.
    pub async fn start(scratch: &Scratch, era: Era) -> Self {
        Self::start_at(scratch, era, "127.0.0.1:0").await
    }

    /// Starts one at an address.
    pub async fn start_at(scratch: &Scratch, era: Era, listen: &str) -> Self {
        Self::start_with(scratch, era, &["--listen", listen]).await
    }

    /// Starts one with these arguments besides.
    pub async fn start_with(scratch: &Scratch, era: Era, more: &[&str]) -> Self {
        let mut command = Command::new(binary("ligand"));
        command.args([
            "local-org",
            "--era",
            era.argument(),
            "--print-admin-token",
            // Tests ask more often than anybody else.
            "--rate-limit",
            "4000000",
            "--faults",
        ]);
        command.args(more).arg("--data").arg(scratch.path("org.sqlite"));
        let mut process = Process::start(scratch, "local-org", command, &[]);
        let url = process.line("where it listens", url_in).await;
        let admin = process.line("its admin token", admin_token_in).await;
        let client = Client::builder()
            .no_proxy()
            .timeout(ANSWER_DEADLINE)
            .build()
            .unwrap();
        Self {
            process,
            url,
            admin,
            client,
        }
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its admin token.
    #[must_use]
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// Creates a workspace for an agent outside.
    pub async fn create(&self, name: &str) -> Workspace {
        self.create_with_role(name, "").await
    }

    /// The same, with a role.
    pub async fn create_with_role(&self, name: &str, role: &str) -> Workspace {
        self.create_with(json!({ "name": name, "role": role })).await
    }

    /// A workspace as the platform shows it.
    pub async fn get(&self, id: &str) -> (StatusCode, Value) {
        self.asks(self.client.get(self.at(&format!("/workspaces/{id}"))))
            .await
    }

    /// A workspace's status, also of a removed one.
    pub async fn status(&self, id: &str) -> String {
        let (_, row) = self
            .asks(
                self.client
                    .get(self.at(&format!("/workspaces/{id}?include_removed=true"))),
            )
            .await;
        row["status"].as_str().unwrap_or_default().to_owned()
    }

    /// The URL that a workspace has registered.
    pub async fn registered_url(&self, id: &str) -> String {
        self.get(id).await.1["url"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Deletes a workspace.
    pub async fn delete(&self, id: &str, name: &str) {
        let request = self
            .client
            .delete(self.at(&format!("/workspaces/{id}?confirm=true")));
        let (status, reply) = self.asks(request.header("X-Confirm-Name", name)).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }

    /// Pauses a workspace.
    pub async fn pause(&self, workspace: &Workspace) {
        let request = self
            .client
            .post(self.at(&format!("/workspaces/{}/pause", workspace.id)));
        let (status, reply) = answer(request.bearer_auth(&workspace.token)).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }

    /// Has a workspace's agent ask people to allow something.
    pub async fn ask_approval(&self, workspace: &Workspace, action: &str) {
        let request = self
            .client
            .post(self.at(&format!("/workspaces/{}/approvals", workspace.id)));
        let body = json!({ "action": action });
        let (status, reply) = answer(request.bearer_auth(&workspace.token).json(&body)).await;
        assert_eq!(status, StatusCode::CREATED, "{reply}");
    }

    /// Decides what a workspace's agent has asked for.
    pub async fn decide(&self, workspace: &Workspace, approval: &str, decision: &str) {
        let path = format!("/workspaces/{}/approvals/{approval}/decide", workspace.id);
        let body = json!({ "decision": decision });
        let (status, reply) = self.asks(self.client.post(self.at(&path)).json(&body)).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }

    /// Gives a workspace a secret for its agent.
    pub async fn set_secret(&self, workspace: &Workspace, key: &str, value: &str) {
        let request = self
            .client
            .post(self.at(&format!("/workspaces/{}/secrets", workspace.id)));
        let body = json!({ "key": key, "value": value });
        let (status, reply) = answer(request.bearer_auth(&workspace.token).json(&body)).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }

    /// Sends a message to a workspace, as a person in the org would.
    pub async fn send(&self, id: &str, text: &str) -> (StatusCode, Value) {
        self.asks(
            self.client
                .post(self.at(&format!("/workspaces/{id}/a2a")))
                .json(&message(text)),
        )
        .await
    }

    /// Somebody in the org who goes on sending while it is restarted.
    #[must_use]
    pub fn caller(&self) -> OrgCaller {
        OrgCaller {
            url: self.url.clone(),
            admin: self.admin.clone(),
            client: self.client.clone(),
        }
    }

    /// Creates a workspace for an agent outside, with these fields besides.
    pub async fn create_with(&self, mut fields: Value) -> Workspace {
        fields["runtime"] = json!("external");
        fields["external"] = json!(true);
        let (status, reply) = self
            .asks(self.client.post(self.at("/workspaces")).json(&fields))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{reply}");
        let id = reply["id"].as_str().unwrap().to_owned();
        let token = reply["connection"]["auth_token"].as_str().unwrap().to_owned();
        Workspace { id, token, reply }
    }

    /// Changes a workspace as the platform's own canvas does, which no event tells of.
    pub async fn change(&self, id: &str, fields: &Value) {
        let request = self.client.patch(self.at(&format!("/workspaces/{id}")));
        let (status, reply) = self.asks(request.json(fields)).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }

    /// A new org key.
    pub async fn key(&self) -> String {
        let request = self.client.post(self.at("/org/tokens"));
        let (status, reply) = self.asks(request.json(&json!({}))).await;
        assert!(status.is_success(), "{reply}");
        reply["auth_token"].as_str().unwrap().to_owned()
    }

    /// Has those who watch hear of something that need not have happened.
    pub async fn tell(&self, event: &str, id: &str, payload: Value) {
        self.fault(&json!({ "kind": "event", "event": event, "workspace": id, "payload": payload }))
            .await;
    }

    /// Has the list of all workspaces meet a fault, and nothing else.
    pub async fn spoil_list(&self, mut fault: Value) {
        fault["path"] = json!("/workspaces");
        fault["exact"] = json!(true);
        self.fault(&fault).await;
    }

    /// Has those who watch ask for the list soon: they hear of a workspace that they do not know.
    pub async fn have_list_read(&self) {
        let nobody = uuid::Uuid::new_v4().to_string();
        self.tell("WORKSPACE_RESHAPED", &nobody, json!({})).await;
    }

    /// Sends a message to a workspace in the name of another one.
    pub async fn send_as(&self, from: &Workspace, to: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.client.post(self.at(&format!("/workspaces/{to}/a2a")));
        let request = request.header("X-Workspace-ID", &from.id);
        answer(request.bearer_auth(&from.token).json(body)).await
    }

    /// The workspace's log of messages, newest first.
    pub async fn received(&self, workspace: &Workspace) -> Vec<Value> {
        let path = format!("/workspaces/{}/activity?type=a2a_receive&limit=500", workspace.id);
        let (_, rows) = answer(self.client.get(self.at(&path)).bearer_auth(&workspace.token)).await;
        rows.as_array().cloned().unwrap_or_default()
    }

    /// What the workspace's agent has told the people who watch, newest first.
    pub async fn told(&self, workspace: &Workspace) -> Vec<String> {
        let rows = self.received(workspace).await;
        let told = rows.iter().filter(|row| row["method"] == "notify");
        told.map(|row| row["response_body"]["result"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Sets a fault, or does a deed behind a client's back.
    pub async fn fault(&self, fault: &Value) {
        let (status, reply) = self
            .asks(self.client.post(self.at("/admin/faults")).json(fault))
            .await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }

    /// Ends the faults that stand.
    pub async fn clear_faults(&self) {
        let (status, reply) = self.asks(self.client.delete(self.at("/admin/faults"))).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }

    /// The faults that stand.
    pub async fn faults(&self) -> Vec<Value> {
        let (_, faults) = self.asks(self.client.get(self.at("/admin/faults"))).await;
        faults.as_array().cloned().unwrap_or_default()
    }

    /// Revokes every token of a workspace.
    pub async fn revoke_tokens(&self, workspace: &Workspace) {
        let tokens = format!("/workspaces/{}/tokens", workspace.id);
        let (_, listed) = self.asks(self.client.get(self.at(&tokens))).await;
        for token in listed["tokens"].as_array().unwrap() {
            let one = format!("{tokens}/{}", token["id"].as_str().unwrap());
            let (status, reply) = self.asks(self.client.delete(self.at(&one))).await;
            assert_eq!(status, StatusCode::OK, "{reply}");
        }
    }

    /// Gives a workspace a new token in place of all that it has: what a person copies then.
    pub async fn rotate(&self, workspace: &Workspace) -> Workspace {
        let request = self
            .client
            .post(self.at(&format!("/workspaces/{}/external/rotate", workspace.id)));
        let (status, reply) = self.asks(request).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
        let token = reply["connection"]["auth_token"].as_str().unwrap().to_owned();
        Workspace {
            id: workspace.id.clone(),
            token,
            reply,
        }
    }

    /// Moves its clock forward.
    pub async fn advance(&self, by: Duration) {
        let body = json!({ "advance_ms": u64::try_from(by.as_millis()).unwrap() });
        let (status, reply) = self
            .asks(self.client.post(self.at("/admin/clock")).json(&body))
            .await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }

    /// A queued message, as the platform shows it.
    pub async fn queued(&self, id: &str, item: &str) -> Value {
        self.asks(
            self.client
                .get(self.at(&format!("/workspaces/{id}/a2a/queue/{item}"))),
        )
        .await
        .1
    }

    /// A beat in the workspace's name that says it has so many tasks: with none, the platform sends a queued
    /// message; in the later era the answer has the secret that the platform sends along.
    pub async fn beat(&self, workspace: &Workspace, active_tasks: usize) -> (StatusCode, Value) {
        let beat = Beat {
            active_tasks,
            ..Beat::default()
        };
        self.beat_with(workspace, &beat).await
    }

    /// A beat in the workspace's name with all that it can say.
    pub async fn beat_with(&self, workspace: &Workspace, beat: &Beat<'_>) -> (StatusCode, Value) {
        let body = json!({ "workspace_id": workspace.id, "error_rate": beat.error_rate, "sample_error": beat.error,
            "uptime_seconds": 1, "active_tasks": beat.active_tasks, "current_task": beat.task, "runtime_state": "" });
        let request = self.client.post(self.at("/registry/heartbeat"));
        answer(request.bearer_auth(&workspace.token).json(&body)).await
    }

    /// Registers a workspace's agent at that URL, which brings it online.
    pub async fn register(&self, workspace: &Workspace, url: &str) {
        self.register_with_card(workspace, url, url).await;
    }

    /// The same, with a card that names another address.
    pub async fn register_with_card(&self, workspace: &Workspace, url: &str, in_card: &str) {
        let card = json!({ "name": "An agent", "description": "", "url": in_card, "skills": [] });
        self.register_as(workspace, url, &card).await;
    }

    /// The same, with that card.
    pub async fn register_as(&self, workspace: &Workspace, url: &str, card: &Value) {
        let body = json!({ "id": workspace.id, "url": url, "agent_card": card, "delivery_mode": "push" });
        let request = self.client.post(self.at("/registry/register"));
        let (status, reply) = answer(request.bearer_auth(&workspace.token).json(&body)).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }

    /// Gives a workspace's agent another card, in the workspace's name.
    pub async fn update_card(&self, workspace: &Workspace, card: &Value) {
        let body = json!({ "workspace_id": workspace.id, "agent_card": card });
        let request = self.client.post(self.at("/registry/update-card"));
        let (status, reply) = answer(request.bearer_auth(&workspace.token).json(&body)).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    async fn asks(&self, request: RequestBuilder) -> (StatusCode, Value) {
        answer(request.bearer_auth(&self.admin)).await
    }
}

/// Somebody in an org who sends, whether it is there or not.
#[derive(Debug, Clone)]
pub struct OrgCaller {
    url: String,
    admin: String,
    client: Client,
}

impl OrgCaller {
    /// Sends a message to a workspace; `None` where no whole answer comes.
    pub async fn try_send(&self, id: &str, text: &str) -> Option<(StatusCode, Value)> {
        let request = self.client.post(format!("{}/workspaces/{id}/a2a", self.url));
        try_answer(request.bearer_auth(&self.admin).json(&message(text)))
            .await
            .ok()
    }
}

/// A message as the org's members send it.
#[must_use]
pub fn message(text: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": uuid::Uuid::new_v4().to_string(), "method": "message/send", "params": {
        "message": { "role": "user", "messageId": uuid::Uuid::new_v4().to_string(),
            "parts": [{ "kind": "text", "text": text }] },
    }})
}

/// The status, and the body as JSON, or as a string of it when it is none.
async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    try_answer(request).await.unwrap()
}

async fn try_answer(request: RequestBuilder) -> Result<(StatusCode, Value), reqwest::Error> {
    let response = request.send().await?;
    let status = response.status();
    let body = response.bytes().await?;
    let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
    let body = serde_json::from_slice(&body).unwrap_or_else(|_not_json| text());
    Ok((status, body))
}

/// The first URL in a line.
pub(crate) fn url_in(line: &str) -> Option<String> {
    let word = line.split_whitespace().find(|word| is_url(word))?;
    Some(word.trim_end_matches([',', '.', '/']).to_owned())
}

fn is_url(word: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| word.starts_with(scheme))
}

/// The admin token, in the line that names it.
fn admin_token_in(line: &str) -> Option<String> {
    let (_, token) = line.split_once("dmin token")?;
    token.split_whitespace().last().map(str::to_owned)
}
