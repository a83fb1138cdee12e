//! A request's values as a person reads them: every one of them, one to a line, secrets named and not shown.

use serde_json::Value;

/// The most lines that a question has: a dialog of more does not fit on a small screen.
const MOST_LINES: usize = 16;
/// The most characters of a line.
const LONGEST_LINE: usize = 200;
/// What stands in the place of a secret.
const HIDDEN: &str = "(secret, not shown)";
/// Parts of a name that say that its value is a secret.
const SECRETS: [&str; 5] = ["token", "secret", "password", "key", "login"];

/// The values of a body, as `name: value` lines; `None` if that is more than can be shown.
pub(super) fn lines(body: &Value) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    walk("", body, &mut lines);
    let fits = lines.len() <= MOST_LINES && lines.iter().all(|line| fits(line));
    fits.then_some(lines)
}

/// One value of strangers, whole, on one line and in its own direction; `None` if it cannot be shown so.
pub(super) fn value(text: &str) -> Option<String> {
    let shown = visible(text);
    fits(&shown).then_some(shown)
}

fn fits(line: &str) -> bool {
    line.chars().count() <= LONGEST_LINE
}

fn walk(name: &str, value: &Value, lines: &mut Vec<String>) {
    let below = |part: &str| match name {
        "" => visible(part),
        name => format!("{name}.{}", visible(part)),
    };
    match value {
        Value::Object(fields) => {
            for (part, value) in fields {
                walk(&below(part), value, lines);
            }
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            for (at, value) in items.iter().enumerate() {
                walk(&below(&(at + 1).to_string()), value, lines);
            }
        }
        // Left out and false mean the same in a request.
        Value::Null => {}
        Value::String(_) if is_secret(name) => lines.push(format!("{name}: {HIDDEN}")),
        Value::String(text) => lines.push(format!("{name}: {}", visible(text))),
        other => lines.push(format!("{name}: {}", visible(&other.to_string()))),
    }
}

fn is_secret(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    SECRETS.iter().any(|part| last.contains(part))
}

/// What a character could hide or turn around is shown as what it is.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let hides = c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if hides {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_is_a_line_and_a_secret_is_only_named() {
        let body = json!({
            "name": "work", "relay": null, "org_key": "k1", "agent": { "kind": "exec", "run": ["sh", "-c", "x"] },
            "connection": { "auth_token": "t1", "platform_url": "https://acme.example" }, "offline": false,
        });
        assert_eq!(
            lines(&body).unwrap(),
            [
                "agent.kind: exec",
                "agent.run: [\"sh\",\"-c\",\"x\"]",
                "connection.auth_token: (secret, not shown)",
                "connection.platform_url: https://acme.example",
                "name: work",
                "offline: false",
                "org_key: (secret, not shown)",
            ]
        );
    }

    #[test]
    fn what_would_hide_something_is_seen() {
        let body = json!({ "run": "rm -rf ~\n\u{202e}#\u{200b}" });
        assert_eq!(lines(&body).unwrap(), ["run: rm -rf ~\\u{a}\\u{202e}#\\u{200b}"]);
    }

    #[test]
    fn what_cannot_be_shown_whole_is_not_shown_at_all() {
        assert_eq!(lines(&json!({ "run": "x".repeat(300) })), None);
        let many: Vec<_> = (0..20).map(|at| json!({ "at": at })).collect();
        assert_eq!(lines(&json!(many)), None);
        assert_eq!(value(&"x".repeat(300)), None);
    }
}
