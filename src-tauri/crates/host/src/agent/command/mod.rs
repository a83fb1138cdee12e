//! An agent that Ligand starts itself: a program that listens on a port of its own.
//!
//! [`Supervisor`] keeps it running, as `supervise` does with every such program; [`Command`] is the way for calls, which
//! wait for it while it is not there. `launch` is one start, and `environment` what it is given then.
//!
//! What is not here: whether calls may come in, and what a config may say.

mod environment;
mod launch;
mod supervisor;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::{Request, Response};
use serde_json::Value;
use tokio::{sync::watch, time::timeout};

pub(crate) use self::supervisor::{AgentWatch, Kit, Supervisor};
use super::{
    AgentError, Body, Interfaces,
    attach::{Attach, NotCalled},
    body::keeping,
};

/// How an agent is now, for whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    /// Whether it takes calls, and why not.
    pub(crate) ready: Result<(), String>,
    /// It ended again and again, and is not started any more.
    pub(crate) gave_up: bool,
    /// Why the workspace's secrets could not be fetched.
    pub(crate) without_secrets: Option<String>,
    /// The port that it was told to listen on, while it runs.
    pub(crate) port: Option<u16>,
    /// The secrets that it did not get.
    pub(crate) refused: Option<String>,
}

/// How an agent is now, for calls too.
#[derive(Clone)]
struct Now {
    view: View,
    /// Where it takes calls, while it does.
    at: Option<Arc<Attach>>,
}

/// The way to an agent that is started and watched by a [`Supervisor`].
pub(super) struct Command {
    now: watch::Receiver<Now>,
    /// How long a call waits for it.
    hold: Duration,
    /// Calls that it works on.
    calls: Arc<AtomicUsize>,
}

/// A call that it works on, until this is dropped.
struct Working(Arc<AtomicUsize>);

impl Working {
    fn on(calls: &Arc<AtomicUsize>) -> Self {
        calls.fetch_add(1, Ordering::Relaxed);
        Self(calls.clone())
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Command {
    /// Passes a call on. It does not wait: whoever calls has waited in [`Self::interfaces`], to know where to. Only when
    /// the agent turns out to have ended just now, the next one is waited for.
    pub(super) async fn call(&self, request: Request<Body>) -> Result<Response<Body>, AgentError> {
        let agent = self.ready_now()?;
        let working = Working::on(&self.calls);
        let answer = match agent.try_call(request).await {
            Ok(answer) => answer,
            Err(NotCalled {
                error: AgentError::Connect(_),
                request: Some(again),
            }) => {
                self.settled(Some(&agent)).await;
                self.ready_now()?.call(again).await?
            }
            Err(failed) => return Err(failed.error),
        };
        Ok(keeping(answer, working))
    }

    pub(super) async fn card(&self) -> Result<Value, AgentError> {
        self.ready_now()?.fetch_card().await
    }

    /// Where it takes calls. One that is not ready is waited for, while it may still come.
    pub(super) async fn interfaces(&self) -> Arc<Interfaces> {
        self.settled(None).await;
        match self.ready_now() {
            Ok(agent) => agent.interfaces().await,
            Err(_) => Arc::new(Interfaces::without_card("/")),
        }
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.ready_now().is_ok_and(|agent| agent.is_sealed())
    }

    pub(super) fn learn(&self, card: &Value) {
        if let Ok(agent) = self.ready_now() {
            agent.learn(card);
        }
    }

    /// Waits until an agent is ready, but another than that one, or until none will come; as long as a call may be held.
    /// Whatever it comes to, the call itself tells.
    async fn settled(&self, but: Option<&Arc<Attach>>) {
        let is_another = |at: &Arc<Attach>| but.is_none_or(|but| !Arc::ptr_eq(at, but));
        let mut now = self.now.clone();
        let settled = now.wait_for(|now| now.view.gave_up || now.at.as_ref().is_some_and(is_another));
        drop(timeout(self.hold, settled).await);
    }

    fn ready_now(&self) -> Result<Arc<Attach>, AgentError> {
        let now = self.now.borrow();
        now.at.clone().ok_or_else(|| not_ready(&now))
    }
}

fn not_ready(now: &Now) -> AgentError {
    AgentError::NotReady(match &now.view.ready {
        Err(why) => why.clone(),
        Ok(()) => "the agent is not there".to_owned(),
    })
}
