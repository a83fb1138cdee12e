//! A face passes a stranger's request on: what its page asks for, checked against the table of routes before anything
//! is sent, and the host's events as they are.
//!
//! The socket serves every scope, so this is where a page's request is held to the page's scopes. Nothing of the
//! page's own spelling is trusted: a path is taken only if it is exactly one that the table has.

use hyper::{Method, StatusCode};
use serde_json::{Value, value::RawValue};
use uuid::Uuid;

use super::{
    client::{Answer, Client, ClientError, Stream},
    error::{ApiError, ErrorReply, SAME_VERSION},
    routes::{ROUTES, Route, Scopes, Verb},
};
use crate::config::ProfileName;

/// The stream of everything that the host tells: of an org that was told once, what changes about it.
const EVENTS: &str = "/v1/events?changes=true";

impl Client {
    /// Passes a request on and gives the host's JSON answer, if these scopes have its route.
    ///
    /// # Errors
    /// As for every request; refused here, with the host's own words, if the route is unknown or out of scope.
    pub async fn pass(
        &self,
        scopes: Scopes,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Answer<Value> {
        let route = find(method, path).ok_or_else(|| ClientError::Refused(unknown_route()))?;
        if !scopes.allow(route.scope) {
            return Err(ClientError::Refused(ApiError::out_of_scope()));
        }
        let method = match route.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
        };
        self.json(method, path, body, route.patience()).await
    }

    /// Everything that the host tells its faces, from now on.
    ///
    /// # Errors
    /// As for every request.
    pub async fn follow_events(&self) -> Answer<EventFollower> {
        Ok(EventFollower(self.stream(EVENTS).await?))
    }
}

/// One event of the host.
#[derive(Debug)]
pub struct HostEvent {
    /// Its name.
    pub name: String,
    /// What it says, as JSON.
    pub data: Box<RawValue>,
}

/// The host's events, as they come.
#[derive(Debug)]
pub struct EventFollower(Stream);

impl EventFollower {
    /// The next event. `None` when the host has ended.
    ///
    /// # Errors
    /// When the connection breaks or falls silent, or an event is no JSON.
    pub async fn next(&mut self) -> Answer<Option<HostEvent>> {
        let Some(event) = self.0.next_of_any_name().await? else {
            return Ok(None);
        };
        let data = RawValue::from_string(event.data).map_err(ClientError::broken)?;
        Ok(Some(HostEvent {
            name: event.name,
            data,
        }))
    }
}

/// The route that a request means.
pub(super) fn find(method: &str, path: &str) -> Option<&'static Route> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if !is_query(query) {
        return None;
    }
    ROUTES
        .iter()
        .find(|route| route.verb.name() == method && is_path_of(route.path, path))
}

/// Plain characters, and others as two hexadecimal digits each.
fn is_query(query: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"=&_-.+".contains(&byte);
    let mut parts = query.split('%');
    let first = parts.next().unwrap_or_default();
    first.bytes().all(plain)
        && parts.all(|part| {
            let bytes = part.as_bytes();
            bytes.len() >= 2
                && bytes[..2].iter().all(u8::is_ascii_hexdigit)
                && bytes.iter().copied().all(plain)
        })
}

fn is_path_of(template: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    template.split('/').all(|wanted| {
        parts.next().is_some_and(|part| match wanted {
            "{profile}" => part.parse::<ProfileName>().is_ok(),
            // No other spelling of an id than the usual one.
            "{workspace}" => part.parse::<Uuid>().is_ok_and(|id| id.to_string() == part),
            "{id}" => part.parse::<u32>().is_ok(),
            named if named.starts_with('{') => is_word(part),
            wanted => part == wanted,
        })
    }) && parts.next().is_none()
}

/// Whether it is one name, number or id, and nothing that could lead elsewhere.
fn is_word(part: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_plain)
}

fn unknown_route() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "no_such_route",
        "the host has no such request",
        Some(SAME_VERSION),
    )
}

impl From<ClientError> for ErrorReply {
    fn from(error: ClientError) -> Self {
        let (message, next) = match error {
            ClientError::Refused(error) => return Self { error },
            ClientError::NotRunning => (
                "No host is running".to_owned(),
                "Start Ligand, or run `ligand up`; this window connects by itself.",
            ),
            ClientError::Broken(ref why) => (
                format!("The host's answer did not arrive: {why}"),
                "Try again; `ligand logs` may say more.",
            ),
        };
        Self {
            error: ApiError::new(StatusCode::SERVICE_UNAVAILABLE, error.code(), message, Some(next)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Scope;

    /// A path of a route.
    fn of(route: &Route, profile: &str) -> String {
        let workspace = Uuid::from_u128(0xabc).to_string();
        let part = |part: &'static str| match part {
            "{profile}" => profile.to_owned(),
            "{workspace}" => workspace.clone(),
            named if named.starts_with('{') => "12".to_owned(),
            part => part.to_owned(),
        };
        route.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    #[test]
    fn every_route_of_the_table_is_found_by_its_own_path() {
        for route in ROUTES {
            let path = of(route, "work-2");
            let found = find(route.verb.name(), &path).unwrap();
            assert_eq!((found.verb, found.path), (route.verb, route.path));
        }
    }

    #[test]
    fn other_spellings_of_a_route_are_none() {
        for path in [
            "",
            "/",
            "v1/status",
            "/v1/status/",
            "//v1/status",
            "/v1/./status",
            "/v1/x/../status",
            "/v1/%73tatus",
            "/v1/status#x",
            "/v1/status?a=%2",
            "/v1/status?a=%zz",
            "/v1/status?a= HTTP/1.1",
            "/v1/status\r\nx: y",
            "/v1/profiles//start",
            "/v1/profiles/a%2Fdoors/start",
            "/v1/profiles/Ü/start",
            "/v1/profiles/a/workspaces/x/thread",
            "/v1/profiles/a/workspaces/00000000000000000000000000000abc/thread",
            "/v1/profiles/a/workspaces/{00000000-0000-0000-0000-000000000abc}/thread",
            "/v1/profiles/work/deliveries/",
            "/v1/profiles/work/deliveries/..",
            "/v1/profiles/work/deliveries/%31",
            "http://elsewhere/v1/status",
        ] {
            for method in ["GET", "POST", "PUT"] {
                assert!(find(method, path).is_none(), "{method} {path:?}");
            }
        }
        assert!(find("get", "/v1/status").is_none());
        assert!(find("POST", "/v1/status").is_none());
        assert!(find("GET", "/v1/logs?lines=5&search=a%20b%C3%BC").is_some());
        assert!(find("GET", "/v1/profiles/work/deliveries/12").is_some());
        assert!(find("GET", "/v1/profiles/work/deliveries/1x").is_none());
    }

    #[tokio::test]
    async fn what_only_the_user_may_do_is_refused_before_anything_is_sent() {
        // Nobody listens there: whatever is sent fails in another way.
        let root = tempfile::tempdir().unwrap();
        let client = Client::new(&crate::places::Places {
            config: root.path().join("config.toml"),
            state: root.path().join("state"),
            runtime: root.path().join("run"),
        });
        let mut admin = 0;
        for route in ROUTES {
            let path = of(route, "work");
            let answer = client.pass(Scopes::Faces, route.verb.name(), &path, None).await;
            let expected = match route.scope {
                Scope::Admin => "out_of_scope",
                Scope::View | Scope::Operate => "not_running",
            };
            assert_eq!(answer.unwrap_err().code(), expected, "{path}");
            admin += usize::from(route.scope == Scope::Admin);
        }
        assert!(admin > 0);
    }
}
