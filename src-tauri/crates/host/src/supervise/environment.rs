//! The environment of a program that Ligand starts: what it inherits, and what is added. What is added to an agent's, its
//! own module says.
//!
//! Pure: what the host's own environment has is passed in. Values that are given are zeroed when this is dropped.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

use zeroize::Zeroizing;

use crate::agent::variables;

/// The value of a variable.
pub(crate) enum Value {
    /// As it was inherited.
    Inherited(OsString),
    /// Given by Ligand; zeroed when dropped.
    Given(Zeroizing<String>),
}

impl Value {
    pub(crate) fn text(&self) -> &OsStr {
        match self {
            Self::Inherited(text) => text,
            Self::Given(text) => OsStr::new(text.as_str()),
        }
    }
}

/// A whole environment.
#[derive(Default)]
pub(crate) struct Environment(BTreeMap<OsString, Value>);

impl Environment {
    /// What this process has, without what is Ligand's.
    pub(crate) fn inherited(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let kept = variables.filter(|(name, _)| !variables::is_ligands(&name.to_string_lossy()));
        Self(
            kept.map(|(name, value)| (name, Value::Inherited(value)))
                .collect(),
        )
    }

    /// Every variable.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.text()))
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(Value::text)
    }

    /// Sets a variable.
    pub(crate) fn put(&mut self, name: &str, value: &str) {
        let value = Value::Given(Zeroizing::new(value.to_owned()));
        self.0.insert(name.into(), value);
    }

    /// Whether a variable is set. Windows does not tell small letters from large ones in a name.
    pub(crate) fn has(&self, name: &str) -> bool {
        if cfg!(windows) {
            self.0.keys().any(|known| known.eq_ignore_ascii_case(name))
        } else {
            self.0.contains_key(OsStr::new(name))
        }
    }
}
