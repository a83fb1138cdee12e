use serde_json::{Value, json};

use super::normalised;

fn of(answer: &Value) -> Value {
    read(answer.to_string().as_bytes(), None)
}

fn read(body: &[u8], kind: Option<&str>) -> Value {
    let answer: Value = serde_json::from_slice(&normalised(body, kind, r#""call""#)).unwrap();
    assert_eq!(
        (&answer["jsonrpc"], &answer["id"]),
        (&json!("2.0"), &json!("call"))
    );
    answer
}

/// The texts, after a look at what every message has.
fn texts(answer: &Value) -> Vec<&str> {
    let result = &answer["result"];
    assert_eq!(
        (&result["kind"], &result["role"]),
        (&json!("message"), &json!("agent")),
        "{answer}"
    );
    assert!(!result["messageId"].as_str().unwrap().is_empty());
    let parts = result["parts"].as_array().unwrap();
    let texts = parts.iter().filter(|part| part["kind"] == "text");
    texts.map(|part| part["text"].as_str().unwrap()).collect()
}

#[test]
fn half_an_answer_of_a_task_that_failed_is_told_with_the_reason() {
    let half = json!([{"kind": "text", "text": "half"}]);
    let why = json!({"parts": [{"kind": "text", "text": "no tea"}]});
    let failed = json!({"state": "failed", "message": why});
    let task = json!({"id": "t", "status": failed, "artifacts": [{"parts": half}]});
    assert_eq!(texts(&of(&json!({ "result": task }))), ["half", "no tea"]);
    let new = json!({"id": "t", "status": {"state": "TASK_STATE_FAILED", "message": why}, "artifacts": [{"parts": half}]});
    assert_eq!(texts(&of(&json!({"result": {"task": new}}))), ["half", "no tea"]);
    let events = [
        json!({"result": {"kind": "artifact-update", "artifact": {"artifactId": "a", "parts": half}}}),
        json!({"result": {"kind": "status-update", "status": failed, "final": true}}),
    ];
    let stream: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    assert_eq!(
        texts(&read(stream.as_bytes(), Some("text/event-stream"))),
        ["half", "no tea"]
    );
}

#[test]
fn the_text_of_every_kind_of_answer_is_where_every_reader_looks() {
    let part = json!({"kind": "text", "text": "done"});
    for answer in [
        json!({"jsonrpc": "2.0", "id": 1, "result": "done"}),
        json!({"jsonrpc": "2.0", "id": 1, "result": {"kind": "message", "role": "agent", "parts": [part]}}),
        json!({"result": {"parts": [{"type": "text", "text": "done"}]}}),
        json!({"result": {"parts": [{"root": {"kind": "text", "text": "done"}}]}}),
        json!({"kind": "message", "parts": [part]}),
        json!({"status": "ok", "result": "done"}),
        json!({"result": {"kind": "task", "id": "t", "status": {"state": "completed"},
            "artifacts": [{"parts": [part]}]}}),
        json!({"result": {"id": "t", "status": {"state": "completed", "message": {"parts": [part]}}}}),
        json!({"result": {"id": "t", "status": {"state": "completed"}, "artifacts": [],
            "history": [{"role": "user", "parts": [{"text": "do"}]}, {"role": "agent", "parts": [part]}]}}),
        json!({"result": {"message": {"role": "ROLE_AGENT", "parts": [{"text": "done"}]}}}),
        json!({"result": {"task": {"id": "t", "status": {"state": "TASK_STATE_COMPLETED"},
            "artifacts": [{"artifactId": "a", "parts": [{"text": "done"}]}]}}}),
        json!("done"),
    ] {
        assert_eq!(texts(&of(&answer)), ["done"], "{answer}");
    }
    assert_eq!(texts(&read(b"done\n", Some("text/plain"))), ["done"]);
    assert_eq!(texts(&of(&json!({"answer": 42}))), [r#"{"answer":42}"#]);
    let bare = json!({"result": {"kind": "task", "status": {"state": "working"}}});
    assert_eq!(texts(&of(&bare)), ["The task is working."]);
}

#[test]
fn an_error_of_the_agents_stays_as_it_is() {
    let error = json!({"code": -32001, "message": "no such task", "data": [1]});
    let answer = of(&json!({"jsonrpc": "2.0", "id": 9, "error": error}));
    assert_eq!(answer["error"], error);
    assert!(answer.get("result").is_none());
}

#[test]
fn ids_files_data_usage_and_the_trace_of_tools_are_kept() {
    let answer = of(
        &json!({"result": {"messageId": "m", "contextId": "c", "taskId": "t",
        "parts": [{"kind": "file", "file": {"uri": "u"}}, {"data": {"a": 1}}, {"url": "https://x", "filename": "f"}],
        "metadata": {"tool_trace": [1], "usage": {"input_tokens": 1}, "own": true}}}),
    );
    let result = &answer["result"];
    assert_eq!(
        (&result["messageId"], &result["contextId"], &result["taskId"]),
        (&json!("m"), &json!("c"), &json!("t"))
    );
    let kinds: Vec<&str> = result["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["file", "data", "file"]);
    assert_eq!(result["usage"], json!({"input_tokens": 1}));
    assert_eq!(result["metadata"], json!({"tool_trace": [1], "own": true}));
    let outer = of(&json!({"result": "x", "usage": {"output_tokens": 2}, "tool_trace": [2]}));
    assert_eq!(outer["result"]["usage"], json!({"output_tokens": 2}));
    assert_eq!(outer["result"]["metadata"]["tool_trace"], json!([2]));
    let task = of(
        &json!({"result": {"id": "t", "contextId": "c", "status": {"state": "failed"},
        "metadata": "odd"}}),
    );
    assert_eq!(
        (
            &task["result"]["taskId"],
            &task["result"]["metadata"]["task_state"]
        ),
        (&json!("t"), &json!("failed"))
    );
}

#[test]
fn a_stream_comes_to_what_it_brought() {
    let events = |results: &[Value]| {
        let event = |result: &Value| {
            format!(
                "data: {}\r\n\r\n",
                json!({"jsonrpc": "2.0", "id": 1, "result": result})
            )
        };
        results.iter().map(event).collect::<String>()
    };
    let task = json!({"kind": "task", "id": "t", "status": {"state": "submitted"}});
    let working = json!({"kind": "status-update", "status": {"state": "working",
        "message": {"parts": [{"kind": "text", "text": "thinking"}]}}});
    let piece = |text: &str, append: bool| {
        json!({"kind": "artifact-update", "append": append,
            "artifact": {"artifactId": "a", "parts": [{"kind": "text", "text": text}]}})
    };
    let done = json!({"kind": "status-update", "final": true, "status": {"state": "completed"}});
    for (results, wanted) in [
        (
            vec![
                task.clone(),
                working.clone(),
                piece("for", false),
                piece("ty-two", true),
                done.clone(),
            ],
            "forty-two",
        ),
        (vec![task.clone(), working.clone(), done.clone()], "thinking"),
        (vec![task.clone(), done.clone()], "The task is completed."),
        (
            vec![
                json!({"kind": "task", "id": "t", "status": {"state": "working",
                    "message": {"parts": [{"text": "on it"}]}}}),
                piece("found", false),
                done.clone(),
            ],
            "found",
        ),
        (
            vec![
                working.clone(),
                json!({"kind": "task", "status": {"state": "completed"}, "history": [
                    {"role": "user", "parts": [{"text": "do"}]},
                    {"role": "agent", "parts": [{"text": "at last"}]}]}),
            ],
            "at last",
        ),
        (vec![working.clone(), done], "thinking"),
        (
            vec![
                working,
                json!({"kind": "message", "parts": [{"kind": "text", "text": "whole"}]}),
            ],
            "whole",
        ),
        (
            vec![
                json!({"statusUpdate": {"status": {"state": "TASK_STATE_WORKING"}}}),
                json!({"artifactUpdate": {"artifact": {"artifactId": "b", "parts": [{"text": "one"}]}}}),
            ],
            "one",
        ),
    ] {
        let stream = events(&results);
        assert_eq!(
            texts(&read(stream.as_bytes(), Some("text/event-stream"))),
            [wanted],
            "{stream}"
        );
        assert_eq!(
            texts(&read(stream.as_bytes(), None)),
            [wanted],
            "also when it does not say what it is"
        );
    }
    let error =
        b"event: x\ndata: {\"jsonrpc\":\"2.0\",\ndata: \"error\":{\"code\":-1,\"message\":\"no\"}}\n\n";
    assert_eq!(read(error, None)["error"]["message"], "no");
}

#[test]
fn an_answer_of_which_nothing_can_be_made_is_an_error_in_words() {
    for (body, kind, words) in [
        (&b""[..], None, "The agent's answer was empty."),
        (b" \n", Some("application/json"), "The agent's answer was empty."),
        (b"\xff\xfe", None, "The agent's answer is neither JSON nor text."),
        (
            b": nothing\n\n",
            Some("text/event-stream"),
            "The agent's stream ended without an answer.",
        ),
    ] {
        let answer = read(body, kind);
        assert_eq!(
            (&answer["error"]["code"], &answer["error"]["message"]),
            (&json!(-32055), &json!(words))
        );
    }
}

#[test]
fn what_is_in_the_shape_already_stays_the_same() {
    let once = normalised(
        br#"{"result":{"kind":"task","id":"t","status":{"state":"completed"},"artifacts":[{"parts":[{"text":"a"}]}]}}"#,
        None,
        "5",
    );
    let (once, twice): (Value, Value) = (
        serde_json::from_slice(&once).unwrap(),
        serde_json::from_slice(&normalised(&once, None, "5")).unwrap(),
    );
    assert_eq!(once, twice);
}

#[test]
fn nesting_without_end_is_text_and_no_fault() {
    let deep = "[".repeat(1 << 20) + &"]".repeat(1 << 20);
    assert_eq!(texts(&read(deep.as_bytes(), None)), [deep.as_str()]);
}

#[test]
fn artifacts_without_an_id_are_each_their_own_and_what_came_with_the_pieces_is_kept() {
    let update = |text: &str| {
        let update = json!({"result": {"kind": "artifact-update", "taskId": "t", "contextId": "c",
            "metadata": {"usage": {"output_tokens": 3}}, "artifact": {"parts": [{"text": text}]}}});
        format!("data: {update}\n\n")
    };
    let answer = read(
        (update("one") + &update("two")).as_bytes(),
        Some("text/event-stream"),
    );
    assert_eq!(texts(&answer), ["one", "two"]);
    let result = &answer["result"];
    assert_eq!(
        (&result["taskId"], &result["contextId"], &result["usage"]),
        (&json!("t"), &json!("c"), &json!({"output_tokens": 3}))
    );
}

#[test]
fn usage_beside_a_message_is_kept_and_a_kind_goes_before_an_older_name() {
    let answer = of(
        &json!({"result": {"message": {"parts": [{"kind": "data", "type": "application/json", "data": 1}]},
        "usage": {"input_tokens": 4}, "tool_trace": [5]}}),
    );
    let result = &answer["result"];
    assert_eq!(
        (&result["parts"][0]["kind"], &result["usage"]),
        (&json!("data"), &json!({"input_tokens": 4}))
    );
    assert_eq!(result["metadata"]["tool_trace"], json!([5]));
}

#[test]
fn a_number_of_thirty_digits_in_an_error_stays_what_it_is() {
    let body = br#"{"error":{"code":-1,"message":"m","data":123456789012345678901234567890}}"#;
    let answer = String::from_utf8(normalised(body, None, "1")).unwrap();
    assert!(answer.contains("123456789012345678901234567890"), "{answer}");
}

#[test]
fn text_that_only_looks_like_events_is_text_and_json_that_calls_itself_a_stream_is_json() {
    assert_eq!(texts(&read(b":) all done", Some("text/plain"))), [":) all done"]);
    assert_eq!(
        texts(&read(b"data: is in the file", None)),
        ["data: is in the file"]
    );
    let body = br#"{"result":"done"}"#;
    assert_eq!(texts(&read(body, Some("text/event-stream"))), ["done"]);
    assert_eq!(texts(&read("\u{feff}\"done\"".as_bytes(), None)), ["done"]);
}

#[test]
fn an_answer_without_a_part_that_can_be_read_says_so() {
    let answer = of(&json!({"result": {"messageId": "", "parts": [{"odd": 1}, 5]}}));
    assert_eq!(
        answer["error"]["message"],
        "The agent's answer has no part that anybody could read."
    );
    let named = of(&json!({"result": {"messageId": "", "parts": ["x"], "metadata": {"usage": null}}}));
    assert_ne!(named["result"]["messageId"], "");
    assert!(named["result"].get("usage").is_none());
}
