//! What was said between us and the other workspaces in this run: one bounded thread per workspace, in memory.
//!
//! Pure: it sends nothing and reads no clock. An answer is found again in one of three ways: it is the reply to our own
//! request; an event names the message that it answers; or the agent speaks to the people who watch while a message of
//! ours waits to be fetched, which is how agents that fetch their messages answer.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use super::view::Voice;

/// Threads that are kept of one profile; the one that was silent longest gives way.
const THREADS: usize = 64;
/// Messages that are kept of one thread.
const MESSAGES: usize = 200;
/// Bytes of one text: a few screens. The agent got, or gave, all of it.
const TEXT: usize = 64 << 10;
/// Bytes of the texts of one thread. Every reader gets a thread whole when it changes.
const THREAD: usize = 256 << 10;

/// What was said between us and one workspace, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Thread {
    /// The profile that speaks.
    pub profile: String,
    /// The workspace that is spoken to.
    pub workspace: Uuid,
    /// What was said.
    pub messages: Vec<Arc<Message>>,
    /// Whether older messages were left out.
    pub cut: bool,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Message {
    /// Its number, counted from 1 in each profile since the host started.
    #[ts(type = "number")]
    pub number: u64,
    /// When it was sent, or seen, RFC 3339 in UTC.
    pub at: String,
    /// In whose name it was said.
    pub by: Voice,
    /// The text, as Markdown if an agent says it. Strangers write it.
    pub text: String,
    /// Whether the text was longer, and only its beginning is kept.
    pub cut: bool,
    /// Files that came with it. They are not taken: what an agent sends stays where it is.
    pub files: u32,
    /// What became of it, where we sent it.
    pub state: Option<MessageState>,
    /// What is to be said about its state, in words: why it failed, or what it waits for.
    pub note: Option<String>,
    /// The stable code of the failure.
    pub code: Option<String>,
    /// The number of the message that it answers, where that is known.
    #[ts(type = "number | null")]
    pub answers: Option<u64>,
}

/// What became of a message that we sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// It is on its way, or being answered.
    Sending,
    /// It was answered; the answer is in the thread.
    Answered,
    /// The platform keeps it for the workspace; the answer comes into the thread when it is there.
    Queued,
    /// It was not delivered, or not answered.
    Failed,
}

/// What became of sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered {
        text: String,
        files: u32,
    },
    /// The platform keeps it.
    Queued {
        note: String,
    },
    Failed {
        note: String,
        code: String,
    },
}

impl Outcome {
    /// The agent answered with an error.
    pub(crate) fn agent_error(why: &str) -> Self {
        Self::Failed {
            note: format!("the agent answered with an error: {why}"),
            code: "agent_error".to_owned(),
        }
    }
}

/// All threads of a profile.
#[derive(Debug, Clone, Default)]
pub(crate) struct Threads {
    last: u64,
    threads: BTreeMap<Uuid, Arc<Thread>>,
    /// The ids of our messages that wait for an answer, as the platform knows them.
    waiting: BTreeMap<u64, (Uuid, String)>,
}

impl Threads {
    /// The threads that there are.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Thread>> {
        self.threads.values()
    }

    /// The thread with one workspace.
    pub(crate) fn get(&self, workspace: Uuid) -> Option<&Arc<Thread>> {
        self.threads.get(&workspace)
    }

    /// Begins to send. `id` is the message's own id; what is returned is its number.
    pub(crate) fn send(
        &mut self,
        profile: &str,
        workspace: Uuid,
        by: Voice,
        text: &str,
        id: &str,
        at: String,
    ) -> u64 {
        let number = self.push(profile, workspace, |number| Message {
            state: Some(MessageState::Sending),
            ..message(number, at, by, text)
        });
        self.waiting.insert(number, (workspace, id.to_owned()));
        number
    }

    /// Takes in what became of a message. One that was answered by an event in the meantime stays answered.
    pub(crate) fn settle(&mut self, profile: &str, number: u64, outcome: Outcome, at: String) {
        let Some((workspace, _)) = self.waiting.get(&number).cloned() else {
            return;
        };
        match outcome {
            Outcome::Answered { text, files } => {
                self.waiting.remove(&number);
                self.mark(workspace, number, MessageState::Answered, None, None);
                self.hear(profile, workspace, &text, files, Some(number), at);
            }
            Outcome::Queued { note } => {
                self.mark(workspace, number, MessageState::Queued, Some(note), None);
                // An agent may be quicker than the platform's word that the message waits.
                if let Some(early) = self.unasked_since(workspace, number) {
                    self.waiting.remove(&number);
                    self.mark(workspace, number, MessageState::Answered, None, None);
                    self.change(workspace, early, |message| message.answers = Some(number));
                }
            }
            Outcome::Failed { note, code } => {
                self.waiting.remove(&number);
                self.mark(workspace, number, MessageState::Failed, Some(note), Some(code));
            }
        }
    }

    /// An event brought the answer to the message with this id. Says whether it is one of ours.
    pub(crate) fn answered(
        &mut self,
        profile: &str,
        workspace: Uuid,
        id: &str,
        outcome: Outcome,
        at: String,
    ) -> bool {
        let found = self
            .waiting
            .iter()
            .find(|(_, (to, of))| *to == workspace && of == id);
        let Some(number) = found.map(|(number, _)| *number) else {
            return false;
        };
        // One that is on its way gets its answer as the reply, with more about it.
        if self.state(workspace, number) != Some(MessageState::Queued) {
            return false;
        }
        self.settle(profile, number, outcome, at);
        true
    }

    /// The agent of a workspace speaks to the people who watch. A message of ours that waits counts as answered.
    pub(crate) fn spoke(&mut self, profile: &str, workspace: Uuid, text: &str, files: u32, at: String) {
        let oldest = self.waiting.iter().find(|(number, (to, _))| {
            *to == workspace && self.state(workspace, **number) == Some(MessageState::Queued)
        });
        let answers = oldest.map(|(number, _)| *number);
        if let Some(number) = answers {
            self.waiting.remove(&number);
            self.mark(workspace, number, MessageState::Answered, None, None);
        }
        self.hear(profile, workspace, text, files, answers, at);
    }

    fn hear(
        &mut self,
        profile: &str,
        workspace: Uuid,
        text: &str,
        files: u32,
        answers: Option<u64>,
        at: String,
    ) {
        self.push(profile, workspace, |number| Message {
            files,
            answers,
            ..message(number, at, Voice::Agent, text)
        });
    }

    fn push(&mut self, profile: &str, workspace: Uuid, make: impl FnOnce(u64) -> Message) -> u64 {
        self.last += 1;
        let number = self.last;
        if !self.threads.contains_key(&workspace) && self.threads.len() >= THREADS {
            self.drop_the_most_silent();
        }
        let thread = self.threads.entry(workspace).or_insert_with(|| {
            Arc::new(Thread {
                profile: profile.to_owned(),
                workspace,
                messages: Vec::new(),
                cut: false,
            })
        });
        let thread = Arc::make_mut(thread);
        thread.messages.push(Arc::new(make(number)));
        let size = |thread: &Thread| thread.messages.iter().map(|one| one.text.len()).sum::<usize>();
        let mut gone = 0;
        let mut bytes = size(thread);
        while thread.messages.len() - gone > MESSAGES || (bytes > THREAD && thread.messages.len() - gone > 1)
        {
            bytes -= thread.messages.get(gone).map_or(0, |one| one.text.len());
            gone += 1;
        }
        if gone > 0 {
            thread.messages.drain(..gone);
            thread.cut = true;
        }
        number
    }

    fn drop_the_most_silent(&mut self) {
        let last = |thread: &Thread| thread.messages.last().map_or(0, |message| message.number);
        let silent = self.threads.values().min_by_key(|thread| last(thread));
        if let Some(workspace) = silent.map(|thread| thread.workspace) {
            self.threads.remove(&workspace);
            self.waiting.retain(|_, (to, _)| *to != workspace);
        }
    }

    fn mark(
        &mut self,
        workspace: Uuid,
        number: u64,
        state: MessageState,
        note: Option<String>,
        code: Option<String>,
    ) {
        self.change(workspace, number, |message| {
            message.state = Some(state);
            message.note = note;
            message.code = code;
        });
    }

    fn change(&mut self, workspace: Uuid, number: u64, change: impl FnOnce(&mut Message)) {
        let Some(thread) = self.threads.get_mut(&workspace) else {
            return;
        };
        let place = thread
            .messages
            .iter()
            .position(|message| message.number == number);
        let Some(place) = place else { return };
        if let Some(message) = Arc::make_mut(thread).messages.get_mut(place) {
            change(Arc::make_mut(message));
        }
    }

    /// A message of ours, or none if it has been forgotten.
    pub(crate) fn message(&self, workspace: Uuid, number: u64) -> Option<&Arc<Message>> {
        let thread = self.threads.get(&workspace)?;
        thread.messages.iter().find(|message| message.number == number)
    }

    fn state(&self, workspace: Uuid, number: u64) -> Option<MessageState> {
        self.message(workspace, number)?.state
    }

    /// What the agent said by itself after a message.
    fn unasked_since(&self, workspace: Uuid, number: u64) -> Option<u64> {
        let thread = self.threads.get(&workspace)?;
        thread
            .messages
            .iter()
            .find(|one| one.number > number && one.by == Voice::Agent && one.answers.is_none())
            .map(|one| one.number)
    }
}

fn message(number: u64, at: String, by: Voice, text: &str) -> Message {
    let kept = text.floor_char_boundary(TEXT);
    Message {
        number,
        at,
        by,
        text: text[..kept].to_owned(),
        cut: kept < text.len(),
        files: 0,
        state: None,
        note: None,
        code: None,
        answers: None,
    }
}
