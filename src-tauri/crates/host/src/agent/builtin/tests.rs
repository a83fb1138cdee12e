//! What must hold of every built-in that keeps tasks, in both versions of A2A.

use http_body_util::BodyExt as _;
use tokio::sync::{mpsc, oneshot};

use super::*;

/// What the test lets the work do with a message.
enum Do {
    Say(&'static str),
    End(Ending),
}

/// What is waited for comes at once, or a test has failed.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    let within = std::time::Duration::from_secs(20);
    tokio::time::timeout(within, what)
        .await
        .expect("it does not come")
}

/// One message that is worked on.
struct Turn {
    heard: Heard,
    hand: mpsc::UnboundedSender<Do>,
    /// Ends when the work was stopped.
    stopped: oneshot::Receiver<()>,
}

impl Turn {
    fn say(&self, text: &'static str) {
        self.hand.send(Do::Say(text)).ok().unwrap();
    }

    fn end(&self, ending: Ending) {
        self.hand.send(Do::End(ending)).ok().unwrap();
    }

    /// Waits until the work was stopped.
    async fn until_stopped(self) {
        soon(self.stopped).await.unwrap();
    }
}

/// Work that does what the test says.
struct ByHand(mpsc::UnboundedSender<Turn>);

impl Work for ByHand {
    fn answer(&self, heard: Heard, answer: Answer, stop: CancellationToken) -> BoxFuture<'static, Ending> {
        let (hand, mut told) = mpsc::unbounded_channel();
        let (is_stopped, stopped) = oneshot::channel();
        self.0.send(Turn { heard, hand, stopped }).ok().unwrap();
        Box::pin(async move {
            loop {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => {
                        let _ = is_stopped.send(());
                        return Ending::Cancelled;
                    }
                    Some(what) = told.recv() => match what {
                        Do::Say(text) => answer.say(text).unwrap(),
                        Do::End(ending) => return ending,
                    },
                }
            }
        })
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), AgentError>> {
        Box::pin(async { Ok(()) })
    }
}

struct Bench {
    agent: Arc<BuiltIn>,
    turns: tokio::sync::Mutex<mpsc::UnboundedReceiver<Turn>>,
}

impl Bench {
    fn new(at_work: usize) -> Self {
        let (tell, turns) = mpsc::unbounded_channel();
        let about = About {
            name: "By hand".to_owned(),
            title: "The agent",
            description: "Does what the test says.",
            skill: json!({}),
        };
        let agent = BuiltIn::working(about, Arc::new(ByHand(tell)), Bounds { at_work });
        Self {
            agent: Arc::new(agent),
            turns: turns.into(),
        }
    }

    /// The next message that is worked on.
    async fn turn(&self) -> Turn {
        soon(async { self.turns.lock().await.recv().await.unwrap() }).await
    }

    async fn call(&self, version: Spoken, method: &str, params: Value) -> Response<Body> {
        let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        let request = Request::post("/")
            .header("A2A-Version", version.header)
            .body(full(body.to_string()))
            .unwrap();
        self.agent.call(request).await
    }

    /// Waits until a task is as it should be.
    async fn becomes(&self, spoken: Spoken, id: &Value, is_so: impl Fn(&Value) -> bool) {
        soon(async {
            while !is_so(&self.told(spoken, spoken.get, json!({ "id": id })).await["result"]) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// A call with one answer.
    async fn told(&self, version: Spoken, method: &str, params: Value) -> Value {
        soon(async { whole(self.call(version, method, params).await).await }).await
    }

    /// The same beside the test.
    fn telling(
        &self,
        version: Spoken,
        method: &'static str,
        params: Value,
    ) -> tokio::task::JoinHandle<Value> {
        let bench = Self {
            agent: self.agent.clone(),
            turns: mpsc::unbounded_channel().1.into(),
        };
        tokio::spawn(async move { bench.told(version, method, params).await })
    }
}

async fn whole(response: Response<Body>) -> Value {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (&answer["jsonrpc"], &answer["id"]),
        (&json!("2.0"), &json!(7)),
        "{answer}"
    );
    answer
}

/// The next event of a stream; `None` at its end.
async fn event(stream: &mut Response<Body>) -> Option<Value> {
    let frame = soon(stream.body_mut().frame())
        .await?
        .unwrap()
        .into_data()
        .unwrap();
    let text = std::str::from_utf8(&frame).unwrap();
    let data = text
        .strip_prefix("data: ")
        .and_then(|text| text.strip_suffix("\n\n"));
    Some(serde_json::from_str::<Value>(data.unwrap()).unwrap()["result"].take())
}

/// The words of one version.
#[derive(Clone, Copy)]
struct Spoken {
    header: &'static str,
    send: &'static str,
    stream: &'static str,
    get: &'static str,
    cancel: &'static str,
    watch: &'static str,
    not_blocking: (&'static str, bool),
    states: [&'static str; 5],
    is_new: bool,
}

const OLD: Spoken = Spoken {
    header: "0.3",
    send: "message/send",
    stream: "message/stream",
    get: "tasks/get",
    cancel: "tasks/cancel",
    watch: "tasks/resubscribe",
    not_blocking: ("blocking", false),
    states: ["submitted", "working", "completed", "failed", "canceled"],
    is_new: false,
};

const NEW: Spoken = Spoken {
    header: "1.0",
    send: "SendMessage",
    stream: "SendStreamingMessage",
    get: "GetTask",
    cancel: "CancelTask",
    watch: "SubscribeToTask",
    not_blocking: ("returnImmediately", true),
    states: [
        "TASK_STATE_SUBMITTED",
        "TASK_STATE_WORKING",
        "TASK_STATE_COMPLETED",
        "TASK_STATE_FAILED",
        "TASK_STATE_CANCELED",
    ],
    is_new: true,
};

impl Spoken {
    fn message(self, text: &str) -> Value {
        let (role, part) = match self.is_new {
            true => ("ROLE_USER", json!({ "text": text })),
            false => ("user", json!({ "kind": "text", "text": text })),
        };
        json!({ "message": { "messageId": "m", "contextId": "c", "role": role, "parts": [part] } })
    }

    fn without_waiting(self, text: &str) -> Value {
        let mut params = self.message(text);
        params["configuration"] = json!({ self.not_blocking.0: self.not_blocking.1 });
        params
    }

    /// A result under its name, if this version has names.
    fn inner(self, name: &str, mut result: Value) -> Value {
        if self.is_new { result[name].take() } else { result }
    }
}

fn text_of(task: &Value) -> &Value {
    &task["artifacts"][0]["parts"][0]["text"]
}

#[tokio::test]
async fn a_message_is_a_task_that_is_answered_when_it_has_ended() {
    for spoken in [OLD, NEW] {
        let bench = Bench::new(1);
        let answer = bench.telling(spoken, spoken.send, spoken.message("hi"));
        let turn = bench.turn().await;
        assert_eq!(
            (turn.heard.text.as_str(), turn.heard.context.as_str()),
            ("hi", "c")
        );
        turn.say("one ");
        turn.say("two");
        turn.end(Ending::Done);
        let task = spoken.inner("task", answer.await.unwrap()["result"].take());
        assert_eq!(task["status"]["state"], spoken.states[2]);
        assert_eq!(
            (text_of(&task), &task["contextId"]),
            (&json!("one two"), &json!("c"))
        );
        assert_eq!(task.get("kind").is_some(), !spoken.is_new);
        let again = bench.told(spoken, spoken.get, json!({ "id": task["id"] })).await;
        assert_eq!(again["result"], task, "asked for later, it is the same");
    }
}

#[tokio::test]
async fn a_failure_is_told_in_words_with_what_was_said_before_it() {
    for spoken in [OLD, NEW] {
        let bench = Bench::new(1);
        let answer = bench.telling(spoken, spoken.send, spoken.message("hi"));
        let turn = bench.turn().await;
        turn.say("half");
        turn.end(Ending::Failed("no tea".to_owned()));
        let task = spoken.inner("task", answer.await.unwrap()["result"].take());
        assert_eq!(task["status"]["state"], spoken.states[3]);
        assert_eq!(task["status"]["message"]["parts"][0]["text"], "no tea");
        assert_eq!(text_of(&task), "half");
    }
}

#[tokio::test]
async fn a_stream_begins_with_the_task_and_ends_with_its_end() {
    for spoken in [OLD, NEW] {
        let bench = Bench::new(1);
        let mut stream = bench.call(spoken, spoken.stream, spoken.message("hi")).await;
        assert_eq!(stream.headers()[CONTENT_TYPE], "text/event-stream");
        let turn = bench.turn().await;
        let task = spoken.inner("task", event(&mut stream).await.unwrap());
        assert_eq!(task["status"]["state"], spoken.states[0]);
        let update = spoken.inner("statusUpdate", event(&mut stream).await.unwrap());
        assert_eq!(
            (&update["status"]["state"], &update["taskId"]),
            (&json!(spoken.states[1]), &task["id"])
        );
        for (said, appends) in [("ü", false), ("two", true)] {
            turn.say(said);
            let update = spoken.inner("artifactUpdate", event(&mut stream).await.unwrap());
            assert_eq!(update["artifact"]["parts"][0]["text"], said);
            assert_eq!(update["append"], appends);
        }
        turn.end(Ending::Done);
        let update = spoken.inner("statusUpdate", event(&mut stream).await.unwrap());
        assert_eq!(update["status"]["state"], spoken.states[2]);
        assert_eq!(update.get("final"), (!spoken.is_new).then_some(&json!(true)));
        assert_eq!(event(&mut stream).await, None);
    }
}

#[tokio::test]
async fn a_watcher_that_reads_late_hears_all_of_it_in_fewer_pieces() {
    let bench = Bench::new(1);
    let mut stream = bench.call(NEW, NEW.stream, NEW.message("hi")).await;
    let turn = bench.turn().await;
    for said in ["a", "b", "c"] {
        turn.say(said);
    }
    turn.end(Ending::Done);
    let task = event(&mut stream).await.unwrap()["task"].take();
    let is_over = |task: &Value| task["status"]["state"] == NEW.states[2];
    bench.becomes(NEW, &task["id"], is_over).await;
    let piece = event(&mut stream).await.unwrap()["artifactUpdate"].take();
    assert_eq!(
        (&piece["artifact"]["parts"][0]["text"], &piece["lastChunk"]),
        (&json!("abc"), &json!(true))
    );
    assert_eq!(
        event(&mut stream).await.unwrap()["statusUpdate"]["status"]["state"],
        NEW.states[2]
    );
    assert_eq!(event(&mut stream).await, None);
}

#[tokio::test]
async fn a_task_that_is_cancelled_ends_so_for_everybody_and_its_work_is_stopped() {
    for spoken in [OLD, NEW] {
        let bench = Bench::new(1);
        let mut stream = bench.call(spoken, spoken.stream, spoken.message("hi")).await;
        let turn = bench.turn().await;
        let id = json!({ "id": spoken.inner("task", event(&mut stream).await.unwrap())["id"] });
        event(&mut stream).await.unwrap();
        let cancelled = bench.told(spoken, spoken.cancel, id.clone()).await;
        assert_eq!(
            cancelled["result"]["status"]["state"], spoken.states[4],
            "{cancelled}"
        );
        turn.until_stopped().await;
        let update = spoken.inner("statusUpdate", event(&mut stream).await.unwrap());
        assert_eq!(update["status"]["state"], spoken.states[4]);
        assert_eq!(event(&mut stream).await, None);
        let again = bench.told(spoken, spoken.cancel, id.clone()).await;
        assert_eq!(again["error"]["code"], rpc::TASK_NOT_CANCELABLE);
        let watched = bench.told(spoken, spoken.watch, id).await;
        assert_eq!(watched["error"]["code"], rpc::UNSUPPORTED_OPERATION);
    }
}

#[tokio::test]
async fn who_does_not_wait_is_told_of_the_task_and_can_watch_it() {
    for spoken in [OLD, NEW] {
        let bench = Bench::new(1);
        let mut answer = bench
            .told(spoken, spoken.send, spoken.without_waiting("hi"))
            .await;
        let task = spoken.inner("task", answer["result"].take());
        assert!(task["status"]["state"] != spoken.states[2]);
        let turn = bench.turn().await;
        turn.say("so far");
        bench
            .becomes(spoken, &task["id"], |task| text_of(task) == "so far")
            .await;
        let watch = json!({ "id": task["id"] });
        let mut stream = bench.call(spoken, spoken.watch, watch).await;
        let first = spoken.inner("task", event(&mut stream).await.unwrap());
        assert_eq!(
            (text_of(&first), &first["status"]["state"]),
            (&json!("so far"), &json!(spoken.states[1]))
        );
        turn.say(", and on");
        let update = spoken.inner("artifactUpdate", event(&mut stream).await.unwrap());
        assert_eq!(
            (&update["artifact"]["parts"][0]["text"], &update["append"]),
            (&json!(", and on"), &json!(true))
        );
    }
}

#[tokio::test]
async fn a_caller_that_leaves_while_it_waits_ends_the_work_and_one_that_leaves_a_stream_does_not() {
    let bench = Bench::new(2);
    let waiting = bench.telling(NEW, NEW.send, NEW.message("hi"));
    let turn = bench.turn().await;
    waiting.abort();
    turn.until_stopped().await;

    let mut stream = bench.call(NEW, NEW.stream, NEW.message("hi")).await;
    let id = event(&mut stream).await.unwrap()["task"]["id"].take();
    let mut turn = bench.turn().await;
    drop(stream);
    turn.say("still here");
    turn.end(Ending::Done);
    let is_over = |task: &Value| task["status"]["state"] == NEW.states[2];
    bench.becomes(NEW, &id, is_over).await;
    assert!(turn.stopped.try_recv().is_err());
}

#[tokio::test]
async fn no_more_are_worked_on_than_may_be_and_too_many_are_refused() {
    let bench = Bench::new(1);
    let mut ids = Vec::new();
    for _ in 0..65 {
        let mut answer = bench.told(NEW, NEW.send, NEW.without_waiting("hi")).await;
        ids.push(answer["result"]["task"]["id"].take());
    }
    let refused = bench.told(NEW, NEW.send, NEW.without_waiting("hi")).await;
    assert_eq!(refused["error"]["code"], rpc::BUSY);
    let turn = bench.turn().await;
    assert!(
        bench.turns.lock().await.try_recv().is_err(),
        "a second one is worked on"
    );
    let waits = bench.told(NEW, NEW.cancel, json!({ "id": ids[3] })).await;
    assert_eq!(
        waits["result"]["status"]["state"], NEW.states[4],
        "one that waits can be cancelled"
    );
    turn.end(Ending::Done);
    bench.turn().await;
}

#[tokio::test]
async fn messages_that_wait_take_no_more_room_than_the_longest_one() {
    let bench = Bench::new(1);
    bench.told(NEW, NEW.send, NEW.without_waiting("at work")).await;
    bench.turn().await;
    let long = "x".repeat(33 << 20);
    let waits = bench.told(NEW, NEW.send, NEW.without_waiting(&long)).await;
    assert!(waits["result"]["task"].is_object(), "{}", waits["error"]);
    let refused = bench.told(NEW, NEW.send, NEW.without_waiting(&long)).await;
    assert_eq!(refused["error"]["code"], rpc::BUSY);
}

#[tokio::test]
async fn only_the_last_hundred_that_have_ended_are_remembered() {
    let bench = Bench::new(1);
    let mut ids = Vec::new();
    for _ in 0..103 {
        let answer = bench.telling(OLD, OLD.send, OLD.message("hi"));
        bench.turn().await.end(Ending::Done);
        ids.push(answer.await.unwrap()["result"]["id"].take());
    }
    let first = bench.told(OLD, OLD.get, json!({ "id": ids[0] })).await;
    assert_eq!(first["error"]["code"], rpc::TASK_NOT_FOUND);
    let last = bench.told(OLD, OLD.get, json!({ "id": ids[102] })).await;
    assert_eq!(last["result"]["status"]["state"], "completed");
}

#[tokio::test]
async fn all_work_is_stopped_when_the_agent_goes() {
    let bench = Bench::new(1);
    bench.told(OLD, OLD.send, OLD.without_waiting("hi")).await;
    let turn = bench.turn().await;
    drop(bench);
    turn.until_stopped().await;
}

#[tokio::test]
async fn work_that_breaks_off_is_a_failed_task_and_not_one_without_end() {
    struct Breaks;
    impl Work for Breaks {
        fn answer(&self, _: Heard, _: Answer, _: CancellationToken) -> BoxFuture<'static, Ending> {
            Box::pin(async { panic!("on purpose") })
        }

        fn ready(&self) -> BoxFuture<'_, Result<(), AgentError>> {
            Box::pin(async { Ok(()) })
        }
    }
    let about = About {
        name: String::new(),
        title: "The agent",
        description: "",
        skill: json!({}),
    };
    let agent = BuiltIn::working(about, Arc::new(Breaks), Bounds { at_work: 1 });
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": OLD.send, "params": OLD.message("hi") });
    let request = Request::post("/").body(full(body.to_string())).unwrap();
    let answer = whole(agent.call(request).await).await;
    assert_eq!(answer["result"]["status"]["state"], "failed");
}

#[tokio::test]
async fn what_cannot_be_done_is_said_in_the_protocols_own_numbers() {
    let bench = Bench::new(1);
    let file = json!({ "message": { "messageId": "m", "parts": [{ "kind": "file", "file": {} }] } });
    let for_a_task = json!({ "message": { "messageId": "m", "taskId": "t", "parts": [{ "text": "x" }] } });
    let mut long = OLD.message("x");
    long["message"]["contextId"] = json!("c".repeat(257));
    for (spoken, method, params, code) in [
        (OLD, OLD.get, json!({ "id": "t" }), rpc::TASK_NOT_FOUND),
        (NEW, NEW.cancel, json!({ "id": "t" }), rpc::TASK_NOT_FOUND),
        (NEW, NEW.watch, json!({ "id": "t" }), rpc::TASK_NOT_FOUND),
        (OLD, OLD.get, json!({}), rpc::INVALID_PARAMS),
        (OLD, OLD.send, json!({ "message": {} }), rpc::INVALID_PARAMS),
        (OLD, OLD.send, long, rpc::INVALID_PARAMS),
        (OLD, OLD.send, file, rpc::CONTENT_TYPE_NOT_SUPPORTED),
        (OLD, OLD.send, for_a_task, rpc::TASK_NOT_FOUND),
        (
            OLD,
            "tasks/pushNotificationConfig/set",
            json!({}),
            rpc::PUSH_NOT_SUPPORTED,
        ),
        (
            NEW,
            "CreateTaskPushNotificationConfig",
            json!({}),
            rpc::PUSH_NOT_SUPPORTED,
        ),
        (NEW, "ListTasks", json!({}), rpc::UNSUPPORTED_OPERATION),
        (OLD, NEW.get, json!({ "id": "t" }), rpc::METHOD_NOT_FOUND),
        (NEW, OLD.get, json!({ "id": "t" }), rpc::METHOD_NOT_FOUND),
    ] {
        let answer = bench.told(spoken, method, params.clone()).await;
        assert_eq!(answer["error"]["code"], code, "{method} {params} {answer}");
    }
}
