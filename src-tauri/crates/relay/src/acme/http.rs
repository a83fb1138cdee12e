//! How the authority is asked: by HTTPS only, each question with its deadline, each answer with its longest length.

use std::error::Error;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::{Request, Response};
use instant_acme::{BodyWrapper, BytesResponse, HttpClient};
use reqwest::{Certificate, Client};

use super::AcmeError;

/// How long one question may take.
const ASK_WAIT: Duration = Duration::from_secs(30);
/// How long the connection for it may take.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// Longest answer: a chain of certificates is a few kilobytes.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// See the module.
#[derive(Clone)]
pub(super) struct Http(Client);

impl Http {
    /// `root` = the only ones who may have signed the authority's own certificate.
    pub(super) fn new(root: Option<&Path>) -> Result<Self, AcmeError> {
        let mut builder = Client::builder()
            .https_only(true)
            .http1_only()
            .timeout(ASK_WAIT)
            .connect_timeout(CONNECT_WAIT);
        if let Some(path) = root {
            let unusable = |error: Box<dyn Error + Send + Sync>| AcmeError::Root {
                path: path.to_owned(),
                error,
            };
            let pem = std::fs::read(path).map_err(|error| unusable(error.into()))?;
            let roots = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.into()))?;
            if roots.is_empty() {
                return Err(unusable("there is no PEM certificate in it".into()));
            }
            builder = builder.tls_certs_only(roots);
        }
        builder.build().map(Self).map_err(AcmeError::Client)
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, instant_acme::Error>> + Send>> {
        let asked = ask(self.0.clone(), request);
        Box::pin(async move { asked.await.map_err(instant_acme::Error::Other) })
    }
}

async fn ask(client: Client, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, BoxError> {
    let (parts, body) = request.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(never) => match never {},
    };
    let mut answer = client
        .request(parts.method, parts.uri.to_string())
        .headers(parts.headers)
        .body(body)
        .send()
        .await?;
    let mut response = Response::new(());
    *response.status_mut() = answer.status();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err("the answer is too long".into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(BytesResponse {
        parts: response.into_parts().0,
        body: Box::new(Bytes::from(body)),
    })
}

/// An error with what it comes from: the outermost alone says `error sending request`.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
