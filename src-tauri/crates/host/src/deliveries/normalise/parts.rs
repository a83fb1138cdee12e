//! The parts of a message, each with the `kind` by which every reader tells them apart.

use serde_json::{Map, Value, json};

/// Takes the parts of a list; what is none is left out.
pub(super) fn of(list: Option<&mut Value>) -> Vec<Value> {
    let list = list.and_then(Value::as_array_mut);
    list.into_iter()
        .flatten()
        .filter_map(|part| one(part.take()))
        .collect()
}

fn one(part: Value) -> Option<Value> {
    let mut fields = match part {
        Value::String(text) => return Some(json!({"kind": "text", "text": text})),
        Value::Object(fields) => fields,
        _ => return None,
    };
    // Some libraries wrap each part.
    if let Some(Value::Object(root)) = fields.get_mut("root") {
        fields = std::mem::take(root);
    }
    let older = fields.remove("type");
    let named = fields.get("kind").or(older.as_ref()).and_then(Value::as_str);
    let kind = named.or_else(|| by_content(&fields))?.to_owned();
    fields.insert("kind".into(), kind.into());
    Some(Value::Object(fields))
}

/// The kind of a part that has no name for it, as A2A 1.0 writes them.
fn by_content(fields: &Map<String, Value>) -> Option<&'static str> {
    if fields.contains_key("text") {
        Some("text")
    } else if ["file", "url", "raw"]
        .iter()
        .any(|name| fields.contains_key(*name))
    {
        Some("file")
    } else if fields.contains_key("data") {
        Some("data")
    } else {
        None
    }
}
