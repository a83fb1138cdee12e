//! Texts as a menu can show them.

/// The longest line in characters: menus grow as wide as their widest line.
pub(super) const LONGEST: usize = 64;
/// The longest name in a line.
const LONGEST_NAME: usize = 44;
/// The most lines that a longer text gets.
const MOST_LINES: usize = 4;

/// A text of somebody else on one line of bounded length that cannot turn the writing around.
pub(super) fn short(text: &str) -> String {
    cut(text, LONGEST)
}

/// A name on a line that says more besides.
pub(super) fn short_name(text: &str) -> String {
    cut(text, LONGEST_NAME)
}

fn cut(text: &str, longest: usize) -> String {
    let shown: Vec<char> = text.chars().filter(|char| !is_hidden(*char)).collect();
    if shown.len() <= longest {
        return shown.into_iter().collect();
    }
    let start: String = shown.into_iter().take(longest - 1).collect();
    format!("{}…", start.trim_end())
}

/// Control characters, and those that turn the direction of writing around.
fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A longer text of ours on a few lines.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() < LONGEST => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(short(word)),
        }
    }
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

/// A sentence of ours as the rest of one.
pub(super) fn after_colon(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut chars = sentence.chars();
    let first = chars.next();
    // A name or an abbreviation stays one.
    let mut rest_of_word = chars.clone().take_while(|char| !char.is_whitespace());
    match first {
        Some(first) if rest_of_word.all(char::is_lowercase) => first.to_lowercase().chain(chars).collect(),
        _ => sentence.to_owned(),
    }
}

/// The hour and minute of a time in RFC 3339, as it is written there.
pub(super) fn hour(time: &str) -> &str {
    time.get(11..16).unwrap_or(time)
}
