//! Everything about one workspace, for whoever looks closer: its row, its card in words, and what it did lately.
//!
//! A card is written by strangers and may hold addresses, with secrets in them: of it only known fields come through,
//! in one line each, of bounded length, and without addresses.

use std::sync::Arc;

use ligand_platform::LogEntry;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
use uuid::Uuid;

use super::{
    text::{self, NAME, SENTENCE, WORD},
    view::OrgWorkspace,
};

/// Skills that are shown of a card, and tags of a skill.
const SKILLS: usize = 100;
const TAGS: usize = 20;
/// Characters of a description: a screen.
const DESCRIPTION: usize = 2_000;

/// Everything about one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WorkspaceDetail {
    /// Its row, if it is in the picture.
    pub workspace: Option<Arc<OrgWorkspace>>,
    /// Its agent's card, if it has one.
    pub card: Option<CardView>,
    /// Why the card could not be asked for, in words.
    pub no_card: Option<String>,
    /// What it did lately, newest first; none where our credential does not show it.
    pub activity: Option<Vec<Activity>>,
    /// Why there is no activity, in words.
    pub no_activity: Option<String>,
    /// The platform's own canvas, to open in a browser.
    pub canvas_url: String,
}

/// An agent's card in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardView {
    /// The agent's name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Who provides it.
    pub provider: Option<String>,
    /// The kinds of content that it takes and gives.
    pub modes: Vec<String>,
    /// What it can do, the first 100.
    pub skills: Vec<SkillView>,
}

/// One thing that an agent can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SkillView {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
}

/// Something that a workspace did, or that was done to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Activity {
    /// Its id.
    pub id: String,
    /// When, RFC 3339.
    pub at: String,
    /// The platform's word for its kind.
    pub kind: String,
    /// The JSON-RPC method, or another word of the platform's.
    pub method: Option<String>,
    /// What it was, in a line.
    pub summary: Option<String>,
    /// The platform's word for how it went.
    pub status: Option<String>,
    /// The workspace that did it, where it was one.
    pub from: Option<Uuid>,
    /// The workspace that it was done to.
    pub to: Option<Uuid>,
    /// How long it took, in milliseconds.
    #[ts(type = "number | null")]
    pub duration_ms: Option<u64>,
    /// What went wrong.
    pub error: Option<String>,
}

impl CardView {
    /// A card in words.
    #[must_use]
    pub fn of(card: &Value) -> Self {
        let mut modes: Vec<String> = Vec::new();
        for list in ["defaultInputModes", "defaultOutputModes"] {
            for mode in lines(&card[list], TAGS, WORD) {
                if !modes.contains(&mode) {
                    modes.push(mode);
                }
            }
        }
        Self {
            name: said(&card["name"], NAME),
            description: said(&card["description"], DESCRIPTION),
            version: said(&card["version"], WORD),
            provider: said(&card["provider"]["organization"], NAME),
            modes,
            skills: card["skills"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(skill)
                .take(SKILLS)
                .collect(),
        }
    }
}

fn skill(skill: &Value) -> Option<SkillView> {
    let name = said(&skill["name"], WORD).or_else(|| said(&skill["id"], WORD));
    Some(SkillView {
        name: name.or_else(|| said(skill, WORD))?,
        description: said(&skill["description"], SENTENCE),
        tags: lines(&skill["tags"], TAGS, WORD),
    })
}

fn said(value: &Value, max: usize) -> Option<String> {
    text::without_addresses(value.as_str()?, max)
}

fn lines(list: &Value, most: usize, max: usize) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts.filter_map(|text| said(text, max)).take(most).collect()
}

impl Activity {
    /// A row of the platform's log.
    pub(crate) fn of(entry: LogEntry) -> Self {
        let line = |text: Option<String>, max| text.and_then(|text| text::without_addresses(&text, max));
        Self {
            id: text::line(&entry.id, WORD),
            at: text::line(&entry.created_at, WORD),
            kind: text::line(&entry.activity_type, WORD),
            method: line(entry.method, WORD),
            summary: line(entry.summary, SENTENCE),
            status: line(entry.status, WORD),
            from: entry.source_id.and_then(|id| id.parse().ok()),
            to: entry.target_id.and_then(|id| id.parse().ok()),
            duration_ms: entry.duration_ms.and_then(|ms| u64::try_from(ms).ok()),
            error: line(entry.error_detail, SENTENCE),
        }
    }
}
