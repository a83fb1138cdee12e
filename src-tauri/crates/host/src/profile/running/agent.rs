//! The agent of a running profile: an eye on it, and its end where it is ours to end.

use std::time::Duration;

use super::{News, Running};
use crate::{
    agent::{Agent, AgentWatch},
    clock::next_turn,
    config::AgentConfig,
};

/// An agent that somebody else runs is asked this often for its card, and while it is away more often.
const AGENT_CHECK: Duration = Duration::from_secs(15);
const AGENT_CHECK_AWAY: Duration = Duration::from_secs(1);

impl Running {
    /// Ends the agent, if it is ours to end, and waits until nothing of it is left.
    pub(super) async fn end_agent(&mut self) {
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.stop().await;
        }
    }

    /// Starts the agent anew; false where it is not ours to start.
    pub(in crate::profile) async fn restart_agent(&self) -> bool {
        match &self.supervisor {
            Some(supervisor) => {
                supervisor.restart().await;
                true
            }
            None => false,
        }
    }

    /// Hears from the task of the agent that we start ourselves.
    pub(super) fn follow_agent(&mut self, mut watch: AgentWatch) {
        let (tell, life) = (self.tell.clone(), self.life);
        self.tasks.spawn(async move {
            loop {
                let told = tell.send((life, News::Supervised(watch.view()))).await;
                if told.is_err() || !watch.changed().await {
                    return;
                }
            }
        });
    }

    /// Keeps an eye on the agent. The echo is always there.
    pub(super) fn watch_agent(&mut self, agent: Agent) {
        let (tell, life, clock) = (self.tell.clone(), self.life, self.shared.clock.clone());
        let is_always_there = matches!(self.profile.agent, AgentConfig::Echo);
        self.tasks.spawn(async move {
            loop {
                let ready = agent.ready().await.map_err(|error| error.to_string());
                let wait = if ready.is_ok() {
                    AGENT_CHECK
                } else {
                    AGENT_CHECK_AWAY
                };
                if tell.send((life, News::Agent(ready))).await.is_err() || is_always_there {
                    return;
                }
                tokio::time::sleep_until(clock.instant(next_turn(clock.now(), wait))).await;
            }
        });
    }
}
