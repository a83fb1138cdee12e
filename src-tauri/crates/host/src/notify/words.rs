//! What a notification says.

use std::sync::Arc;

use crate::org::OrgWorkspace;

/// Names in one notification; more are counted.
const NAMED: usize = 3;
/// Characters of a name: a notification has a few lines.
const NAME: usize = 60;

/// A notification.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// Ours alone: nothing of strangers is in it.
    pub(super) title: String,
    /// With names of strangers, as plain text.
    pub(super) body: String,
}

/// Says that these went offline; nothing, if it is nobody.
pub(super) fn of(offline: &[Arc<OrgWorkspace>]) -> Option<Words> {
    let names: Vec<String> = offline.iter().take(NAMED).map(|one| name(&one.name)).collect();
    let title = match offline.len() {
        0 => return None,
        1 => "A workspace is offline".to_owned(),
        several => format!("{several} workspaces are offline"),
    };
    let more = match offline.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let verb = if offline.len() == 1 { "has" } else { "have" };
    let body = format!("{}{more} {verb} been offline for a minute.", names.join(", "));
    Some(Words { title, body })
}

/// A name that stays in its place: cut, and kept from turning the direction of what follows.
fn name(name: &str) -> String {
    let mut chars = name.chars().filter(|c| !turns_direction(*c));
    let mut cut: String = chars.by_ref().take(NAME).collect();
    if chars.next().is_some() {
        cut.push('…');
    }
    // First-strong isolate, pop directional isolate.
    format!("\u{2068}{cut}\u{2069}")
}

/// The control characters of Unicode's bidirectional algorithm.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Plain text for a place where markup is read.
#[cfg(any(test, all(unix, not(target_os = "macos"))))]
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn offline(names: &[&str]) -> Vec<Arc<OrgWorkspace>> {
        let one = |name: &&str| {
            Arc::new(OrgWorkspace {
                id: Uuid::nil(),
                name: (*name).to_owned(),
                role: None,
                state: "offline".into(),
                since: None,
                last_seen: None,
                runtime: None,
                remote: false,
                ours: false,
                parent_id: None,
                tier: None,
                active_tasks: 0,
                current_task: None,
                error: None,
            })
        };
        names.iter().map(one).collect()
    }

    fn said(names: &[&str]) -> (String, String) {
        let Words { title, body } = of(&offline(names)).unwrap();
        (title, body.replace(['\u{2068}', '\u{2069}'], ""))
    }

    #[test]
    fn one_is_named_and_many_are_counted() {
        assert_eq!(of(&[]), None);
        assert_eq!(
            said(&["Researcher"]),
            (
                "A workspace is offline".into(),
                "Researcher has been offline for a minute.".into()
            )
        );
        assert_eq!(
            said(&["a", "b", "c", "d", "e"]),
            (
                "5 workspaces are offline".into(),
                "a, b, c and 2 more have been offline for a minute.".into()
            )
        );
    }

    #[test]
    fn a_name_is_text_and_stays_in_its_place() {
        let body = of(&offline(&["<b>x</b> & \u{202e}co"])).unwrap().body;
        assert!(body.starts_with("\u{2068}<b>x</b> & co\u{2069} has"), "{body:?}");
        assert_eq!(
            escaped("<b>\"x\"</b> & 'co'"),
            "&lt;b&gt;&quot;x&quot;&lt;/b&gt; &amp; &apos;co&apos;"
        );
        assert!(said(&["x".repeat(500).as_str()]).1.len() < 200);
    }
}
