//! `plugin.yaml`: what a plugin says of itself. Only what is used here is read of it, and every value is a stranger's
//! word.

use std::{collections::BTreeMap, fmt, str::FromStr};

use saphyr_parser::{Event, Parser};
use serde::{Deserialize, Serialize};

use crate::org::text::{SENTENCE, WORD, some_line};

/// Bytes that it may have: those that exist have a few hundred.
pub(super) const MAX_BYTES: u64 = 64 << 10;

/// Characters that a plugin's name may have.
const NAME_LIMIT: usize = 64;

/// Why a `plugin.yaml` is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// There is none.
    #[error("is missing from the archive's root")]
    Missing,
    /// It is too long.
    #[error("is larger than {} KiB", MAX_BYTES >> 10)]
    TooLong,
    /// It is not UTF-8.
    #[error("is no text in UTF-8")]
    NotText,
    /// It is not YAML.
    #[error("is not YAML: line {line}")]
    NotYaml {
        /// Where that was found.
        line: usize,
    },
    /// It is not a mapping from names to values.
    #[error("is no list of names and values")]
    NoMapping,
    /// A name stands in it twice, of which different readers take different ones.
    #[error("says \"{0}\" twice")]
    Twice(&'static str),
    /// It has no name that a plugin can have.
    #[error("names no plugin: {0}")]
    Name(#[from] PluginNameError),
    /// Its hash is none.
    #[error("declares a sha256 that is not 64 hexadecimal digits")]
    NoHash,
}

/// A plugin's name: 1 to 64 letters, digits, `.`, `_` and `-`, with a letter or digit first and last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PluginName(String);

/// A text that cannot name a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a plugin's name is 1 to 64 letters, digits, dots, underscores and hyphens, with a letter or digit at both ends"
)]
pub struct PluginNameError;

impl PluginName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PluginName {
    type Err = PluginNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric();
        let is_allowed = |byte: u8| is_plain(byte) || matches!(byte, b'.' | b'_' | b'-');
        let bytes = text.as_bytes();
        let ends = bytes.first().is_some_and(|byte| is_plain(*byte))
            && bytes.last().is_some_and(|byte| is_plain(*byte));
        // It becomes a folder's name, and a part of a path at the platform.
        let fits = ends
            && bytes.len() <= NAME_LIMIT
            && bytes.iter().all(|byte| is_allowed(*byte))
            && !text.contains("..")
            && super::path::checked(bytes, false).is_ok();
        fits.then(|| Self(text.to_owned())).ok_or(PluginNameError)
    }
}

impl TryFrom<String> for PluginName {
    type Error = PluginNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PluginName> for String {
    fn from(name: PluginName) -> Self {
        name.0
    }
}

impl fmt::Display for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is used of a `plugin.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) name: PluginName,
    pub(super) version: Option<String>,
    pub(super) description: Option<String>,
    /// The hash that it declares for its content, in lower case.
    pub(super) sha256: Option<String>,
}

/// The names that are looked for.
const FIELDS: [&str; 4] = ["name", "version", "description", "sha256"];

/// Reads it.
pub(super) fn read(bytes: &[u8]) -> Result<Manifest, ManifestError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ManifestError::NotText)?;
    let fields = fields(text)?;
    let of = |name: &str| fields.get(name).map(String::as_str);
    let sha256 = of("sha256").filter(|hash| !matches!(*hash, "" | "~" | "null"));
    let sha256 = sha256.map(|hash| {
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash
            .then(|| hash.to_ascii_lowercase())
            .ok_or(ManifestError::NoHash)
    });
    Ok(Manifest {
        name: of("name").unwrap_or_default().parse()?,
        version: of("version").and_then(|version| some_line(version, WORD)),
        description: of("description").and_then(|text| some_line(text, SENTENCE)),
        sha256: sha256.transpose()?,
    })
}

/// The values at the top of the first document that are plain texts. Nothing is built of the rest, and no alias is
/// followed, so that nothing in it can grow.
fn fields(text: &str) -> Result<BTreeMap<&'static str, String>, ManifestError> {
    let mut fields = BTreeMap::new();
    let (mut depth, mut is_mapping) = (0_usize, false);
    // The name whose value comes next; one that is not looked for, or no text, is empty.
    let mut key: Option<&'static str> = None;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| ManifestError::NotYaml {
            line: error.marker().line(),
        })?;
        match event {
            Event::MappingStart(..) => {
                is_mapping = true;
                depth += 1;
            }
            Event::SequenceStart(..) | Event::Scalar(..) | Event::Alias(_) if depth == 0 => {
                return Err(ManifestError::NoMapping);
            }
            Event::SequenceStart(..) => depth += 1,
            Event::MappingEnd | Event::SequenceEnd => {
                depth = depth.saturating_sub(1);
                if depth == 1 {
                    key = next_key(key, "");
                }
            }
            Event::Scalar(value, ..) if depth == 1 => match key {
                None => key = next_key(None, &value),
                Some(name) => {
                    key = None;
                    if !name.is_empty() && fields.insert(name, value.into_owned()).is_some() {
                        return Err(ManifestError::Twice(name));
                    }
                }
            },
            Event::Alias(_) if depth == 1 => key = next_key(key, ""),
            Event::DocumentEnd => break,
            _ => {}
        }
    }
    match is_mapping {
        true => Ok(fields),
        false => Err(ManifestError::NoMapping),
    }
}

/// After a name comes its value, and after that the next name.
fn next_key(key: Option<&'static str>, name: &str) -> Option<&'static str> {
    match key {
        Some(_) => None,
        None => Some(
            FIELDS
                .into_iter()
                .find(|field| *field == name)
                .unwrap_or_default(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_read_and_the_rest_is_passed_over() {
        let text = "# a plugin\nname: careful-bash\nversion: 1.0\ntags: [name, sha256]\nruntimes:\n  - name: other\n\
                    description: >\n  Two\n  lines\u{7}\nsha256: \"ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789\"\n\
                    ? [complex]\n: value\nafter: &a x\nlast: *a\n";
        let manifest = read(text.replace('\u{7}', "").as_bytes()).unwrap();
        assert_eq!(manifest.name.as_str(), "careful-bash");
        assert_eq!(manifest.version.as_deref(), Some("1.0"));
        assert_eq!(manifest.description.as_deref(), Some("Two lines"));
        assert_eq!(manifest.sha256.unwrap(), "abcdef0123456789".repeat(4));
    }

    #[test]
    fn what_is_wrong_with_it_is_named() {
        for (text, wanted) in [
            ("", ManifestError::NoMapping),
            ("- name", ManifestError::NoMapping),
            ("hello", ManifestError::NoMapping),
            ("version: 1", ManifestError::Name(PluginNameError)),
            ("name: ../up", ManifestError::Name(PluginNameError)),
            ("name: [a]", ManifestError::Name(PluginNameError)),
            ("name: a\nname: b", ManifestError::Twice("name")),
            ("name: a\nsha256: abc", ManifestError::NoHash),
        ] {
            assert_eq!(read(text.as_bytes()), Err(wanted), "{text:?}");
        }
        assert_eq!(read(b"name: \xff"), Err(ManifestError::NotText));
        assert!(matches!(read(b"name: [a"), Err(ManifestError::NotYaml { .. })));
        assert_eq!(read(b"name: a\nsha256: ''").unwrap().sha256, None);
    }

    #[test]
    fn a_bomb_of_aliases_is_no_bomb() {
        let mut text = "name: a\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..40 {
            let alias = format!("*a{}, ", level - 1).repeat(9);
            text += &format!("a{level}: &a{level} [{alias}]\n");
        }
        assert_eq!(read(text.as_bytes()).unwrap().name.as_str(), "a");
        let deep = format!("name: a\nb: {}", "[".repeat(60_000));
        assert!(read(deep.as_bytes()).is_err());
    }

    #[test]
    fn a_name_is_one_folder_on_every_system_and_one_part_of_a_path() {
        for name in ["a", "careful-bash", "A.b_c-1", &"a".repeat(64)] {
            assert!(name.parse::<PluginName>().is_ok(), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "-a",
            "a.",
            "a/b",
            "a b",
            "a..b",
            "é",
            "nul",
            "con.x",
            &"a".repeat(65),
        ] {
            assert!(name.parse::<PluginName>().is_err(), "{name}");
        }
    }
}
