//! Connections to agents: kept, replaced when the agent has closed them, never written to twice.

use crate::agent::{Act, Agent, answer};
use crate::platform::Org;

#[tokio::test]
async fn calls_share_a_connection() {
    for org in Org::each().await {
        let agent = Agent::start().await;
        let workspace = org.create_at("Laptop", &agent.url()).await;
        for id in ["m-1", "m-2", "m-3"] {
            assert_eq!(org.say(&workspace, id, "hi").await.status, 200);
        }
        let connections: Vec<usize> = agent.received().iter().map(|call| call.connection).collect();
        assert_eq!(connections, [0, 0, 0]);
    }
}

#[tokio::test]
async fn a_connection_that_the_agent_closed_while_it_lay_idle_is_replaced_without_a_word() {
    for org in Org::each().await {
        let agent = Agent::start().await;
        let workspace = org.create_at("Laptop", &agent.url()).await;
        for round in 0..20 {
            agent.next(Act::ReplyAndLeave(answer("done")));
            let reply = org.say(&workspace, &format!("m-{round}"), "hi").await;
            assert_eq!(reply.status, 200, "round {round}: {reply:?}");
            // The close has to arrive; what counts is that nothing tells the platform but the connection
            // itself.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(agent.received().len(), 20, "no call was made twice");
    }
}
