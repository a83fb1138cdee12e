//! The org that a new file begins with.

use serde_json::{Value, json};

use crate::harness::{ADMIN, BOTH, Org};

#[tokio::test]
async fn a_new_org_has_a_lead_three_members_and_one_nested_team_all_online() {
    for era in BOTH {
        let org = Org::start(era).await;
        let all = org.get("/workspaces").bearer(ADMIN).send().await.body;
        let rows = all.as_array().unwrap();
        let below =
            |parent: Value| -> Vec<&Value> { rows.iter().filter(|row| row["parent_id"] == parent).collect() };
        let leads = below(Value::Null);
        assert_eq!(leads.len(), 1);
        let members = below(leads[0]["id"].clone());
        assert_eq!(members.len(), 3);
        let nested: usize = members
            .iter()
            .map(|member| below(member["id"].clone()).len())
            .sum();
        assert_eq!((nested, rows.len()), (2, 6));
        assert!(
            rows.iter()
                .all(|row| row["status"] == "online" && row["url"] == "" && row["runtime"] != "external")
        );
        org.running.stop().await;
    }
}

#[tokio::test]
async fn nobody_can_register_in_the_place_of_a_seeded_workspace() {
    for era in BOTH {
        let org = Org::start(era).await;
        let all = org.get("/workspaces").bearer(ADMIN).send().await.body;
        let register = json!({"id": all[0]["id"], "url": "http://127.0.0.1:9/", "agent_card": {}});
        let refused = org.post("/registry/register").json(register).send().await;
        assert_eq!(refused.status, 401);
        org.running.stop().await;
    }
}
