//! The identifiers of everything that is stored: UUIDs, in lower case with hyphens.

use std::fmt;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// An identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id(Uuid);

impl Id {
    /// A new one.
    pub(crate) fn new() -> Id {
        Id(Uuid::new_v4())
    }

    /// Reads one; `None` for anything that is not a UUID.
    pub(crate) fn parse(text: &str) -> Option<Id> {
        Uuid::try_parse(text).ok().map(Id)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.to_string().into())
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Id> {
        Id::parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}
