//! Fetching a plugin: the one answer of the platform that is no JSON, and too large to be held. It is given in pieces;
//! what is in it is nobody's business here.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{
    Method, Response,
    header::{ACCEPT, CONTENT_TYPE},
};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    client::Platform,
    error::{Error, Kind, Stage},
    reply::{Received, broken_off},
    token::Token,
};

/// How long the platform may take to begin: it fetches a plugin from its source first, for which it takes 5 min itself.
const BEGINS: Duration = Duration::from_secs(310);
/// How long a piece may take.
const PIECE: Duration = Duration::from_secs(30);

/// Where the platform says that it had the plugin from.
const SOURCE: &str = "x-plugin-source";

/// An archive on its way.
#[derive(Debug)]
pub struct PluginArchive {
    response: Response,
}

impl Platform {
    /// Asks for a plugin by its name, which must be of letters, digits, `.`, `_` and `-`, and gets a gzipped tar archive.
    ///
    /// # Errors
    /// As every call.
    pub async fn plugin(&self, token: &Token, id: Uuid, name: &str) -> Result<PluginArchive, Error> {
        let path = format!("/workspaces/{id}/plugins/{name}/download");
        let call = self.call(Stage::Plugin, Method::GET, &path);
        let call = call
            .credential(Some(token))?
            .header(ACCEPT, "application/gzip")
            .deadline(BEGINS);
        let secrets = call.secrets();
        call.perform(async |response| {
            if response.status().is_success() && is_gzip(&response) {
                return Ok(PluginArchive { response });
            }
            Received::read(response).await?.sort(&secrets)?;
            Err(Kind::Protocol("it is no gzip archive".to_owned()))
        })
        .await
    }
}

impl PluginArchive {
    /// Where the platform says that it had the plugin from.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.response.headers().get(SOURCE)?.to_str().ok()
    }

    /// The next bytes; none after the last. Whoever calls it bounds them.
    ///
    /// # Errors
    /// When the connection breaks, or nothing comes for 30 s.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let piece = timeout(PIECE, self.response.chunk()).await;
        let piece = piece.map_or(Err(Kind::Timeout), |piece| piece.map_err(broken_off));
        piece.map_err(|kind| Error {
            stage: Stage::Plugin,
            kind,
        })
    }
}

fn is_gzip(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    ["application/gzip", "application/x-gzip"]
        .iter()
        .any(|gzip| essence.eq_ignore_ascii_case(gzip))
}
