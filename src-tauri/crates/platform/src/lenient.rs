//! Reading fields that we can do without: `null` and surprises count as missing, and do not spoil the whole answer.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use crate::token::Token;

/// The field, or the type's default for `null` and for what is of another type.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// A secret, or nothing for `null` and for an empty text, with which the platform says that it has none.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Token>, D::Error> {
    let token: Option<Token> = Option::deserialize(deserializer)?;
    Ok(token.filter(|token| !token.expose().trim().is_empty()))
}
