//! The small org that a new data file begins with: a lead, three members, and a team inside one of them.

use rusqlite::{Connection, params};
use serde_json::json;

use crate::clock::Stamp;
use crate::id::Id;
use crate::secret::Secret;
use crate::status::Status;

/// One workspace of the seed, at its absolute place on the canvas.
struct Seedling {
    name: &'static str,
    role: &'static str,
    tier: i64,
    place: (f64, f64),
    /// Leads take more than one task at a time.
    capacity: i64,
    members: &'static [Seedling],
}

const fn leaf(name: &'static str, role: &'static str, tier: i64, place: (f64, f64)) -> Seedling {
    Seedling {
        name,
        role,
        tier,
        place,
        capacity: 1,
        members: &[],
    }
}

// A node is 240 × 130; children lie inside their parent below a header of 130, 16 from its sides and 14
// apart.
const ORG: Seedling = Seedling {
    name: "Lead",
    role: "Plans the work and hands it out",
    tier: 3,
    place: (100.0, 100.0),
    capacity: 3,
    members: &[
        leaf("Researcher", "Finds and checks facts", 2, (116.0, 230.0)),
        leaf("Writer", "Turns notes into text", 2, (370.0, 230.0)),
        Seedling {
            name: "Engineering",
            role: "Builds what was planned",
            tier: 3,
            place: (116.0, 374.0),
            capacity: 3,
            members: &[
                leaf("Backend", "Services and data", 3, (132.0, 504.0)),
                leaf("Frontend", "Screens and style", 3, (386.0, 504.0)),
            ],
        },
    ],
};

/// Plants the org.
pub(super) fn plant(sql: &Connection, now: Stamp) -> rusqlite::Result<()> {
    grow(sql, now, &ORG, None)
}

fn grow(sql: &Connection, now: Stamp, seedling: &Seedling, parent: Option<Id>) -> rusqlite::Result<()> {
    let id = Id::new();
    let card = json!({"name": seedling.name, "description": seedling.role, "version": "1.0.0", "skills": []});
    sql.execute(
        "INSERT INTO workspaces (id, name, role, tier, status, runtime, agent_card, parent_id,
                                 max_concurrent_tasks, x, y, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 'claude-code', ?6, ?7, ?8, ?9, ?10, ?11, ?11)",
        params![
            id,
            seedling.name,
            seedling.role,
            seedling.tier,
            Status::Online,
            card.to_string(),
            parent,
            seedling.capacity,
            seedling.place.0,
            seedling.place.1,
            now,
        ],
    )?;
    // A running container holds a token. Nobody knows this one, so nobody can register in the container's
    // place.
    let token = Secret::mint();
    sql.execute(
        "INSERT INTO tokens (id, workspace_id, digest, prefix, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![Id::new(), id, token.digest(), token.prefix(), now],
    )?;
    seedling
        .members
        .iter()
        .try_for_each(|member| grow(sql, now, member, Some(id)))
}
