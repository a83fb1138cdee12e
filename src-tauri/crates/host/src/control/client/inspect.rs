//! What whoever looks on at deliveries asks, and diagnostics.

use hyper::Method;

use super::{ANSWER_DEADLINE, Answer, Client, Nothing, SEND_DEADLINE};
use crate::{
    config::ProfileName,
    control::{CurlText, SetRecording},
    deliveries::{Recording, Replayed},
    diagnostics::{DiagnosticsFile, DiagnosticsText},
};

impl Client {
    /// Whether bodies are recorded.
    ///
    /// # Errors
    /// As for every request.
    pub async fn recording(&self) -> Answer<Recording> {
        self.get("/v1/recording").await
    }

    /// Records bodies, or forgets them.
    ///
    /// # Errors
    /// As for every request.
    pub async fn record(&self, on: bool) -> Answer<Recording> {
        self.json(
            Method::PUT,
            "/v1/recording",
            Some(&SetRecording { on }),
            ANSWER_DEADLINE,
        )
        .await
    }

    /// A delivery as a command for a shell.
    ///
    /// # Errors
    /// As for every request.
    pub async fn delivery_as_curl(&self, profile: &ProfileName, id: i64) -> Answer<String> {
        let path = format!("/v1/profiles/{profile}/deliveries/{id}/curl");
        let text: CurlText = self.get(&path).await?;
        Ok(text.text)
    }

    /// Gives a delivery to the agent once more.
    ///
    /// # Errors
    /// As for every request.
    pub async fn replay(&self, profile: &ProfileName, id: i64) -> Answer<Replayed> {
        let path = format!("/v1/profiles/{profile}/deliveries/{id}/replay");
        self.json(Method::POST, &path, Some(&Nothing {}), SEND_DEADLINE)
            .await
    }

    /// How everything is, for the clipboard.
    ///
    /// # Errors
    /// As for every request.
    pub async fn diagnostics(&self) -> Answer<DiagnosticsText> {
        self.get("/v1/diagnostics").await
    }

    /// Has the host write a zip with it.
    ///
    /// # Errors
    /// As for every request.
    pub async fn write_diagnostics(&self) -> Answer<DiagnosticsFile> {
        self.json(
            Method::POST,
            "/v1/diagnostics/file",
            Some(&Nothing {}),
            ANSWER_DEADLINE,
        )
        .await
    }
}
