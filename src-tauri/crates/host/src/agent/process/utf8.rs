//! Text from bytes that come in pieces: a character that is cut in two waits for its other half.

/// The longest character has four bytes, so at most three wait.
#[derive(Default)]
pub(in crate::agent) struct Utf8 {
    waiting: Vec<u8>,
}

impl Utf8 {
    /// The text of these bytes and of those that waited. What is no UTF-8 becomes U+FFFD.
    pub(in crate::agent) fn take(&mut self, bytes: &[u8]) -> String {
        let mut rest = std::mem::take(&mut self.waiting);
        rest.extend_from_slice(bytes);
        let whole = rest.len() - unfinished(&rest);
        self.waiting = rest.split_off(whole);
        String::from_utf8(rest).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// What still waits at the end is no text.
    pub(in crate::agent) fn end(self) -> &'static str {
        if self.waiting.is_empty() { "" } else { "\u{fffd}" }
    }
}

/// How many of the last bytes are the beginning of a character that is not complete.
fn unfinished(bytes: &[u8]) -> usize {
    let last = &bytes[bytes.len().saturating_sub(3)..];
    let begins = last.iter().rposition(|byte| byte & 0b1100_0000 != 0b1000_0000);
    let Some(at) = begins else { return 0 };
    let there = last.len() - at;
    let needed = match last[at] {
        0b1100_0000..=0b1101_1111 => 2,
        0b1110_0000..=0b1110_1111 => 3,
        0b1111_0000..=0b1111_0111 => 4,
        _ => 1,
    };
    if there < needed { there } else { 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn taken(pieces: &[&[u8]]) -> String {
        let mut utf8 = Utf8::default();
        let mut text: String = pieces.iter().map(|piece| utf8.take(piece)).collect();
        text.push_str(utf8.end());
        text
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn text_is_the_same_however_it_is_cut(text in ".{0,40}", cuts in proptest::collection::vec(0usize..160, 0..6)) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect();
            prop_assert_eq!(taken(&pieces), text);
        }

        #[test]
        fn any_bytes_become_text_and_few_ever_wait(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..8), 0..8)) {
            let mut utf8 = Utf8::default();
            for piece in &pieces {
                utf8.take(piece);
                prop_assert!(utf8.waiting.len() <= 3);
            }
        }
    }

    #[test]
    fn what_is_no_text_is_marked() {
        assert_eq!(taken(&[b"a\xff", b"b"]), "a\u{fffd}b");
        assert_eq!(taken(&[b"a\xe2\x82"]), "a\u{fffd}");
    }
}
