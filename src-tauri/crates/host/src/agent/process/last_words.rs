//! The last of what a process says on its standard error, for whoever asks why it failed. All of it is in the agent's log.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::supervise::Ear;

/// Lines that are kept, and their bytes in all.
const LINES: usize = 5;
const BYTES: usize = 1000;

/// The last words of one process. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct LastWords(Arc<Mutex<VecDeque<String>>>);

impl LastWords {
    /// What hears them.
    pub(super) fn ear(&self) -> Ear {
        let words = self.clone();
        Arc::new(move |line| {
            words.hear(&line);
            line
        })
    }

    /// What was heard so far.
    pub(super) fn text(&self) -> String {
        let lines: Vec<String> = self.lines().iter().cloned().collect();
        let text = lines.join("\n");
        text[text.ceil_char_boundary(text.len().saturating_sub(BYTES))..].to_owned()
    }

    fn hear(&self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        let mut lines = self.lines();
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line[..line.floor_char_boundary(BYTES)].to_owned());
    }

    fn lines(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(lines: &[&str]) -> String {
        let words = LastWords::default();
        let ear = words.ear();
        for line in lines {
            assert_eq!(ear((*line).to_owned()), *line);
        }
        words.text()
    }

    #[test]
    fn the_last_lines_are_kept_and_no_more() {
        assert_eq!(last(&["one", "two", "", "three"]), "one\ntwo\nthree");
        let many: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(last(&many), "45\n46\n47\n48\n49");
    }

    #[test]
    fn long_lines_take_little_room() {
        let long = "ä".repeat(5000);
        assert!(last(&[long.as_str(); 7]).len() <= BYTES);
    }
}
