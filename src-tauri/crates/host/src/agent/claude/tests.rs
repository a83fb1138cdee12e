//! What the claude agent answers, with a script in Claude Code's place that prints what its documentation says that it
//! prints. Not run against the real one.

use std::{fs, os::unix::fs::PermissionsExt as _};

use hyper::Request;
use serde_json::{Value, json};

use super::*;
use crate::agent::{Agent, Kind, body::whole, full};

/// Prints a whole conversation; its first word about itself is its version.
const FAKE: &str = r#"
if [ "$1" = --version ]; then echo '2.1.285 (Claude Code)'; exit; fi
if [ "$1" = auth ]; then
    if [ -e "$HERE/logged-out" ]; then echo '{"loggedIn": false, "authMethod": "none"}'; exit 1; fi
    echo '{"loggedIn": true, "authMethod": "claude.ai"}'; exit
fi
printf '%s\n' "$@" >> "$HERE/arguments"; echo . >> "$HERE/arguments"
cat > "$HERE/text"
id=11111111-1111-4111-8111-111111111111
if [ -e "$HERE/logged-out" ]; then
    echo '{"type":"system","subtype":"init","session_id":"'$id'"}'
    echo '{"type":"assistant","message":{"model":"<synthetic>","role":"assistant","content":[{"type":"text","text":"Not logged in · Please run /login"}]},"parent_tool_use_id":null,"session_id":"'$id'","error":"authentication_failed"}'
    echo '{"type":"result","subtype":"success","is_error":true,"result":"Not logged in · Please run /login","session_id":"'$id'"}'
    exit 1
fi
if [ -e "$HERE/lost" ]; then
    echo '{"type":"result","subtype":"error_during_execution","is_error":true,"num_turns":0,"session_id":"'$id'","errors":["No conversation found with session ID"]}'
    echo 'No conversation found with session ID' >&2
    exit 1
fi
echo '{"type":"system","subtype":"init","session_id":"'$id'","tools":["Read"],"permissionMode":"default"}'
echo '{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"I look. "}},"session_id":"'$id'","parent_tool_use_id":null}'
echo '{"type":"assistant","message":{"role":"assistant","content":[{"type":"text","text":"I look. "},{"type":"tool_use","id":"t","name":"Read","input":{}}]},"parent_tool_use_id":null,"session_id":"'$id'"}'
echo '{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"secret"}]}}'
echo '{"type":"assistant","message":{"role":"assistant","content":[{"type":"text","text":"Done."}]},"parent_tool_use_id":null,"session_id":"'$id'"}'
echo '{"type":"result","subtype":"success","is_error":false,"result":"Done.","session_id":"'$id'","num_turns":2}'
"#;

struct Bench {
    folder: tempfile::TempDir,
    agent: Agent,
}

impl Bench {
    fn new(tools: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().display().to_string();
        let program = folder.path().join("claude");
        fs::write(&program, format!("#!/bin/sh\nHERE='{here}'\n{FAKE}")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        let config = ClaudeConfig {
            model: Some("sonnet".to_owned()),
            ..ClaudeConfig::new(here.clone(), tools.iter().map(|&tool| tool.to_owned()).collect())
        };
        let log = Output::open(&folder.path().join("logs"), "agent");
        let agent = new_on(Some(here.into()), &config, Bounds { at_work: 2 }, log);
        Self {
            folder,
            agent: Agent(Arc::new(Kind::BuiltIn(agent))),
        }
    }

    fn is(&self, what: &str) {
        fs::write(self.folder.path().join(what), "").unwrap();
    }

    fn is_no_more(&self, what: &str) {
        fs::remove_file(self.folder.path().join(what)).unwrap();
    }

    /// The arguments of each run so far.
    fn arguments(&self) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.folder.path().join("arguments")).unwrap();
        let runs = text.trim_end().trim_end_matches('.').split("\n.\n");
        runs.map(|run| run.lines().map(str::to_owned).collect()).collect()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.folder.path().join("text")).unwrap()
    }

    async fn task(&self, context: &str, text: &str) -> Value {
        let part = json!({ "kind": "text", "text": text });
        let message = json!({ "messageId": "m", "contextId": context, "role": "user", "parts": [part] });
        let call =
            json!({ "jsonrpc": "2.0", "id": 1, "method": "message/send", "params": { "message": message } });
        let request = Request::post("/").body(full(call.to_string())).unwrap();
        let body = self.agent.call(request).await.unwrap().into_body();
        let Ok(body) = whole(body, 1 << 20).await else {
            panic!("no answer")
        };
        serde_json::from_slice::<Value>(&body).unwrap()["result"].take()
    }
}

fn failed(task: &Value) -> &str {
    assert_eq!(task["status"]["state"], "failed", "{task}");
    task["status"]["message"]["parts"][0]["text"].as_str().unwrap()
}

#[tokio::test]
async fn what_claude_says_is_the_answer_and_what_its_tools_read_is_not() {
    let bench = Bench::new(&["Read", "Bash(git log:*)"]);
    let task = bench.task("c", "hello").await;
    assert_eq!(task["status"]["state"], "completed", "{task}");
    assert_eq!(task["artifacts"][0]["parts"][0]["text"], "I look. \n\nDone.");
    assert!(!task.to_string().contains("secret"));
}

#[tokio::test]
async fn its_permission_rules_are_kept_and_a_message_is_on_standard_input_alone() {
    let bench = Bench::new(&["Read", "Bash(git log:*)"]);
    let hostile = "--dangerously-skip-permissions $(id) '\"\n--permission-mode=bypassPermissions\0";
    bench.task("--resume", hostile).await;
    assert_eq!(
        bench.arguments(),
        [[
            "-p",
            "--output-format=stream-json",
            "--verbose",
            "--include-partial-messages",
            "--permission-mode=default",
            "--model=sonnet",
            "--allowedTools",
            "Read",
            "Bash(git log:*)",
        ]]
    );
    assert_eq!(bench.text(), hostile);
}

#[tokio::test]
async fn a_message_that_looks_like_a_command_of_claude_codes_is_none() {
    let bench = Bench::new(&[]);
    for command in ["/login", "  /compact", "\n/init"] {
        bench.task("c", command).await;
        let text = bench.text();
        assert!(
            !text.trim_start().starts_with('/') && text.ends_with(command),
            "{text}"
        );
    }
}

#[tokio::test]
async fn messages_of_one_context_are_one_session_and_others_are_not() {
    let bench = Bench::new(&[]);
    for context in ["a", "b", "a"] {
        bench.task(context, "hello").await;
    }
    let resumed = |run: &Vec<String>| {
        run.iter()
            .any(|word| word == "--resume=11111111-1111-4111-8111-111111111111")
    };
    let resumed: Vec<bool> = bench.arguments().iter().map(resumed).collect();
    assert_eq!(resumed, [false, false, true]);
}

#[tokio::test]
async fn a_session_that_is_lost_is_told_and_the_next_message_begins_a_new_one() {
    let bench = Bench::new(&[]);
    bench.task("c", "hello").await;
    bench.is("lost");
    let task = bench.task("c", "hello").await;
    assert!(failed(&task).contains("No conversation found"), "{task}");
    bench.is_no_more("lost");
    let task = bench.task("c", "hello").await;
    assert_eq!(task["status"]["state"], "completed");
    let last = bench.arguments().pop().unwrap();
    assert!(!last.iter().any(|word| word.starts_with("--resume")), "{last:?}");
}

#[tokio::test]
async fn a_laptop_where_nobody_is_logged_in_is_told_to_its_owner_with_what_to_do() {
    let bench = Bench::new(&[]);
    bench.is("logged-out");
    let error = bench.agent.ready().await.unwrap_err().to_string();
    assert!(
        error.contains("not logged in") && error.contains("/login"),
        "{error}"
    );

    let bench = Bench::new(&[]);
    bench.agent.ready().await.unwrap();
    bench.is("logged-out");
    let task = bench.task("c", "hello").await;
    assert!(failed(&task).contains("not logged in"), "{task}");
    assert!(
        task["artifacts"].is_null(),
        "the program's own words are not Claude's: {task}"
    );
    assert!(
        bench.agent.ready().await.is_err(),
        "a message that met nobody casts doubt"
    );
}

#[tokio::test]
async fn a_laptop_without_claude_code_is_told_with_what_to_do() {
    let bench = Bench::new(&[]);
    bench.is_no_more("claude");
    let error = bench.agent.ready().await.unwrap_err().to_string();
    assert!(
        error.contains("no `claude` on PATH") && error.contains("Install"),
        "{error}"
    );
    let task = bench.task("c", "hello").await;
    assert!(failed(&task).contains("not installed"), "{task}");
}
