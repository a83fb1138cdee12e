//! Whatever comes, crashes and answers in whatever order: decision by decision the same rules.
//!
//! A crash is a copy of the journal as it is on the disk at that moment, and a new host on the copy. What the old host
//! still does nobody sees.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use proptest::prelude::*;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use super::*;

/// What happens.
#[derive(Debug, Clone)]
enum Step {
    /// A message with one of three ids and one of two contents comes.
    Arrive(u8, u8),
    /// The agent answers the oldest that it has.
    Answer,
    /// It breaks the connection of the oldest instead.
    Break,
    /// The host dies and another one begins.
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0u8..3, 0u8..2).prop_map(|(id, content)| Step::Arrive(id, content)),
        3 => Just(Step::Answer),
        1 => Just(Step::Break),
        1 => Just(Step::Crash),
    ]
}

type What = (u8, u8);

/// A message that the agent has: what it is, and how to let it go; `true` answers it.
type Had = (What, oneshot::Sender<bool>);

/// An agent that answers when it is told to, and remembers what it was given.
#[derive(Clone, Default)]
struct Mind {
    has: Arc<Mutex<Vec<Had>>>,
    seen: Arc<Mutex<HashMap<What, usize>>>,
}

impl Mind {
    async fn agent(&self) -> TestAgent {
        let mind = self.clone();
        TestAgent::start(move |request| {
            let mind = mind.clone();
            async move {
                let body = text_or_empty(request).await;
                if body == "{}" {
                    return Response::new(full("{}"));
                }
                let call: Value = serde_json::from_str(&body).unwrap();
                let part = |text: &Value| text.as_str().unwrap().parse::<u8>().unwrap();
                let message = &call["params"]["message"];
                let what = (part(&message["messageId"]), part(&message["parts"][0]["text"]));
                let (go, told) = oneshot::channel();
                let number = {
                    let mut seen = mind.seen.lock().unwrap();
                    *seen.entry(what).or_default() += 1;
                    seen.values().sum::<usize>()
                };
                mind.has.lock().unwrap().push((what, go));
                match told.await {
                    Ok(true) => {
                        let text = format!("answer {number}");
                        let answer = json!({"jsonrpc": "2.0", "id": call["id"],
                            "result": {"parts": [{"kind": "text", "text": text}]}});
                        Response::new(full(answer.to_string()))
                    }
                    // A body that breaks off is as good as a connection that does.
                    _ => {
                        let (send, body) = crate::agent::test_agent::piecewise();
                        drop(send);
                        let mut response = Response::new(body);
                        response.headers_mut().insert("content-length", 100.into());
                        response
                    }
                }
            }
        })
        .await
    }
}

/// One life of a host, and the calls that wait in it.
struct Life {
    bench: Bench,
    journal: Journal,
    path: PathBuf,
    calls: Vec<(What, JoinHandle<Value>)>,
}

impl Life {
    fn begin(agent: &TestAgent, workspace: Uuid, path: PathBuf) -> Self {
        let journal = Journal::open(&path);
        let bench = Bench::journalled(attached(agent), workspace, journal.clone(), |limits| {
            // One for each message that there is.
            limits.permits = 6;
        });
        Self {
            bench,
            journal,
            path,
            calls: Vec::new(),
        }
    }
}

/// The file and its log, as a process that is killed leaves them.
fn copy(from: &Path, to: &Path) {
    for end in ["", "-wal"] {
        let with = |path: &Path| format!("{}{end}", path.display());
        if Path::new(&with(from)).exists() {
            fs::copy(with(from), with(to)).unwrap();
        }
    }
}

/// What was told of a message so far.
#[derive(Debug, Clone, PartialEq)]
enum Told {
    Answer(String),
    Unknown,
}

fn told(answer: &Value) -> Option<Told> {
    if let Some(text) = answer["result"]["parts"][0]["text"].as_str() {
        return Some(Told::Answer(text.to_owned()));
    }
    (answer["error"]["data"]["reason"] == "outcome_unknown").then_some(Told::Unknown)
}

async fn play(script: Vec<Step>) -> Result<(), TestCaseError> {
    let root = TempDir::new().unwrap();
    let mind = Mind::default();
    let agent = mind.agent().await;
    let workspace = Uuid::new_v4();
    let mut lives = 0;
    let mut life = Life::begin(&agent, workspace, root.path().join("0.db"));
    let mut known: BTreeMap<What, Told> = BTreeMap::new();
    let mut number = 0;
    for step in script.into_iter().chain([Step::Crash]) {
        match step {
            Step::Arrive(id, content) => {
                number += 1;
                let bench = life.bench.clone();
                let body = message(&json!(number), &id.to_string(), &content.to_string());
                let call = tokio::spawn(async move { bench.told(body).await });
                life.calls.push(((id, content), call));
                settle(&life, &mind).await;
            }
            Step::Answer | Step::Break => {
                let oldest = {
                    let mut has = mind.has.lock().unwrap();
                    has.retain(|(_, go)| !go.is_closed());
                    (!has.is_empty()).then(|| has.remove(0))
                };
                if let Some((_, go)) = oldest {
                    let _ = go.send(matches!(step, Step::Answer));
                    settle(&life, &mind).await;
                }
            }
            Step::Crash => {
                lives += 1;
                let path = root.path().join(format!("{lives}.db"));
                life.journal.while_at_rest(|| copy(&life.path, &path));
                // What waited for its turn in the old host dies with it.
                life.bench.deliveries.accept(false);
                let next = Life::begin(&agent, workspace, path);
                for (_, call) in std::mem::replace(&mut life, next).calls {
                    call.abort();
                }
                mind.has.lock().unwrap().clear();
            }
        }
        let (over, open): (Vec<_>, Vec<_>) = std::mem::take(&mut life.calls)
            .into_iter()
            .partition(|(_, call)| call.is_finished());
        life.calls = open;
        for (what, call) in over {
            let answer = call.await.unwrap();
            let Some(now) = told(&answer) else {
                return Err(TestCaseError::fail(format!("{what:?} was told {answer}")));
            };
            // Once something was told of a message, the same is told of it for ever.
            let before = known.entry(what).or_insert_with(|| now.clone());
            prop_assert_eq!(&*before, &now, "of {:?}", what);
        }
        for (what, times) in mind.seen.lock().unwrap().iter() {
            prop_assert!(*times <= 1, "the agent has seen {:?} {} times", what, times);
        }
    }
    // In the last life everything that the agent has ever seen is answered from the journal alone.
    let seen: Vec<What> = mind.seen.lock().unwrap().keys().copied().collect();
    for what @ (id, content) in seen {
        let body = message(&json!("last"), &id.to_string(), &content.to_string());
        let answer = tokio::time::timeout(Duration::from_secs(10), life.bench.told(body)).await;
        let answer = answer.map_err(|_| TestCaseError::fail("it went to the agent again"))?;
        let now = told(&answer);
        prop_assert!(now.is_some(), "{}", answer);
        if let Some(before) = known.get(&what) {
            prop_assert_eq!(Some(before), now.as_ref(), "of {:?}", what);
        }
    }
    drop(life.journal);
    Ok(())
}

/// Waits until nothing moves any more: each call is over, or the agent has its message, or it follows one that the
/// agent has.
async fn settle(life: &Life, mind: &Mind) {
    let is_settled = || {
        let has = mind.has.lock().unwrap();
        let has: Vec<What> = has
            .iter()
            .filter(|(_, go)| !go.is_closed())
            .map(|(what, _)| *what)
            .collect();
        let mut calls = life.calls.iter();
        calls.all(|(what, call)| call.is_finished() || has.contains(what))
    };
    let settled = async {
        while !is_settled() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    // A call that follows one which died with its host is never over by itself.
    let _ = tokio::time::timeout(Duration::from_secs(5), settled).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_goes_to_the_agent_twice_and_what_was_told_once_is_told_for_ever(
        script in prop::collection::vec(step(), 1..24)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(script))?;
    }
}
