//! What was said, and how an answer finds its message.

use uuid::Uuid;

use crate::org::{
    Voice,
    thread::{MessageState, Outcome, Threads},
};

const THEM: Uuid = Uuid::from_u128(7);

fn send(threads: &mut Threads, id: &str) -> u64 {
    threads.send("home", THEM, Voice::Human, "hello", id, "1".into())
}

fn settle(threads: &mut Threads, number: u64, outcome: Outcome) {
    threads.settle("home", number, outcome, "2".into());
}

fn answered(text: &str) -> Outcome {
    Outcome::Answered {
        text: text.into(),
        files: 0,
    }
}

fn queued() -> Outcome {
    Outcome::Queued { note: "later".into() }
}

/// Text, state and which it answers.
fn said(threads: &Threads) -> Vec<(String, Option<MessageState>, Option<u64>)> {
    let messages = threads.get(THEM).unwrap().messages.iter();
    messages
        .map(|one| (one.text.clone(), one.state, one.answers))
        .collect()
}

fn whole(state: MessageState, answer: &str) -> Vec<(String, Option<MessageState>, Option<u64>)> {
    vec![
        ("hello".into(), Some(state), None),
        (answer.into(), None, Some(1)),
    ]
}

#[test]
fn an_answer_stands_under_its_message() {
    let mut threads = Threads::default();
    let number = send(&mut threads, "m");
    settle(&mut threads, number, answered("hi"));
    assert_eq!(said(&threads), whole(MessageState::Answered, "hi"));
    let messages = &threads.get(THEM).unwrap().messages;
    assert_eq!((messages[0].by, messages[1].by), (Voice::Human, Voice::Agent));
}

#[test]
fn a_queued_message_is_answered_by_the_event_that_names_it() {
    let mut threads = Threads::default();
    let number = send(&mut threads, "m");
    let reply =
        |threads: &mut Threads, id: &str| threads.answered("home", THEM, id, answered("hi"), "3".into());
    assert!(!reply(&mut threads, "m"), "its own reply is still to come");
    settle(&mut threads, number, queued());
    assert_eq!(
        threads.message(THEM, number).unwrap().note.as_deref(),
        Some("later")
    );
    assert!(!reply(&mut threads, "another's"));
    assert!(reply(&mut threads, "m"));
    assert!(!reply(&mut threads, "m"), "once");
    assert_eq!(said(&threads), whole(MessageState::Answered, "hi"));
}

#[test]
fn an_agent_that_fetches_answers_by_speaking_to_people_also_before_we_know_that_it_waits() {
    for early in [true, false] {
        let mut threads = Threads::default();
        let number = send(&mut threads, "m");
        if !early {
            settle(&mut threads, number, queued());
        }
        threads.spoke("home", THEM, "hi", 2, "3".into());
        if early {
            settle(&mut threads, number, queued());
        }
        assert_eq!(said(&threads), whole(MessageState::Answered, "hi"), "{early}");
        assert_eq!(threads.get(THEM).unwrap().messages[1].files, 2);
        threads.spoke("home", THEM, "and more", 0, "4".into());
        assert_eq!(said(&threads)[2], ("and more".into(), None, None));
    }
}

#[test]
fn a_failure_is_said_in_words_and_with_its_code() {
    let mut threads = Threads::default();
    let number = send(&mut threads, "m");
    settle(&mut threads, number, Outcome::agent_error("out of tea"));
    let message = threads.message(THEM, number).unwrap();
    assert_eq!(message.state, Some(MessageState::Failed));
    assert_eq!(message.code.as_deref(), Some("agent_error"));
    assert!(message.note.as_deref().unwrap().contains("out of tea"));
}

#[test]
fn threads_texts_and_messages_are_bounded() {
    let mut threads = Threads::default();
    let long = "ä".repeat(100_000);
    threads.spoke("home", THEM, &long, 0, "1".into());
    let first = &threads.get(THEM).unwrap().messages[0];
    assert!(first.cut && first.text.len() <= 64 << 10);
    for n in 0..1_000 {
        threads.spoke("home", THEM, &n.to_string(), 0, "1".into());
    }
    let thread = threads.get(THEM).unwrap();
    assert!(thread.cut && thread.messages.len() == 200);
    for _ in 0..10 {
        threads.spoke("home", THEM, &long, 0, "1".into());
    }
    let thread = threads.get(THEM).unwrap();
    let bytes: usize = thread.messages.iter().map(|one| one.text.len()).sum();
    assert!(bytes <= 256 << 10, "{bytes}");
    for n in 100..400 {
        threads.spoke("home", Uuid::from_u128(n), "hi", 0, "1".into());
    }
    assert_eq!(threads.all().count(), 64);
    assert!(threads.get(THEM).is_none(), "it was silent longest");
}
