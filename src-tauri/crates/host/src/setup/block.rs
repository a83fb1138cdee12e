//! The connection block on its way from the CLI to the running host, over the control socket alone.

use ligand_platform::Connection;
use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(connection: &Connection, serializer: S) -> Result<S::Ok, S::Error> {
    let mut block = serializer.serialize_struct("Connection", 3)?;
    block.serialize_field("platform_url", &connection.platform_url.to_string())?;
    block.serialize_field("workspace_id", &connection.workspace_id)?;
    block.serialize_field("auth_token", &connection.auth_token)?;
    block.end()
}

/// The same fields, or anything else that the platform's block may look like.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Connection, D::Error> {
    let block = serde_json::Value::deserialize(deserializer)?;
    Connection::parse(&block.to_string()).map_err(D::Error::custom)
}
