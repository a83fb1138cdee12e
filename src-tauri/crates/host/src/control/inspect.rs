//! The routes of whoever looks on at deliveries, and of diagnostics: takes the request apart, asks the host, puts the
//! answer together.

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};

use super::{
    api::{CurlText, SetRecording},
    error::ApiError,
    handlers::{Answer, Body, Shared},
};
use crate::{
    deliveries::{Recording, Replayed},
    diagnostics::{DiagnosticsFile, DiagnosticsText},
};

/// A profile's name and a delivery's number out of the path.
type One = Result<Path<(String, i64)>, PathRejection>;

pub(super) async fn recording(State(shared): State<Shared>) -> Json<Recording> {
    Json(shared.handle.recording())
}

pub(super) async fn record(
    State(shared): State<Shared>,
    Body(SetRecording { on }): Body<SetRecording>,
) -> Json<Recording> {
    shared.handle.record(on);
    Json(shared.handle.recording())
}

pub(super) async fn curl(State(shared): State<Shared>, path: One) -> Answer<Json<CurlText>> {
    let Path((name, id)) = path.map_err(ApiError::bad_request)?;
    let text = shared.handle.delivery_as_curl(&name, id).await?;
    Ok(Json(CurlText { text }))
}

pub(super) async fn replay(State(shared): State<Shared>, path: One) -> Answer<Json<Replayed>> {
    let Path((name, id)) = path.map_err(ApiError::bad_request)?;
    Ok(Json(shared.handle.replay(&name, id).await?))
}

pub(super) async fn diagnostics(State(shared): State<Shared>) -> Json<DiagnosticsText> {
    Json(shared.handle.diagnostics().await)
}

pub(super) async fn diagnostics_file(State(shared): State<Shared>) -> Answer<Json<DiagnosticsFile>> {
    Ok(Json(shared.handle.write_diagnostics().await?))
}
