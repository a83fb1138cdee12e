//! On a hosted platform one address serves many orgs: a request must say which it means, or there is nothing here.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What needs no org: health, and what agents begin with.
const EXEMPT: [&str; 4] = ["/health", "/metrics", "/registry/register", "/registry/heartbeat"];

/// Lets through what means this org; everything else is an empty 404.
pub(crate) async fn check(State(org_id): State<Arc<str>>, request: Request, next: Next) -> Response {
    if EXEMPT.contains(&request.uri().path()) || means(request.headers(), &org_id) {
        return next.run(request).await;
    }
    StatusCode::NOT_FOUND.into_response()
}

fn means(headers: &HeaderMap, org_id: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    text("x-molecule-org-id") == Some(org_id)
        || text("fly-replay-src").is_some_and(|from| {
            let mut fields = from.split(';').map(str::trim);
            fields.any(|field| field.strip_prefix("state=") == Some(org_id))
        })
}
