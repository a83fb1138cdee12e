//! The hash of a plugin's content, which its author can compute with the platform's SDK and declare in `plugin.yaml`.

use std::{collections::BTreeMap, fmt::Write as _};

use sha2::{Digest, Sha256};

/// Where a plugin says what it is. The hash stands in it, so that it can't be hashed itself.
pub(super) const MANIFEST: &str = "plugin.yaml";

/// The hash over all files but `plugin.yaml`: SHA-256 of a JSON list of pairs, in order, of each file's path and the
/// SHA-256 of its content. The JSON is written as Python writes it.
pub(super) fn hash(files: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = files
        .iter()
        .filter(|(path, _)| *path != MANIFEST)
        .map(|(path, hash)| format!("[{}, \"{hash}\"]", json(path)))
        .collect();
    hex(&Sha256::digest(format!("[{}]", pairs.join(", "))))
}

/// A string of JSON in ASCII.
fn json(text: &str) -> String {
    let mut json = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => json.extend(['\\', char]),
            ' '..='~' => json.push(char),
            _ => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    // Writing into a string can't fail.
                    let _ = write!(json, "\\u{unit:04x}");
                }
            }
        }
    }
    json.push('"');
    json
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_that_the_sdk_computes() {
        let files = [
            ("plugin.yaml", "not counted"),
            ("b.md", "two"),
            ("a \"q\"/é😀.md", "one"),
            ("skills/plugin.yaml", "three"),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), hex(&Sha256::digest(text))));
        assert_eq!(
            hash(&files.into()),
            "4153d9b4f1671fea0fac2dddce12f818ff33aa3b734c7cad1f2a27219d1a42dd"
        );
        assert_eq!(
            hash(&BTreeMap::new()),
            // Of "[]".
            "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
        );
    }
}
