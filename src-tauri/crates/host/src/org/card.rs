//! What the picture shows of an agent's card: a line of description and the names of its skills.

use serde_json::Value;

use super::{
    text::{self, SENTENCE},
    view::OrgWorkspace,
};

/// Skills that are kept: four are shown, the others can be found by.
const SKILLS: usize = 16;
/// Characters of a skill's name.
const SKILL: usize = 60;

/// A card in a few words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Brief {
    pub(super) description: Option<String>,
    pub(super) skills: Vec<String>,
}

impl Brief {
    pub(super) fn of(card: &Value) -> Self {
        let skills = card["skills"].as_array().into_iter().flatten();
        Self {
            description: card["description"]
                .as_str()
                .and_then(|text| text::without_addresses(text, SENTENCE)),
            skills: skills.filter_map(skill).take(SKILLS).collect(),
        }
    }

    pub(super) fn write(&self, row: &mut OrgWorkspace) {
        row.description.clone_from(&self.description);
        row.skills.clone_from(&self.skills);
    }
}

fn skill(skill: &Value) -> Option<String> {
    let said = |value: &Value| {
        value
            .as_str()
            .and_then(|text| text::without_addresses(text, SKILL))
    };
    said(&skill["name"])
        .or_else(|| said(&skill["id"]))
        .or_else(|| said(skill))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn skills_have_their_names_in_bounds_whatever_shape_they_have() {
        let mut skills = vec![
            json!({"id": "sum", "name": "Summarise"}),
            json!({"id": "find"}),
            json!("plain"),
            json!(7),
            json!({"name": "see https://relay.example/w/abc"}),
        ];
        skills.extend((0..50).map(|n| json!(format!("{n} {}", "x".repeat(100)))));
        let card = json!({"skills": skills, "description": "at https://relay.example/w/abc"});
        let brief = Brief::of(&card);
        assert_eq!(brief.skills[..4], ["Summarise", "find", "plain", "see [address]"]);
        assert_eq!(brief.skills.len(), SKILLS);
        assert!(brief.skills.iter().all(|skill| skill.chars().count() <= SKILL));
        assert_eq!(brief.description.as_deref(), Some("at [address]"));
        assert_eq!(Brief::of(&json!([])), Brief::default());
    }
}
