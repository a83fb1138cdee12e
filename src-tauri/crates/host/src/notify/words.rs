//! What a notification says.

use std::sync::Arc;

use super::{own::Trouble, policy::Digest};
use crate::org::OrgWorkspace;

/// Names in one sentence; more are counted.
const NAMED: usize = 3;
/// Characters of a name: a notification has a few lines.
const NAME: usize = 60;
/// What cannot be seen, and what that does not mean.
const CANNOT_SEE: &str = "Cannot see the org";

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// Ours alone: nothing of strangers is in it.
    pub(super) title: String,
    /// With names of strangers, as plain text.
    pub(super) body: String,
}

/// Says who went away and who came back; nothing, if it is nobody.
pub(super) fn of_digest(digest: &Digest) -> Option<Words> {
    let (offline, back) = (digest.offline.as_slice(), digest.back.as_slice());
    let title = match (digest.while_away, offline.len(), back.len()) {
        (_, 0, 0) => return None,
        (true, ..) => "While you were away".to_owned(),
        (false, 0, 1) => "A workspace is back".to_owned(),
        (false, 0, several) => format!("{several} workspaces are back"),
        (false, 1, _) => "A workspace is offline".to_owned(),
        (false, several, _) => format!("{several} workspaces are offline"),
    };
    let away = match (digest.while_away, offline.len()) {
        (_, 0) => None,
        (true, _) => Some(format!("{} went offline.", names(offline))),
        (false, 1) => Some(format!("{} has been offline for a minute.", names(offline))),
        (false, _) => Some(format!("{} have been offline for a minute.", names(offline))),
    };
    let returned = match back.len() {
        0 => None,
        1 => Some(format!("{} is back.", names(back))),
        _ => Some(format!("{} are back.", names(back))),
    };
    let sentences: Vec<String> = away.into_iter().chain(returned).collect();
    Some(Words {
        title,
        body: sentences.join(" "),
    })
}

/// Says that our own way is bad, with the reason that the status gives.
pub(super) fn of_blind(reason: Option<&str>) -> Words {
    let body = match reason {
        Some(reason) => format!("{}. Ligand keeps trying.", sentence(reason)),
        None => "Ligand has no connection, and keeps trying.".to_owned(),
    };
    Words {
        title: CANNOT_SEE.to_owned(),
        body,
    }
}

/// Says that most of the org went silent.
pub(super) fn of_dark() -> Words {
    Words {
        title: CANNOT_SEE.to_owned(),
        body:
            "Most of its workspaces went silent at once: it may be the platform or the network, and not they."
                .to_owned(),
    }
}

/// Says what is wrong with ours, and what to do.
pub(super) fn of_own(workspace: Option<&str>, profile: &str, trouble: &Trouble) -> Words {
    let name = name(workspace.unwrap_or(profile));
    Words {
        title: trouble.title.clone(),
        body: format!("{name}: {}", trouble.next),
    }
}

/// `a, b, c and 2 more`.
fn names(of: &[Arc<OrgWorkspace>]) -> String {
    let named: Vec<String> = of.iter().take(NAMED).map(|one| name(&one.name)).collect();
    match (named.as_slice(), of.len() - named.len()) {
        ([rest @ .., last], 0) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        (named, 0) => named.join(", "),
        (named, more) => format!("{} and {more} more", named.join(", ")),
    }
}

/// A reason as the beginning of a sentence, without its own full stop.
fn sentence(reason: &str) -> String {
    let reason = crate::org::text::line(reason, crate::org::text::SENTENCE);
    let reason = reason.trim_end_matches('.');
    let mut chars = reason.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
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
    use super::*;

    fn workspaces(names: &[&str]) -> Vec<Arc<OrgWorkspace>> {
        let one = |name: &&str| Arc::new(OrgWorkspace::named(0, name, "offline"));
        names.iter().map(one).collect()
    }

    fn said(while_away: bool, offline: &[&str], back: &[&str]) -> (String, String) {
        let digest = Digest {
            while_away,
            offline: workspaces(offline),
            back: workspaces(back),
        };
        let Words { title, body } = of_digest(&digest).unwrap();
        (title, body.replace(['\u{2068}', '\u{2069}'], ""))
    }

    #[test]
    fn one_is_named_and_many_are_counted() {
        assert_eq!(of_digest(&Digest::default()), None);
        for (offline, back, title, body) in [
            (
                &["A"][..],
                &[][..],
                "A workspace is offline",
                "A has been offline for a minute.",
            ),
            (
                &["a", "b"],
                &[],
                "2 workspaces are offline",
                "a and b have been offline for a minute.",
            ),
            (
                &["a", "b", "c", "d", "e"],
                &[],
                "5 workspaces are offline",
                "a, b, c and 2 more have been offline for a minute.",
            ),
            (&[], &["a"], "A workspace is back", "a is back."),
            (
                &[],
                &["a", "b", "c"],
                "3 workspaces are back",
                "a, b and c are back.",
            ),
            (
                &["a"],
                &["b"],
                "A workspace is offline",
                "a has been offline for a minute. b is back.",
            ),
        ] {
            assert_eq!(said(false, offline, back), (title.to_owned(), body.to_owned()));
        }
        assert_eq!(
            said(true, &["a", "b"], &["c"]),
            (
                "While you were away".to_owned(),
                "a and b went offline. c is back.".to_owned()
            )
        );
    }

    #[test]
    fn a_bad_connection_is_said_with_its_reason() {
        assert_eq!(
            of_blind(Some("the relay cannot be reached.")).body,
            "The relay cannot be reached. Ligand keeps trying."
        );
        assert!(of_blind(None).body.starts_with("Ligand has no connection"));
    }

    #[test]
    fn a_name_is_text_and_stays_in_its_place() {
        let digest = Digest {
            offline: workspaces(&["<b>x</b> & \u{202e}co"]),
            ..Digest::default()
        };
        let body = of_digest(&digest).unwrap().body;
        assert!(body.starts_with("\u{2068}<b>x</b> & co\u{2069} has"), "{body:?}");
        assert_eq!(
            escaped("<b>\"x\"</b> & 'co'"),
            "&lt;b&gt;&quot;x&quot;&lt;/b&gt; &amp; &apos;co&apos;"
        );
        assert!(said(false, &[&"x".repeat(500)], &[]).1.len() < 200);
    }
}
