//! Reading request bodies: bounded, and JSON by the platform's rules.

use axum::body::Body;
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::refusal::Refusal;

/// The largest body of everything but messages. The platform has no bound there.
const JSON_CAP: usize = 16 << 20;
/// What is read and thrown away of a body that is too long, so that its sender gets to read the answer.
const DISCARD_CAP: usize = 32 << 20;

/// A body up to a cap.
pub(crate) struct Read {
    pub(crate) bytes: Bytes,
    /// There was more.
    pub(crate) cut: bool,
}

/// Reads a body up to `cap`.
pub(crate) async fn read(body: Body, cap: usize) -> Result<Read, Refusal> {
    let mut chunks = body.into_data_stream();
    let mut bytes = BytesMut::new();
    let mut discarded = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::bad_request("failed to read request body"))?;
        let room = cap - bytes.len();
        bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        discarded += chunk.len().saturating_sub(room);
        if discarded > DISCARD_CAP {
            break;
        }
    }
    Ok(Read {
        bytes: bytes.freeze(),
        cut: discarded > 0,
    })
}

/// Reads a JSON body; anything wrong with it is a 400 with this text. The content type is not asked for.
pub(crate) async fn json<T: DeserializeOwned>(body: Body, wrong: &'static str) -> Result<T, Refusal> {
    let body = read(body, JSON_CAP).await?;
    if body.cut {
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request body too large",
        ));
    }
    serde_json::from_slice(&body.bytes).map_err(|_| Refusal::bad_request(wrong))
}

/// A field for which `null` means the same as being absent.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    de: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(de)?.unwrap_or_default())
}

/// A field for which `null` is a value of its own.
pub(crate) fn any_value<'de, D: Deserializer<'de>>(de: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(de).map(Some)
}
