//! What the agents that run in the host have in common: A2A 0.3 and 1.0 over JSON-RPC, on no port.
//!
//! A built-in says who it is ([`About`]) and how it answers: at once with a message, or by [`Work`] that takes its time,
//! says its answer in pieces, and can be stopped. Each message is then a task, which can be watched, asked for and
//! cancelled (see [`tasks`]).
//!
//! What is not here: what a built-in does with a message (`echo`, `exec`, `claude`), and who may call it (`doors`).

mod following;
mod shape;
mod speech;
mod task;
mod tasks;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures::future::BoxFuture;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use self::{
    following::Following,
    speech::{Asked, Message, Wish},
    task::{EndsWithCaller, Task},
    tasks::Tasks,
};
pub(super) use self::{
    task::{ANSWER_LIMIT, Answer, Ending, TooLong},
    tasks::Bounds,
};
use super::{AgentError, Body, CARD_PATHS, Interfaces, full, json as json_response, json_text, rpc, whole};

/// The same as a delivery may have.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// Stands in the card for the address that a built-in does not have; a door puts its own there.
const NOWHERE: &str = "http://localhost";

/// Who a built-in is.
pub(super) struct About {
    /// Its name in the card.
    pub(super) name: String,
    /// What a refusal calls it, such as "The echo agent".
    pub(super) title: &'static str,
    /// What it does, for the card.
    pub(super) description: &'static str,
    /// The one skill in its card.
    pub(super) skill: Value,
}

/// What a caller said.
pub(super) struct Heard {
    /// All the text of its message.
    pub(super) text: String,
    /// The conversation that the message belongs to. The caller may have made it up.
    pub(super) context: String,
}

/// How a built-in answers that takes its time.
pub(super) trait Work: Send + Sync + 'static {
    /// Answers one message, in pieces. Dropping the future ends the work at once; `stop` ends it in good order.
    fn answer(&self, heard: Heard, answer: Answer, stop: CancellationToken) -> BoxFuture<'static, Ending>;

    /// Whether it could answer a message now.
    ///
    /// # Errors
    /// Why not, and what to do about it.
    fn ready(&self) -> BoxFuture<'_, Result<(), AgentError>>;
}

enum Manner {
    /// A message for a message, and no tasks.
    AtOnce(fn(Option<String>) -> String),
    /// Every message is a task.
    InTasks(Tasks),
}

/// An agent that runs in the host.
pub(super) struct BuiltIn {
    about: About,
    manner: Manner,
    interfaces: Arc<Interfaces>,
}

impl BuiltIn {
    /// One that answers a message's text, where it has any, without waiting for anything.
    pub(super) fn at_once(about: About, answer: fn(Option<String>) -> String) -> Self {
        Self::new(about, Manner::AtOnce(answer))
    }

    /// One that works on each message for a while.
    pub(super) fn working(about: About, work: Arc<dyn Work>, bounds: Bounds) -> Self {
        Self::new(about, Manner::InTasks(Tasks::new(work, bounds)))
    }

    fn new(about: About, manner: Manner) -> Self {
        Self {
            about,
            manner,
            interfaces: Arc::new(Interfaces::without_card("/")),
        }
    }

    pub(super) fn interfaces(&self) -> Arc<Interfaces> {
        self.interfaces.clone()
    }

    pub(super) fn card(&self) -> Value {
        json!({
            "name": self.about.name,
            "description": self.about.description,
            "version": env!("CARGO_PKG_VERSION"),
            "protocolVersion": "0.3.0",
            "url": NOWHERE,
            "preferredTransport": "JSONRPC",
            "supportedInterfaces": [
                { "url": NOWHERE, "protocolBinding": "JSONRPC", "protocolVersion": "1.0" },
                { "url": NOWHERE, "protocolBinding": "JSONRPC", "protocolVersion": "0.3" },
            ],
            "capabilities": { "streaming": true, "pushNotifications": false },
            "defaultInputModes": ["text/plain"],
            "defaultOutputModes": ["text/plain"],
            "skills": [self.about.skill],
        })
    }

    /// Whether it could answer a message now.
    pub(super) async fn ready(&self) -> Result<(), AgentError> {
        match &self.manner {
            Manner::AtOnce(_) => Ok(()),
            Manner::InTasks(tasks) => tasks.ready().await,
        }
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        if CARD_PATHS.contains(&path) && reads {
            return json_response(StatusCode::OK, &self.card());
        }
        let title = self.about.title;
        if path != "/" {
            return refused(
                StatusCode::NOT_FOUND,
                &format!("{title} has nothing at this path."),
            );
        }
        if parts.method != Method::POST {
            let mut response = refused(StatusCode::METHOD_NOT_ALLOWED, &format!("{title} takes POST."));
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        match whole(body, BODY_LIMIT).await {
            Ok(body) => self.spoken(&parts.headers, &body).await,
            Err(_) => refused(
                StatusCode::BAD_REQUEST,
                "The body broke off, or is larger than 64 MB.",
            ),
        }
    }

    async fn spoken(&self, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
        let version = headers.get("a2a-version").map(HeaderValue::as_bytes);
        let keeps_tasks = matches!(self.manner, Manner::InTasks(_));
        let asked = match speech::read(version, body, self.about.title, keeps_tasks) {
            Ok(asked) => asked,
            Err(error) => return json_text(StatusCode::OK, error),
        };
        match &self.manner {
            Manner::AtOnce(answer) => said_at_once(asked, *answer),
            Manner::InTasks(tasks) => match in_tasks(tasks, &asked).await {
                Ok(response) => response,
                Err(refusal) => {
                    let Refusal { code, words } = refusal;
                    json_text(StatusCode::OK, rpc::error(asked.id, code, words, None))
                }
            },
        }
    }
}

fn said_at_once(asked: Asked<'_>, answer: fn(Option<String>) -> String) -> Response<Body> {
    let Asked { id, version, wish } = asked;
    let (message, streams) = match wish {
        Wish::Send { message, .. } => (message, false),
        Wish::Stream { message } => (message, true),
        // Never read where no tasks are kept.
        Wish::Get { .. } | Wish::Cancel { .. } | Wish::Watch { .. } => {
            let error = rpc::error(id, rpc::METHOD_NOT_FOUND, "There are no tasks here.", None);
            return json_text(StatusCode::OK, error);
        }
    };
    let text = answer(message.text());
    let reply = shape::message(version, message.context_id.as_deref(), None, &text);
    let text = rpc::result(id, &shape::named(version, "message", reply));
    if streams {
        event_stream(full(following::event(&text)))
    } else {
        json_text(StatusCode::OK, text)
    }
}

/// Why a call is not done: a JSON-RPC error.
struct Refusal {
    code: i32,
    words: &'static str,
}

const NO_SUCH_TASK: Refusal = Refusal {
    code: rpc::TASK_NOT_FOUND,
    words: "There is no such task, or it is so old that it was forgotten.",
};

async fn in_tasks(tasks: &Tasks, asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
    let version = asked.version;
    let find = |id: &str| tasks.find(id).ok_or(NO_SUCH_TASK);
    let told = |task: &Task, name: Option<&str>| {
        let task = task.look(|moment| shape::task(version, moment));
        let result = match name {
            Some(name) => shape::named(version, name, task),
            None => task,
        };
        json_text(StatusCode::OK, rpc::result(asked.id, &result))
    };
    match &asked.wish {
        Wish::Send { message, at_once } => {
            let task = begun(tasks, message)?;
            let ends_with_caller = EndsWithCaller::new(task.clone());
            if !at_once {
                task.ended().await;
            }
            ends_with_caller.no_more();
            Ok(told(&task, Some("task")))
        }
        Wish::Stream { message } => {
            let task = tasks.admit(heard(tasks, message)?).map_err(|_| CROWDED)?;
            // Before the work begins, so that every watcher sees it begin.
            let following = Following::new(&task, version, asked.id);
            tasks.begin(task);
            Ok(event_stream(following.body()))
        }
        Wish::Get { id } => {
            let task = find(id)?;
            Ok(told(&task, None))
        }
        Wish::Cancel { id } => {
            let task = find(id)?;
            if task.cancel() {
                Ok(told(&task, None))
            } else {
                Err(Refusal {
                    code: rpc::TASK_NOT_CANCELABLE,
                    words: "The task has ended already.",
                })
            }
        }
        Wish::Watch { id } => {
            let task = find(id)?;
            if task.look(|moment| moment.is_over()) {
                return Err(Refusal {
                    code: rpc::UNSUPPORTED_OPERATION,
                    words: "The task has ended; ask for it instead of watching it.",
                });
            }
            Ok(event_stream(Following::new(&task, version, asked.id).body()))
        }
    }
}

const CROWDED: Refusal = Refusal {
    code: rpc::BUSY,
    words: "Too many messages wait for this agent already. Send it again later.",
};

fn begun(tasks: &Tasks, message: &Message) -> Result<Arc<Task>, Refusal> {
    let task = tasks.admit(heard(tasks, message)?).map_err(|_| CROWDED)?;
    tasks.begin(task.clone());
    Ok(task)
}

/// What a message says to an agent that reads text alone and takes each message as a task of its own.
fn heard(tasks: &Tasks, message: &Message) -> Result<Heard, Refusal> {
    if let Some(id) = message.task_id() {
        let _known = tasks.find(id).ok_or(NO_SUCH_TASK)?;
        return Err(Refusal {
            code: rpc::UNSUPPORTED_OPERATION,
            words: "A task takes one message here. Send another one without a task id, in the same context.",
        });
    }
    let text = message.text().ok_or(Refusal {
        code: rpc::CONTENT_TYPE_NOT_SUPPORTED,
        words: "There is no text in the message, and this agent reads nothing else.",
    })?;
    let context = match &message.context_id {
        Some(context) if !context.is_empty() => context.clone(),
        _ => uuid::Uuid::new_v4().to_string(),
    };
    if context.len() > speech::CONTEXT_LIMIT {
        return Err(Refusal {
            code: rpc::INVALID_PARAMS,
            words: "The context id is longer than 256 bytes.",
        });
    }
    Ok(Heard { text, context })
}

fn event_stream(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn refused(status: StatusCode, why: &str) -> Response<Body> {
    json_response(status, &json!({ "error": why }))
}
