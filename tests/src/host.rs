//! A host in a process of its own, the configuration that it runs on, and the commands that speak to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use reqwest::{Client, Method};
use rustix::process::Signal;
use serde_json::Value;

use crate::org::{LocalOrg, Workspace};
use crate::process::{Process, binary};
use crate::relay::Relay;
use crate::scratch::Scratch;
use crate::stage::Stage;
use crate::until::until;

/// How long a host may take to bring a workspace online on this machine.
const ONLINE_WITHIN: Duration = Duration::from_secs(20);

/// The name of the tests' profile.
pub const PROFILE: &str = "home";

/// What a test's profile says.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The platform's base URL.
    pub platform: String,
    /// The workspace's id.
    pub workspace: String,
    /// The relay's public URL; without one messages are fetched.
    pub relay: Option<String>,
    /// The URL of an agent to attach; without one the echo agent answers.
    pub agent: Option<String>,
    /// The lines of the agent's table, where it is another than those.
    pub agent_table: Option<String>,
    /// Whether the shared door is open.
    pub shared: bool,
    /// Whether the relay is trusted with the workspace's token.
    pub trusts_relay: bool,
    /// For how many seconds the relay holds a call while we are away.
    pub hold_s: u32,
    /// More lines of the table of deliveries.
    pub delivery: String,
}

impl Profile {
    /// The echo agent in that workspace behind that relay.
    #[must_use]
    pub fn new(org: &LocalOrg, workspace: &Workspace, relay: &Relay) -> Self {
        Self {
            name: PROFILE.to_owned(),
            platform: org.url().to_owned(),
            workspace: workspace.id.clone(),
            relay: Some(relay.url().to_owned()),
            agent: None,
            agent_table: None,
            shared: false,
            trusts_relay: false,
            hold_s: 5,
            delivery: String::new(),
        }
    }

    /// The configuration file with this profile in it.
    #[must_use]
    pub fn toml(&self) -> String {
        file_of(std::slice::from_ref(self))
    }

    /// Writes the configuration file.
    pub fn write(&self, scratch: &Scratch) {
        Self::write_all(scratch, std::slice::from_ref(self));
    }

    /// Writes the configuration file with all of these in it.
    pub fn write_all(scratch: &Scratch, profiles: &[Self]) {
        fs::write(scratch.config_file(), file_of(profiles)).unwrap();
    }

    fn tables(&self) -> String {
        let agent = match &self.agent {
            _ if self.agent_table.is_some() => self.agent_table.clone().unwrap_or_default(),
            Some(url) => format!("kind = \"attach\"\nurl = \"{url}\""),
            None => "kind = \"echo\"".to_owned(),
        };
        let exposure = match &self.relay {
            Some(url) if self.trusts_relay => {
                format!("kind = \"relay\"\nrelay = \"{url}\"\ntoken_to = \"{url}\"")
            }
            Some(url) => format!("kind = \"relay\"\nrelay = \"{url}\""),
            None => "kind = \"poll\"".to_owned(),
        };
        let name = &self.name;
        format!(
            "[profile.{name}]\nplatform = \"{}\"\nworkspace = \"{}\"\n\n\
             [profile.{name}.agent]\n{agent}\n\n[profile.{name}.exposure]\n{exposure}\n\n\
             [profile.{name}.doors]\nshared = {}\n\n[profile.{name}.delivery]\nhold_s = {}\n{}\n",
            self.platform, self.workspace, self.shared, self.hold_s, self.delivery
        )
    }
}

/// A configuration file.
fn file_of(profiles: &[Profile]) -> String {
    let tables: Vec<String> = profiles.iter().map(Profile::tables).collect();
    format!("version = 1\n\n# written by hand\n{}", tables.join("\n"))
}

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Said {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Said {
    /// Its exit code.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

/// The variables that a host and its commands are given besides the scratch folder's.
pub type Variables = Vec<(String, String)>;

/// A running host.
#[derive(Debug)]
pub struct Host<'a> {
    /// The process.
    pub process: Process,
    scratch: &'a Scratch,
    variables: Variables,
}

impl<'a> Host<'a> {
    /// Keeps secrets in a file, as on a machine without a keychain.
    #[must_use]
    pub fn file_vault() -> Variables {
        vec![("LIGAND_VAULT".to_owned(), "file".to_owned())]
    }

    /// Writes the configuration, gives the token to the vault, and starts.
    pub async fn connected(scratch: &'a Scratch, profile: &Profile, workspace: &Workspace) -> Self {
        Self::prepare(scratch, profile, workspace, &Self::file_vault()).await;
        Self::up(scratch, Self::file_vault())
    }

    /// Gives the token to the vault with `connect`, then writes the whole configuration.
    pub async fn prepare(scratch: &Scratch, profile: &Profile, workspace: &Workspace, variables: &Variables) {
        let mut arguments = vec!["connect", "-", "--profile", &profile.name];
        arguments.extend(profile.relay.iter().flat_map(|url| ["--relay", url]));
        arguments.extend(profile.agent.iter().flat_map(|url| ["--agent", url]));
        let said = ligand(scratch, variables, &arguments, &workspace.reply.to_string()).await;
        assert!(said.status.success(), "connect: {} {}", said.stdout, said.stderr);
        profile.write(scratch);
    }

    /// Creates a workspace of that name in the stage's org with the org's key, as its owner would, and keeps the key,
    /// so that the whole org is seen. Nothing is started.
    pub async fn create(stage: &Stage, name: &str, agent: Option<&str>, variables: &Variables) {
        Self::create_with(stage, stage.org.admin(), (PROFILE, name), agent, variables).await;
    }

    /// The same with that key, for a profile and a workspace of these names.
    pub async fn create_with(
        stage: &Stage,
        key: &str,
        (profile, name): (&str, &str),
        agent: Option<&str>,
        variables: &Variables,
    ) {
        let mut arguments = vec!["create", "--keep-org-key", "--profile", profile, "--name", name];
        arguments.extend(["--relay", stage.relay.url()]);
        arguments.extend(agent.iter().flat_map(|url| ["--agent", url]));
        let input = format!("{}\n{key}\n", stage.org.url());
        let said = ligand(&stage.scratch, variables, &arguments, &input).await;
        assert!(said.status.success(), "create: {} {}", said.stdout, said.stderr);
    }

    /// Starts on what is configured.
    #[must_use]
    pub fn up(scratch: &'a Scratch, variables: Variables) -> Self {
        Self::up_with(scratch, variables, &[])
    }

    /// The same, with further arguments.
    #[must_use]
    pub fn up_with(scratch: &'a Scratch, variables: Variables, arguments: &[&str]) -> Self {
        let mut command = Command::new(binary("ligand"));
        command.arg("up").args(arguments);
        let process = Process::start(scratch, "host", command, &borrowed(&variables));
        Self::held_by(process, scratch, variables)
    }

    /// The host that a process holds which was started otherwise.
    #[must_use]
    pub fn held_by(process: Process, scratch: &'a Scratch, variables: Variables) -> Self {
        Self {
            process,
            scratch,
            variables,
        }
    }

    /// Runs a command of `ligand` beside it.
    pub async fn ligand(&self, arguments: &[&str]) -> Said {
        ligand(self.scratch, &self.variables, arguments, "").await
    }

    /// Starts a command of `ligand` beside it that goes on by itself.
    #[must_use]
    pub fn start(&self, arguments: &[&str]) -> Process {
        let mut command = Command::new(binary("ligand"));
        command.args(arguments);
        Process::start(self.scratch, "beside", command, &borrowed(&self.variables))
    }

    /// The document of `ligand status --json`; None while no host answers.
    pub async fn status(&self) -> Option<Value> {
        let said = self.ligand(&["status", "--json"]).await;
        serde_json::from_str(&said.stdout).ok()
    }

    /// The tests' profile in the status.
    pub async fn profile(&self) -> Option<Value> {
        let status = self.status().await?;
        status["profiles"]
            .as_array()?
            .iter()
            .find(|profile| profile["name"] == PROFILE)
            .cloned()
    }

    /// The word for its presence, from the control socket: cheap enough to be asked again and again.
    pub async fn word(&self) -> String {
        let status = self.control("/v1/status").await;
        let word = &status["profiles"][0]["presence"]["state"];
        word.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until presence is what it should be, and gives the profile's status.
    pub async fn presence(&self, state: &str) -> Value {
        until(&format!("presence is {state}"), ONLINE_WITHIN, async || {
            self.profile()
                .await
                .filter(|profile| profile["presence"]["state"] == state)
        })
        .await
    }

    /// Waits until it is online.
    pub async fn online(&self) -> Value {
        self.presence("online").await
    }

    /// A door's URL, which only the control socket tells.
    pub async fn door(&self, slot: &str) -> String {
        let answer = self.control(&format!("/v1/profiles/{PROFILE}/doors")).await;
        let mut doors = answer["doors"].as_array().unwrap().iter();
        let door = doors.find(|door| door["slot"] == slot).unwrap();
        door["url"].as_str().unwrap().to_owned()
    }

    /// The picture of the org.
    pub async fn org(&self) -> Value {
        self.control(&format!("/v1/profiles/{PROFILE}/org")).await
    }

    /// Asks the control socket for something of the tests' profile.
    pub async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        self.request(method, &format!("/v1/profiles/{PROFILE}/{path}"), body)
            .await
    }

    /// Asks the control socket.
    pub async fn control(&self, path: &str) -> Value {
        self.request(Method::GET, path, &Value::Null).await
    }

    async fn request(&self, method: Method, path: &str, body: &Value) -> Value {
        let socket = socket_in(&self.scratch.path("runtime"));
        let client = Client::builder().no_proxy().unix_socket(socket).build().unwrap();
        let request = client.request(method, format!("http://ligand{path}"));
        let answer = request.body(body.to_string()).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// Asks it to stop, and waits for its end.
    pub async fn stop(&mut self) -> ExitStatus {
        self.process.signal(Signal::TERM);
        self.process.ended(Duration::from_secs(15)).await
    }
}

/// Runs a command of `ligand` to its end.
pub async fn ligand(scratch: &Scratch, variables: &Variables, arguments: &[&str], input: &str) -> Said {
    let mut command = Command::new(binary("ligand"));
    command.args(arguments);
    let name = format!("ligand-{}", arguments.first().unwrap_or(&""));
    let (status, stdout, stderr) = Process::run(scratch, &name, command, &borrowed(variables), input).await;
    Said {
        status,
        stdout,
        stderr,
    }
}

fn borrowed(variables: &Variables) -> Vec<(&str, &str)> {
    variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// The one socket in the runtime folder.
fn socket_in(folder: &Path) -> PathBuf {
    let mut entries = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries
        .find(|path| path.extension().is_some_and(|ending| ending == "sock"))
        .unwrap()
}
