//! Bodies of every length and kind.

use super::*;

/// What a message is besides its text.
fn message_of(length: usize) -> String {
    let frame = message(&json!(1), "m", "");
    let text = "x".repeat(length - frame.len());
    let whole = message(&json!(1), "m", &text);
    assert_eq!(whole.len(), length);
    whole
}

#[tokio::test]
async fn a_message_is_taken_up_to_64_mib_and_told_beyond() {
    let agent = willing().await;
    let bench = Bench::new(attached(&agent));
    for length in [1_048_834, 16 << 20, 64 << 20] {
        let answer = bench.told(message_of(length)).await;
        assert_eq!(answer["result"]["parts"][0]["text"], "done", "{length}");
    }
    let requests = agent.requests();
    let answer = bench.told(message_of((64 << 20) + 1)).await;
    assert_eq!(answer["error"]["data"]["reason"], "too_large", "{answer}");
    assert_eq!(agent.requests(), requests);
}

#[tokio::test]
async fn what_is_no_call_is_told_by_its_kind_and_never_reaches_the_agent() {
    let agent = willing().await;
    let bench = Bench::new(attached(&agent));
    let whole = message(&json!(1), "m", "x");
    let batch = format!("[{whole},{whole}]");
    let deep = "[".repeat(5 << 20) + &"]".repeat(5 << 20);
    for (body, code) in [
        (whole[..whole.len() - 10].to_owned(), -32700),
        ("<html>".to_owned(), -32700),
        (String::new(), -32700),
        (batch, -32600),
        (deep, -32600),
    ] {
        let shown: String = body.chars().take(40).collect();
        let answer = bench.told(body).await;
        assert_eq!(answer["error"]["code"], code, "{shown}: {answer}");
    }
    assert_eq!(agent.requests(), 0);
}

#[tokio::test]
async fn ten_megabytes_of_nesting_in_a_message_are_the_agents_business() {
    let agent = willing().await;
    let bench = Bench::new(attached(&agent));
    let deep = "[".repeat(5 << 20) + &"]".repeat(5 << 20);
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"message/send","params":{{"message":{{"messageId":"m","parts":{deep}}}}}}}"#
    );
    // The agent of this test reads JSON of so much depth no more than others do; it gets it to the byte.
    let answer = bench.push(body).await.unwrap();
    assert!(answer.status().is_success());
    assert!(agent.requests() > 0);
}
