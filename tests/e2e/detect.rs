//! Agents that run on this machine already are found by what listens, and nothing else is.

use std::process::Command;

use ligand_e2e::{Era, Host, Process, Scratch, Stage, ligand, plain_agent, until};
use serde_json::Value;

/// A web server that gives `argv[1]` wherever it is asked; it says where it listens.
const SERVER: &str = r#"
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = sys.argv[1].encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
print("http://127.0.0.1:%d" % server.server_address[1], flush=True)
server.serve_forever()
"#;

/// A program that takes connections and never says a word.
const SILENT: &str = r#"
import socket, sys, time
server = socket.create_server(("127.0.0.1", 0))
print("http://127.0.0.1:%d" % server.getsockname()[1], flush=True)
time.sleep(600)
"#;

async fn python(scratch: &Scratch, script: &str, argument: &str) -> (Process, String) {
    let mut command = Command::new("python3");
    command.args(["-c", script, argument]);
    let mut process = Process::start(scratch, "python", command, &[]);
    let url = |line: &str| line.starts_with("http://").then(|| line.trim().to_owned());
    let url = process.line("where it listens", url).await;
    (process, url)
}

async fn detected(scratch: &Scratch) -> Vec<Value> {
    let said = ligand(scratch, &Host::file_vault(), &["agent", "detect", "--json"], "").await;
    assert!(said.status.success(), "{said:?}");
    serde_json::from_str(&said.stdout).unwrap()
}

#[tokio::test]
async fn an_agent_with_a_card_is_found_and_a_web_server_a_silent_program_and_ligand_itself_are_not() {
    let stage = Stage::set(Era::L).await;
    let scratch = &stage.scratch;
    let card = r#"{"name": "Helper", "url": "http://localhost/", "protocolVersion": "0.3.0",
        "supportedInterfaces": [{"url": "http://localhost/", "protocolVersion": "1.0"}]}"#;
    let (agent, agent_url) = python(scratch, SERVER, card).await;
    let (_plain, plain_url) = python(scratch, SERVER, r#"{"name": "not an agent"}"#).await;
    // One of Ligand's own programs, as far as the system knows, that even has a card.
    let named = format!("import ctypes\nctypes.CDLL(None).prctl(15, b'ligand', 0, 0, 0)\n{SERVER}");
    let (_own, own_url) = python(scratch, &named, card).await;
    let (_silent, silent_url) = python(scratch, SILENT, "").await;

    // No host runs, and nothing is configured.
    let found = detected(scratch).await;
    let of = |found: &[Value], url: &str| found.iter().find(|agent| agent["url"] == url).cloned();
    let ours = of(&found, &agent_url).unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(ours["name"], "Helper");
    assert_eq!(ours["versions"], serde_json::json!(["1.0", "0.3.0"]));
    assert_eq!(ours["pid"], agent.pid());
    assert!(ours["process"].as_str().unwrap().starts_with("python"), "{ours}");
    assert_eq!(ours["profiles"], serde_json::json!([]));
    for url in [&plain_url, &silent_url, &own_url] {
        assert!(of(&found, url).is_none(), "{url}: {found:?}");
    }

    // Once it is attached, the profile is named, also while its host runs.
    let mut profile = stage.profile();
    profile.agent = Some(agent_url.clone());
    let host = Host::connected(scratch, &profile, &stage.workspace).await;
    host.online().await;
    let ours = of(&detected(scratch).await, &agent_url).unwrap();
    assert_eq!(ours["profiles"], serde_json::json!(["home"]));
    let said = host.ligand(&["agent", "detect"]).await.stdout;
    let line = said.lines().find(|line| line.contains(&agent_url)).unwrap();
    assert!(
        line.contains("Helper") && line.contains("used by profile home"),
        "{line}"
    );

    drop(agent);
    drop(host);

    // One that the host has started is that profile's, and nobody is told to attach it.
    let host = stage.started(plain_agent("good", "")).await;
    host.online().await;
    let found = detected(scratch).await;
    let started = found.iter().find(|agent| agent["name"] == "Plain").unwrap();
    assert_eq!(started["profiles"], serde_json::json!(["home"]), "{found:?}");
    drop(host);
    until(
        "it is not found any more",
        std::time::Duration::from_secs(10),
        async || of(&detected(scratch).await, &agent_url).is_none().then_some(()),
    )
    .await;
}
