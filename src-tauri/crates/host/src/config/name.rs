//! A profile's name: what is typed after `--profile`, part of paths in the control API and of keys in the config.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Characters that a name may have.
const LENGTH_LIMIT: usize = 32;

/// Lower case letters, digits and hyphens, 1 to 32 of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileName(String);

/// A text that cannot name a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{given}\" cannot name a profile. {RULE}")]
pub struct ProfileNameError {
    given: String,
}

/// What a name must be, as the next step of an error.
pub(super) const RULE: &str = "Use 1 to 32 lower case letters, digits and hyphens";

impl ProfileName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = ProfileNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if (1..=LENGTH_LIMIT).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            // Shown to a person, so neither endless nor with control characters.
            let given = text
                .chars()
                .take(2 * LENGTH_LIMIT)
                .flat_map(char::escape_debug)
                .collect();
            Err(ProfileNameError { given })
        }
    }
}

impl TryFrom<String> for ProfileName {
    type Error = ProfileNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ProfileName> for String {
    fn from(name: ProfileName) -> Self {
        name.0
    }
}

impl AsRef<str> for ProfileName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_plain_words() {
        for good in ["a", "home", "acme-2", &"x".repeat(32)] {
            assert_eq!(good.parse::<ProfileName>().unwrap().as_str(), good);
        }
        for bad in ["", "Home", "a b", "a.b", "ä", "a/b", "a\n", &"x".repeat(33)] {
            assert!(bad.parse::<ProfileName>().is_err(), "{bad:?}");
        }
        let error = "a\u{1b}[31m".parse::<ProfileName>().unwrap_err().to_string();
        assert!(!error.contains('\u{1b}'), "{error}");
    }
}
