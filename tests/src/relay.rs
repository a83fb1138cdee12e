//! A relay in a process of its own that can be killed and started again at the same address.

use std::process::Command;

use reqwest::Client;
use rustix::process::Signal;

use crate::org::url_in;
use crate::process::{Process, binary};
use crate::scratch::Scratch;

/// The arguments of a relay whose [`Relay::metric`] is asked for.
pub const WITH_METRICS: [&str; 2] = ["--metrics-listen", "127.0.0.1:0"];

/// A relay.
#[derive(Debug)]
pub struct Relay {
    /// The process.
    pub process: Process,
    url: String,
    platform: String,
    public: Option<String>,
    arguments: Vec<String>,
}

impl Relay {
    /// Starts one on a free port for the org at `platform`.
    pub async fn start(scratch: &Scratch, platform: &str) -> Self {
        Self::start_as(scratch, platform, None, &[]).await
    }

    /// Starts one with more arguments.
    pub async fn start_with(scratch: &Scratch, platform: &str, arguments: &[&str]) -> Self {
        Self::start_as(scratch, platform, None, arguments).await
    }

    /// Starts one that the world reaches at `public`.
    pub async fn start_behind(scratch: &Scratch, platform: &str, public: &str) -> Self {
        Self::start_as(scratch, platform, Some(public.to_owned()), &[]).await
    }

    async fn start_as(scratch: &Scratch, platform: &str, public: Option<String>, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let (process, url) = spawn(scratch, platform, "127.0.0.1:0", public.as_deref(), &arguments).await;
        Self {
            process,
            url,
            platform: platform.to_owned(),
            public,
            arguments,
        }
    }

    /// Has it started with these arguments besides the usual ones from the next start on.
    pub fn set_arguments(&mut self, arguments: &[&str]) {
        self.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
    }

    /// Where it listens: its public URL too, unless it stands behind another.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A number that it tells its operator, by the name without the prefix that all have.
    ///
    /// # Panics
    /// When it was started without [`WITH_METRICS`], or has no such number.
    pub async fn metric(&self, name: &str) -> u64 {
        let said = self.process.stderr();
        let address = said.lines().find_map(|line| {
            line.contains(" metrics ")
                .then(|| line.split_once("address="))
                .flatten()
        });
        let url = format!("http://{}/metrics", address.unwrap().1);
        let client = Client::builder().no_proxy().build().unwrap();
        let page = client.get(url).send().await.unwrap().text().await.unwrap();
        let mut lines = page.lines();
        let number = lines.find_map(|line| {
            line.strip_prefix("ligand_relay_")?
                .strip_prefix(name)?
                .strip_prefix(' ')
        });
        number.unwrap().parse().unwrap()
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Ends it as its operator would.
    pub fn stop(&self) {
        self.process.signal(Signal::TERM);
    }

    /// Starts it again at the same address with the same secret.
    pub async fn again(&mut self, scratch: &Scratch) {
        let (_, address) = self.url.split_once("://").unwrap();
        let address = address.to_owned();
        let public = self.public.as_deref();
        (self.process, self.url) = spawn(scratch, &self.platform, &address, public, &self.arguments).await;
    }
}

async fn spawn(
    scratch: &Scratch,
    platform: &str,
    listen: &str,
    public: Option<&str>,
    arguments: &[String],
) -> (Process, String) {
    let mut command = Command::new(binary("ligand-relay"));
    command.args(["serve", "--listen", listen, "--platform", platform]);
    command.arg("--secret-file").arg(scratch.path("relay.secret"));
    if let Some(public) = public {
        command.args(["--public-url", public]);
    }
    command.args(arguments);
    let mut process = Process::start(scratch, "relay", command, &[]);
    let url = process.line("where it listens", url_in).await;
    (process, url)
}
