//! `ligand agent detect`: the agents that run on this machine already, for a profile to attach.

use ligand_host::{
    config::Config,
    control::Client,
    detect::{self, FoundAgent},
    places::Places,
};

use crate::{failure::Failure, out, words::plain};

/// What to do where there is no agent.
const NONE: &str = "No A2A agent answers on this machine. Start yours, and run this again: it must listen on 127.0.0.1 \
                    and serve its card at /.well-known/agent-card.json. Without one, the built-in echo answers.\n";

/// What to do with one.
const NEXT: &str = "Attach one with `--agent URL` of `ligand connect` or `ligand create`.\n";

/// Runs the command.
pub(crate) async fn detect(places: &Places, json: bool) -> Result<(), Failure> {
    let config = Config::load(places).map_err(Failure::failed)?;
    // Without a host nothing is started by one.
    let status = Client::new(places).status().await.ok();
    let started = status.map_or_else(Vec::new, |status| status.started_agents());
    let found = detect::agents(&config, &started).await.map_err(Failure::failed)?;
    let text = match json {
        true => serde_json::to_string_pretty(&found).map_err(Failure::failed)? + "\n",
        false => text(&found),
    };
    out::print(&text)
}

fn text(found: &[FoundAgent]) -> String {
    if found.is_empty() {
        return NONE.to_owned();
    }
    let name_width = width(found.iter().map(|agent| plain(&agent.name)));
    let url_width = width(found.iter().map(|agent| agent.url.clone()));
    let mut text = String::new();
    for agent in found {
        let name = plain(&agent.name);
        let rest = rest(agent);
        text += &format!("{name:name_width$}  {:url_width$}  {rest}\n", agent.url);
    }
    text + NEXT
}

/// Everything after name and address.
fn rest(agent: &FoundAgent) -> String {
    let versions = match agent.versions.as_slice() {
        [] => "A2A, version not said".to_owned(),
        versions => format!("A2A {}", plain(&versions.join(", "))),
    };
    let mut parts = vec![versions, format!("{} (pid {})", plain(&agent.process), agent.pid)];
    if !agent.profiles.is_empty() {
        parts.push(format!("used by profile {}", agent.profiles.join(", ")));
    }
    parts.join(" · ")
}

fn width(words: impl Iterator<Item = String>) -> usize {
    words.map(|word| word.chars().count()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(name: &str, port: u16) -> FoundAgent {
        FoundAgent {
            name: name.to_owned(),
            url: format!("http://127.0.0.1:{port}"),
            versions: vec!["1.0".to_owned(), "0.3".to_owned()],
            process: "python3".to_owned(),
            pid: 7,
            profiles: Vec::new(),
        }
    }

    #[test]
    fn each_agent_is_a_line_and_a_strangers_name_cannot_steer_the_terminal() {
        let mut used = agent("Long\u{1b}[2J name", 9000);
        used.profiles = vec!["work".to_owned()];
        used.versions.clear();
        let said = text(&[agent("A", 80), used]);
        assert_eq!(
            said,
            format!(
                "A              http://127.0.0.1:80    A2A 1.0, 0.3 · python3 (pid 7)\n\
                 Long\u{fffd}[2J name  http://127.0.0.1:9000  A2A, version not said · python3 (pid 7) · used by profile \
                 work\n{NEXT}"
            )
        );
    }

    #[test]
    fn where_there_is_none_it_is_said_what_to_do() {
        assert!(text(&[]).contains("agent-card.json"));
    }
}
