//! A table of the config, read key by key: what is there, of which type, and where.
//!
//! It knows TOML and places, and nothing of what the keys mean.

use std::collections::BTreeMap;
use std::ops::Range;

use toml_edit::{Item, TableLike, Value};

use super::ConfigError;
use super::error::Source;
use super::rules::BadValue;

/// Edits that a mistyped key may be away from the right one, as a part of its length.
const TYPO_PART: usize = 3;

/// A table of the file, with what is needed to say where it is.
pub(super) struct Table<'a> {
    pub(super) source: Source<'a>,
    /// As it stands between brackets; empty for the whole file.
    pub(super) name: String,
    pub(super) keys: &'a dyn TableLike,
    pub(super) span: Option<Range<usize>>,
}

impl<'a> Table<'a> {
    /// Refuses keys that have no meaning here, and names the one that was probably meant.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), ConfigError> {
        for (key, _) in self.keys.iter() {
            if known.contains(&key) {
                continue;
            }
            let near = known
                .iter()
                .map(|name| (strsim::damerau_levenshtein(key, name), name))
                .min();
            let next = match near {
                Some((edits, name)) if edits <= key.chars().count().div_ceil(TYPO_PART) => {
                    format!("Did you mean \"{name}\"?")
                }
                _ => format!("Known here: {}", known.join(", ")),
            };
            let bad = BadValue::new(format!("unknown key \"{key}\" {}", self.place()), next);
            return Err(self.source.wrong(self.key_span(key), bad));
        }
        Ok(())
    }

    pub(super) fn kind(&self, known: &[&'static str]) -> Result<&'static str, ConfigError> {
        let example = format!("kind = \"{}\"", known[0]);
        self.needed("kind", &example, |text| {
            known.iter().find(|kind| **kind == text).copied().ok_or_else(|| {
                let what = format!("kind \"{text}\" is not known {}", self.place());
                BadValue::new(what, format!("Known here: {}", known.join(", ")))
            })
        })
    }

    pub(super) fn needed<T>(
        &self,
        key: &str,
        example: &str,
        rule: impl FnOnce(&str) -> Result<T, BadValue>,
    ) -> Result<T, ConfigError> {
        match self.text(key, rule)? {
            Some((value, _)) => Ok(value),
            None => Err(self.missing(key, example)),
        }
    }

    /// Says that a key is not there, and what to add.
    pub(super) fn missing(&self, key: &str, example: &str) -> ConfigError {
        let bad = BadValue::new(
            format!("{key} is missing {}", self.place()),
            format!("Add {example}"),
        );
        self.source.wrong(self.span.clone(), bad)
    }

    pub(super) fn text<T>(
        &self,
        key: &str,
        rule: impl FnOnce(&str) -> Result<T, BadValue>,
    ) -> Result<Option<(T, Range<usize>)>, ConfigError> {
        let Some(item) = self.keys.get(key) else {
            return Ok(None);
        };
        let span = self.value_span(key, item);
        let text = item
            .as_str()
            .ok_or_else(|| self.mistyped(key, item, "text in quotes"))?;
        match rule(text) {
            Ok(value) => Ok(Some((value, span))),
            Err(bad) => Err(self.source.wrong(Some(span), bad)),
        }
    }

    pub(super) fn integer(&self, key: &str) -> Result<Option<(i64, Range<usize>)>, ConfigError> {
        let Some(item) = self.keys.get(key) else {
            return Ok(None);
        };
        let value = item
            .as_integer()
            .ok_or_else(|| self.mistyped(key, item, "a whole number"))?;
        Ok(Some((value, self.value_span(key, item))))
    }

    /// A whole number that keeps a rule.
    pub(super) fn number(
        &self,
        key: &str,
        rule: impl FnOnce(i64) -> Result<u32, BadValue>,
    ) -> Result<Option<u32>, ConfigError> {
        let Some((value, span)) = self.integer(key)? else {
            return Ok(None);
        };
        let value = rule(value).map_err(|bad| self.source.wrong(Some(span), bad))?;
        Ok(Some(value))
    }

    /// A list of texts that keeps a rule.
    pub(super) fn texts(
        &self,
        key: &str,
        rule: impl FnOnce(&[String]) -> Result<(), BadValue>,
    ) -> Result<Option<Vec<String>>, ConfigError> {
        let Some(item) = self.keys.get(key) else {
            return Ok(None);
        };
        let wanted = "a list of texts in quotes";
        let list = item.as_array().ok_or_else(|| self.mistyped(key, item, wanted))?;
        let texts = list.iter().map(|value| value.as_str().map(str::to_owned));
        let texts: Option<Vec<String>> = texts.collect();
        let texts = texts.ok_or_else(|| self.mistyped(key, item, wanted))?;
        rule(&texts).map_err(|bad| self.source.wrong(Some(self.value_span(key, item)), bad))?;
        Ok(Some(texts))
    }

    /// A table of texts, each of which keeps a rule with its name.
    pub(super) fn named_texts(
        &self,
        key: &str,
        rule: impl Fn(&str, &str) -> Result<(), BadValue>,
    ) -> Result<Option<BTreeMap<String, String>>, ConfigError> {
        let Some(table) = self.table(key)? else {
            return Ok(None);
        };
        let mut texts = BTreeMap::new();
        for (name, item) in table.keys.iter() {
            let text = item
                .as_str()
                .ok_or_else(|| table.mistyped(name, item, "text in quotes"))?;
            rule(name, text).map_err(|bad| table.source.wrong(table.key_span(name), bad))?;
            texts.insert(name.to_owned(), text.to_owned());
        }
        Ok(Some(texts))
    }

    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        let Some(item) = self.keys.get(key) else {
            return Ok(None);
        };
        item.as_bool()
            .map(Some)
            .ok_or_else(|| self.mistyped(key, item, "true or false"))
    }

    pub(super) fn table(&self, key: &str) -> Result<Option<Table<'a>>, ConfigError> {
        let Some(item) = self.keys.get(key) else {
            return Ok(None);
        };
        let keys = item
            .as_table_like()
            .ok_or_else(|| self.mistyped(key, item, "a table"))?;
        let name = if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        };
        let span = item
            .span()
            .or_else(|| self.key_span(key))
            .or_else(|| self.span.clone());
        Ok(Some(Table {
            source: self.source,
            name,
            keys,
            span,
        }))
    }

    pub(super) fn needed_table(&self, key: &str, content: &str) -> Result<Table<'a>, ConfigError> {
        match self.table(key)? {
            Some(table) => Ok(table),
            None => {
                let what = format!("[{}.{key}] is missing", self.name);
                let bad = BadValue::new(what, format!("Add [{}.{key}] with {content}", self.name));
                Err(self.source.wrong(self.span.clone(), bad))
            }
        }
    }

    fn mistyped(&self, key: &str, item: &Item, wanted: &str) -> ConfigError {
        let what = format!("{key} must be {wanted}, not {}", type_words(item));
        let next = format!("Write {key} as {wanted}");
        self.source
            .wrong(Some(self.value_span(key, item)), BadValue::new(what, next))
    }

    pub(super) fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.keys.key(key).and_then(toml_edit::Key::span)
    }

    fn value_span(&self, key: &str, item: &Item) -> Range<usize> {
        item.span()
            .or_else(|| self.key_span(key))
            .or_else(|| self.span.clone())
            .unwrap_or(0..0)
    }

    fn place(&self) -> String {
        match self.name.as_str() {
            "" => "at the top of the file".into(),
            name => format!("in [{name}]"),
        }
    }
}

/// Sets a value, unless it is the usual one and does not stand there already.
pub(super) fn put_in<T: Into<Value> + PartialEq>(table: &mut dyn TableLike, key: &str, value: T, usual: T) {
    if value != usual || table.contains_key(key) {
        super::edit::put(table, key, value);
    }
}

fn type_words(item: &Item) -> &'static str {
    match item.type_name() {
        "string" => "text",
        "integer" => "a whole number",
        "float" => "a number",
        "boolean" => "true or false",
        "datetime" => "a date",
        "array" => "a list",
        "array of tables" => "a list of tables",
        _ => "a table",
    }
}
