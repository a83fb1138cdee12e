//! Agents and callers that are not ours: the protocol's own library for Python, in the versions that are in use.
//!
//! `cargo xtask test` makes their environments. Where it could not, whoever asks for one is told, loudly.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::process::{Process, binary};
use crate::scratch::Scratch;

/// The newer and the older version of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sdk {
    /// 1.x
    One,
    /// 0.3.x
    ZeroThree,
}

impl Sdk {
    fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::ZeroThree => "03",
        }
    }

    /// Its Python, if there is one.
    fn python(self) -> Option<PathBuf> {
        let environment = binary("ligand")
            .ancestors()
            .nth(2)?
            .join(format!("a2a-{}", self.name()));
        environment
            .join(".ready")
            .is_file()
            .then(|| environment.join("bin/python"))
    }

    /// Whether its agents and callers can be run here. Says so where they can't: the test that asks is left out.
    #[must_use]
    pub fn is_here(self) -> bool {
        let is_here = self.python().is_some();
        if !is_here {
            // Past the capture of what tests print: nobody is to take this for a success.
            let words = format!(
                "\nSKIPPED: no Python environment for a2a-sdk {}: run `cargo xtask test`\n",
                self.name()
            );
            std::io::stderr().write_all(words.as_bytes()).unwrap();
        }
        is_here
    }

    fn command(self, script: &str) -> Command {
        let mut command = Command::new(self.python().unwrap());
        // Nothing is written beside the scripts.
        command.arg("-B").arg(self.script(script));
        command
    }

    fn script(self, script: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("a2a");
        folder.join(format!("{script}_{}.py", self.name()))
    }

    /// The program and arguments that start its agent, on the port that PORT names.
    #[must_use]
    pub fn agent_argv(self) -> Vec<String> {
        let (python, script) = (self.python().unwrap(), self.script("agent"));
        [
            python.display().to_string(),
            "-B".to_owned(),
            script.display().to_string(),
        ]
        .to_vec()
    }

    /// What its caller hears from the agent at `base` over this binding of the protocol, line by line.
    pub async fn transcript(self, scratch: &Scratch, base: &str, binding: &str) -> Vec<String> {
        self.heard(scratch, "client", &[base, binding]).await
    }

    /// What its caller hears of tasks from the agent at `base`, step by step.
    pub async fn tasks(self, scratch: &Scratch, base: &str) -> HashMap<String, Value> {
        let lines = self.heard(scratch, "tasks", &[base]).await;
        let step = |line: &String| serde_json::from_str::<(String, Value)>(line).unwrap();
        lines.iter().map(step).collect()
    }

    async fn heard(self, scratch: &Scratch, script: &str, arguments: &[&str]) -> Vec<String> {
        let mut command = self.command(script);
        command.args(arguments);
        let (status, said, errors) = Process::run(scratch, "sdk-client", command, &[], "").await;
        assert!(status.success(), "{script} {arguments:?}: {said}\n{errors}");
        said.lines().map(str::to_owned).collect()
    }
}

/// An agent that was made with the library.
#[derive(Debug)]
pub struct SdkAgent {
    _process: Process,
    url: String,
}

impl SdkAgent {
    /// Starts one on a free port.
    pub async fn start(scratch: &Scratch, sdk: Sdk) -> Self {
        let mut process = Process::start(scratch, "sdk-agent", sdk.command("agent"), &[]);
        let listening = |line: &str| line.strip_prefix("listening on ").map(str::to_owned);
        let url = process.line("where it listens", listening).await;
        Self {
            _process: process,
            url,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many requests it is working on.
    pub async fn open(&self) -> usize {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("{}/open", self.url)).send().await.unwrap();
        answer.text().await.unwrap().parse().unwrap()
    }
}
