//! What can be wrong with the config, in one line each: where, what, why, what next.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::rules::BadValue;

/// What is wrong with the config.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file says something that Ligand does not understand.
    #[error("{}:{line}:{column}: {bad}", file.display())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
        /// What is wrong.
        bad: BadValue,
    },
    /// The file was written by a Ligand of the future.
    #[error("{}:{line}:{column}: this config has version {found}, and this Ligand knows {known}. Install a newer Ligand, or name another folder with LIGAND_CONFIG_DIR", file.display(), known = super::SCHEMA)]
    Newer {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
        /// The version it has.
        found: i64,
    },
    /// A value that was to be written is not one that could be read again.
    #[error("nothing was written: {0}")]
    Value(#[from] BadValue),
    /// There is no such profile.
    #[error("there is no profile \"{name}\" in {}. {}", file.display(), known_words(known))]
    NoProfile {
        /// The file.
        file: PathBuf,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// Somebody else wrote the file while we changed it.
    #[error("{} was changed by something else just now, so nothing was written. Try again", .0.display())]
    Changed(PathBuf),
    /// It cannot be read.
    #[error("cannot read the config: {0}. Make it readable, or name another folder with LIGAND_CONFIG_DIR")]
    Read(io::Error),
    /// It cannot be written; the old one is still there.
    #[error("cannot write the config, the old one is unchanged: {0}. Make room or make its folder writable")]
    Write(io::Error),
}

impl ConfigError {
    /// The stable code of this fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Wrong { .. } => "config_wrong",
            Self::Newer { .. } => "config_newer",
            Self::Value(_) => "config_value",
            Self::NoProfile { .. } => "no_such_profile",
            Self::Changed(_) => "config_changed",
            Self::Read(_) => "config_unreadable",
            Self::Write(_) => "config_unwritable",
        }
    }
}

fn known_words(known: &[String]) -> String {
    match known {
        [] => "There is none yet: make one with `ligand connect` or `ligand create`".into(),
        names => format!("There are: {}", names.join(", ")),
    }
}

/// A text with its file's name, to say where in it something is.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a Path,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn wrong(&self, span: Option<Range<usize>>, bad: BadValue) -> ConfigError {
        let (line, column) = self.position(span);
        ConfigError::Wrong {
            file: self.file.to_owned(),
            line,
            column,
            bad,
        }
    }

    /// Line and character, from 1, of where a span begins. A value without a place is told at the top.
    pub(super) fn position(&self, span: Option<Range<usize>>) -> (usize, usize) {
        let offset = span.map_or(0, |span| span.start).min(self.text.len());
        let before = String::from_utf8_lossy(&self.text.as_bytes()[..offset]);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        let source = Source {
            file: Path::new("f"),
            text: "ab\nçé = 1\n",
        };
        assert_eq!(source.position(None), (1, 1));
        assert_eq!(source.position(Some(1..2)), (1, 2));
        assert_eq!(source.position(Some(3..4)), (2, 1));
        assert_eq!(source.position(Some(8..9)), (2, 4));
        assert_eq!(source.position(Some(99..100)), (3, 1));
    }
}
