//! What a caller asks of a built-in: JSON-RPC text in the version of A2A that it speaks.
//!
//! The caller's `A2A-Version` decides; an empty one means 0.3. Without one the method's name tells, because the two
//! versions share none: those of 0.3 have a slash in them. How the answers look is `shape`'s.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::agent::rpc::{
    self, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, PUSH_NOT_SUPPORTED, UNSUPPORTED_OPERATION,
    VERSION_NOT_SUPPORTED,
};

/// Bytes of a context id. Everybody's own are UUIDs; one that is kept must not be as long as a body may be.
pub(super) const CONTEXT_LIMIT: usize = 256;

/// A version of A2A.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V0_3,
    V1_0,
}

/// A call that was understood.
pub(super) struct Asked<'a> {
    /// The id to answer under, as JSON.
    pub(super) id: &'a str,
    pub(super) version: Version,
    pub(super) wish: Wish,
}

/// What a call wants.
pub(super) enum Wish {
    /// An answer; the task as it stands at once, if the caller does not want to wait.
    Send { message: Message, at_once: bool },
    /// An answer as it comes.
    Stream { message: Message },
    /// A task as it stands.
    Get { id: String },
    /// The end of a task.
    Cancel { id: String },
    /// What becomes of a task from now on.
    Watch { id: String },
}

enum Method {
    Send,
    Stream,
    Get,
    Cancel,
    Watch,
    List,
    Push,
}

impl Method {
    fn named(version: Version, name: &str) -> Option<Self> {
        Some(match (version, name) {
            (Version::V0_3, "message/send") | (Version::V1_0, "SendMessage") => Self::Send,
            (Version::V0_3, "message/stream") | (Version::V1_0, "SendStreamingMessage") => Self::Stream,
            (Version::V0_3, "tasks/get") | (Version::V1_0, "GetTask") => Self::Get,
            (Version::V0_3, "tasks/cancel") | (Version::V1_0, "CancelTask") => Self::Cancel,
            (Version::V0_3, "tasks/resubscribe") | (Version::V1_0, "SubscribeToTask") => Self::Watch,
            (Version::V1_0, "ListTasks") => Self::List,
            (Version::V0_3, name) if name.starts_with("tasks/pushNotificationConfig/") => Self::Push,
            (Version::V1_0, name)
                if name.ends_with("TaskPushNotificationConfig")
                    || name.ends_with("TaskPushNotificationConfigs") =>
            {
                Self::Push
            }
            _ => return None,
        })
    }
}

/// Reads one body, for a built-in of this title that keeps tasks or does not.
///
/// # Errors
/// The JSON-RPC error to answer with, as text.
pub(super) fn read<'a>(
    version: Option<&[u8]>,
    body: &'a [u8],
    title: &str,
    keeps_tasks: bool,
) -> Result<Asked<'a>, String> {
    let call =
        rpc::read(body).map_err(|misread| rpc::error(&misread.id, misread.code, misread.message, None))?;
    let error = |code, message: &str| rpc::error(call.id, code, message, None);
    if !call.is_version_2 {
        return Err(error(
            INVALID_REQUEST,
            "The call does not say that it is JSON-RPC 2.0.",
        ));
    }
    let version = match version {
        None if !call.method.contains('/') => Version::V1_0,
        None | Some(b"") => Version::V0_3,
        Some(named) if is_major(named, b"0.3") => Version::V0_3,
        Some(named) if is_major(named, b"1") => Version::V1_0,
        Some(_) => return Err(error(VERSION_NOT_SUPPORTED, "A2A 0.3 and 1.0 are spoken here.")),
    };
    let method = Method::named(version, &call.method)
        .filter(|method| keeps_tasks || matches!(method, Method::Send | Method::Stream));
    let wish = match method {
        None => {
            let knows = if keeps_tasks {
                "knows how to send, to stream, and to show, watch and cancel a task"
            } else {
                "knows how to send and to stream"
            };
            let words = format!("{title} {knows}, and no other method.");
            return Err(error(METHOD_NOT_FOUND, &words));
        }
        Some(Method::List) => {
            // A door does not tell its callers apart, and nobody is to read what was said to others.
            let words = "Tasks are not listed here: whoever began one has its id.";
            return Err(error(UNSUPPORTED_OPERATION, words));
        }
        Some(Method::Push) => {
            return Err(error(PUSH_NOT_SUPPORTED, "There are no push notifications here."));
        }
        Some(Method::Send) => sent(call.params).map(|params| Wish::Send {
            at_once: params.at_once(version),
            message: params.message,
        }),
        Some(Method::Stream) => sent(call.params).map(|params| Wish::Stream {
            message: params.message,
        }),
        Some(Method::Get) => task_id(call.params).map(|id| Wish::Get { id }),
        Some(Method::Cancel) => task_id(call.params).map(|id| Wish::Cancel { id }),
        Some(Method::Watch) => task_id(call.params).map(|id| Wish::Watch { id }),
    };
    match wish {
        Ok(wish) => Ok(Asked {
            id: call.id,
            version,
            wish,
        }),
        Err(words) => Err(error(INVALID_PARAMS, words)),
    }
}

fn sent(params: Option<&RawValue>) -> Result<Params, &'static str> {
    params
        .and_then(rpc::fields::<Params>)
        .ok_or("The parameters hold no message with parts.")
}

fn task_id(params: Option<&RawValue>) -> Result<String, &'static str> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    let named = params.and_then(rpc::fields::<Named>);
    named
        .map(|named| named.id)
        .ok_or("The parameters hold no task's id.")
}

/// Whether `named` is this version or one below it: `1`, `1.0` and `1.2` are all major 1.
fn is_major(named: &[u8], version: &[u8]) -> bool {
    named
        .trim_ascii()
        .strip_prefix(version)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
}

#[derive(Deserialize)]
struct Params {
    message: Message,
    #[serde(default)]
    configuration: Value,
}

impl Params {
    /// Whether the caller does not wait for the end.
    fn at_once(&self, version: Version) -> bool {
        let says = |name: &str| self.configuration.get(name).and_then(Value::as_bool);
        match version {
            Version::V0_3 => says("blocking") == Some(false),
            Version::V1_0 => says("returnImmediately") == Some(true),
        }
    }
}

/// A message, as far as anybody here looks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    parts: Vec<Value>,
    pub(super) context_id: Option<String>,
    #[serde(default)]
    task_id: Value,
}

impl Message {
    /// The task that it is for, if it names one.
    pub(super) fn task_id(&self) -> Option<&str> {
        self.task_id.as_str().filter(|id| !id.is_empty())
    }

    /// All its text. A part is text by its `kind` (0.3), its `type` (older callers), or by having a text (1.0).
    pub(super) fn text(&self) -> Option<String> {
        let texts = self.parts.iter().filter_map(|part| {
            let kind = part
                .get("kind")
                .or_else(|| part.get("type"))
                .and_then(Value::as_str);
            let is_text = kind.is_none_or(|kind| kind == "text");
            part.get("text").and_then(Value::as_str).filter(|_| is_text)
        });
        let text = texts.collect::<Vec<_>>().join("\n");
        (!text.is_empty()).then_some(text)
    }
}
