//! Which lines of a log are wanted: those that are grave enough, and those that have a text in them.

use crate::config::LogLevel;

/// Lets through what is wanted. A line without a level belongs to the one before it, and goes or stays with it.
#[derive(Debug, Clone)]
pub struct LogSieve {
    level: Option<LogLevel>,
    /// In lower case.
    search: Option<String>,
    last: bool,
}

impl LogSieve {
    /// Lines that are at least so grave, and have this text in them, whatever its case.
    #[must_use]
    pub fn new(level: Option<LogLevel>, search: Option<&str>) -> Self {
        let search = search.map(str::to_lowercase).filter(|text| !text.is_empty());
        Self {
            level,
            search,
            last: true,
        }
    }

    /// Whether it lets everything through.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.level.is_none() && self.search.is_none()
    }

    /// Whether a line is wanted. Lines are to be shown in their order.
    pub fn lets_through(&mut self, line: &str) -> bool {
        if let Some(wanted) = self.level {
            let level = line.split_whitespace().nth(1).and_then(|word| word.parse().ok());
            self.last = level.map_or(self.last, |level: LogLevel| level <= wanted);
            if !self.last {
                return false;
            }
        }
        match &self.search {
            Some(search) => line.to_lowercase().contains(search),
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 6] = [
        "2026-01-02T03:04:05.678901Z  INFO ligand_host: one",
        "2026-01-02T03:04:05.678901Z  WARN ligand_host: two",
        "of two lines",
        "2026-01-02T03:04:05.678901Z DEBUG ligand_host: three",
        "of two lines as well",
        "2026-01-02T03:04:05.678901Z ERROR ligand_host: four",
    ];

    fn through(level: Option<LogLevel>, search: Option<&str>) -> usize {
        let mut sieve = LogSieve::new(level, search);
        LINES.iter().filter(|line| sieve.lets_through(line)).count()
    }

    #[test]
    fn only_what_is_grave_enough_is_let_through_with_the_lines_that_belong_to_it() {
        assert_eq!(through(Some(LogLevel::Warn), None), 3);
        assert_eq!(through(Some(LogLevel::Error), None), 1);
        assert_eq!(
            (through(Some(LogLevel::Trace), None), through(None, None)),
            (6, 6)
        );
    }

    #[test]
    fn a_text_is_searched_whatever_its_case_and_within_what_is_grave_enough() {
        assert_eq!(through(None, Some("OF TWO")), 2);
        assert_eq!(through(Some(LogLevel::Warn), Some("of two")), 1);
        assert_eq!((through(None, Some("")), through(None, Some("five"))), (6, 0));
    }
}
