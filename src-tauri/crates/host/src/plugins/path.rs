//! Which paths in an archive are taken: relative ones of plain names that every system can keep as they are.

use super::fault::EntryFault;

/// Bytes that a path may have: with the plugin's folder before it, it stays below what Windows takes (260).
pub(super) const MAX_BYTES: usize = 150;
/// How deep folders may go: as deep as the platform's own.
pub(super) const MAX_DEPTH: usize = 16;

/// Names of devices on Windows, which no file can have there, with or without an ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Those that have a digit behind them.
const NUMBERED: [&str; 2] = ["com", "lpt"];

/// The path of a file or folder, with `/` between its parts; none where it is the archive's own root.
pub(super) fn checked(bytes: &[u8], is_folder: bool) -> Result<Option<String>, EntryFault> {
    let path = std::str::from_utf8(bytes).map_err(|_| EntryFault::NotText)?;
    if path.starts_with('/') || path.get(1..2) == Some(":") {
        return Err(EntryFault::Absolute);
    }
    // `tar -C folder .` begins each name with this.
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    if is_folder {
        path = path.strip_suffix('/').unwrap_or(path);
        if matches!(path, "" | ".") {
            return Ok(None);
        }
    }
    let parts = path.split('/');
    if parts.clone().any(|part| part == "..") {
        return Err(EntryFault::Parent);
    }
    if parts.clone().count() > MAX_DEPTH {
        return Err(EntryFault::Deep);
    }
    if path.len() > MAX_BYTES {
        return Err(EntryFault::LongPath);
    }
    parts.into_iter().try_for_each(part)?;
    Ok(Some(path.to_owned()))
}

fn part(part: &str) -> Result<(), EntryFault> {
    if matches!(part, "" | ".") {
        return Err(EntryFault::OddPath);
    }
    if part.chars().any(is_hidden) {
        return Err(EntryFault::Control);
    }
    let is_forbidden = |char: &char| matches!(char, '\\' | ':' | '<' | '>' | '"' | '|' | '?' | '*');
    if let Some(char) = part.chars().find(is_forbidden) {
        return Err(EntryFault::Forbidden(char));
    }
    if part.ends_with(['.', ' ']) {
        return Err(EntryFault::DroppedEnd);
    }
    match is_device(part) {
        true => Err(EntryFault::Reserved),
        false => Ok(()),
    }
}

/// Whether it is a device on Windows, which looks neither at the ending nor at spaces before it.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_lowercase();
    let is_digit = |rest: &str| {
        let mut chars = rest.chars();
        let digit = chars
            .next()
            .is_some_and(|char| char.is_ascii_digit() || matches!(char, '¹' | '²' | '³'));
        digit && chars.next().is_none()
    };
    DEVICES.contains(&stem.as_str())
        || NUMBERED
            .iter()
            .any(|name| stem.strip_prefix(name).is_some_and(is_digit))
}

/// Control characters, and those that turn the direction of writing around.
pub(super) fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::path::{Component, Path};

    use super::*;

    fn file(path: &str) -> Result<String, EntryFault> {
        checked(path.as_bytes(), false).map(Option::unwrap)
    }

    #[test]
    fn plain_paths_are_taken_as_they_are() {
        for path in [
            "plugin.yaml",
            "skills/hello/SKILL.md",
            ".hidden",
            "a b/ü.md",
            "console",
            "com",
            "com10",
            "a..b",
        ] {
            assert_eq!(file(path).as_deref(), Ok(path));
        }
        assert_eq!(file("././a/b").as_deref(), Ok("a/b"));
        assert_eq!(checked(b"skills/", true), Ok(Some("skills".to_owned())));
        for root in [&b"./"[..], b".", b""] {
            assert_eq!(checked(root, true), Ok(None));
        }
    }

    #[test]
    fn every_other_path_is_refused_with_its_own_reason() {
        for (path, fault) in [
            ("/etc/passwd", EntryFault::Absolute),
            ("//server/share", EntryFault::Absolute),
            ("C:/Windows", EntryFault::Absolute),
            ("../up", EntryFault::Parent),
            ("a/../../up", EntryFault::Parent),
            ("a/..", EntryFault::Parent),
            ("./../up", EntryFault::Parent),
            ("a//b", EntryFault::OddPath),
            ("a/./b", EntryFault::OddPath),
            ("a/", EntryFault::OddPath),
            ("", EntryFault::OddPath),
            (".", EntryFault::OddPath),
            ("a\\..\\b", EntryFault::Forbidden('\\')),
            ("file:stream", EntryFault::Forbidden(':')),
            ("what?", EntryFault::Forbidden('?')),
            ("a\u{1b}[2J", EntryFault::Control),
            ("a\0b", EntryFault::Control),
            ("gpj\u{202e}exe", EntryFault::Control),
            ("nul", EntryFault::Reserved),
            ("skills/CON.md", EntryFault::Reserved),
            ("aux .txt", EntryFault::Reserved),
            ("Com1", EntryFault::Reserved),
            ("lpt².log", EntryFault::Reserved),
            ("name.", EntryFault::DroppedEnd),
            ("folder /file", EntryFault::DroppedEnd),
            (&"a".repeat(MAX_BYTES + 1), EntryFault::LongPath),
            (&["a"; MAX_DEPTH + 1].join("/"), EntryFault::Deep),
        ] {
            assert_eq!(file(path), Err(fault), "{path:?}");
        }
        assert_eq!(checked(b"caf\xe9", false), Err(EntryFault::NotText));
        assert!(file(&"a".repeat(MAX_BYTES)).is_ok());
        assert!(file(&["a"; MAX_DEPTH].join("/")).is_ok());
    }

    proptest! {
        #[test]
        fn no_path_that_is_taken_leads_out_of_its_folder(path in "[./\\\\a-cC:é\u{0}\u{202e} ]{0,24}", folder: bool) {
            if let Ok(Some(taken)) = checked(path.as_bytes(), folder) {
                for part in Path::new(&taken).components() {
                    prop_assert!(matches!(part, Component::Normal(_)), "{taken:?}");
                }
                prop_assert!(!taken.contains('\\') && !taken.contains(char::is_control));
            }
        }
    }
}
