//! Texts of strangers, made fit for a picture: one line, of bounded length, without control characters.

/// Characters of a name: what the platform allows.
pub(crate) const NAME: usize = 255;
/// Characters of a role, a task or an error: a few lines on any screen. The platform allows a role 1,000.
pub(crate) const SENTENCE: usize = 300;
/// Characters of a word such as a status or a runtime: what the platform allows a runtime.
pub(crate) const WORD: usize = 100;

/// What stands where a text held an address.
const ADDRESS: &str = "[address]";

/// The text in one line of at most `max` characters; the last is an ellipsis where more came.
pub(crate) fn line(text: &str, max: usize) -> String {
    let words = text
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty());
    let mut chars = words
        .enumerate()
        .flat_map(|(at, word)| (at > 0).then_some(' ').into_iter().chain(word.chars()));
    let mut line: String = chars.by_ref().take(max).collect();
    if chars.next().is_some() {
        line.pop();
        line.truncate(line.trim_end().len());
        line.push('…');
    }
    line
}

/// The same, and nothing for an empty one.
pub(crate) fn some_line(text: &str, max: usize) -> Option<String> {
    Some(line(text, max)).filter(|line| !line.is_empty())
}

/// An error's text: platforms quote the address that they could not reach.
pub(crate) fn error(text: &str) -> Option<String> {
    without_addresses(text, SENTENCE)
}

/// One line in which no address is told: addresses of agents are not for showing.
pub(crate) fn without_addresses(text: &str, max: usize) -> Option<String> {
    if !text.contains("://") {
        return some_line(text, max);
    }
    let words = text
        .split_whitespace()
        .map(|word| if word.contains("://") { ADDRESS } else { word });
    some_line(&words.collect::<Vec<_>>().join(" "), max)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_text_ends_where_its_room_does() {
        assert_eq!(line("Research", 8), "Research");
        assert_eq!(line("Researcher", 8), "Researc…");
        assert_eq!(line("ää öö", 5), "ää öö");
        assert_eq!(line("a b c", 3), "a…");
    }

    #[test]
    fn control_characters_are_no_part_of_a_text() {
        assert_eq!(line(" a\r\nb\u{1b}[31m\tc\u{85} ", 80), "a b [31m c");
        assert_eq!(some_line("\n\u{0}", 80), None);
    }

    #[test]
    fn an_error_does_not_tell_an_address() {
        let told = error("Post \"https://relay.example/w/abc\": dial tcp: refused").unwrap();
        assert_eq!(told, "Post [address] dial tcp: refused");
    }

    proptest! {
        #[test]
        fn no_text_is_longer_than_its_room(text in any::<String>(), max in 1_usize..40) {
            let line = line(&text, max);
            prop_assert!(line.chars().count() <= max, "{line:?}");
            prop_assert!(!line.contains(char::is_control));
            prop_assert_eq!(line.trim(), &line);
        }
    }
}
