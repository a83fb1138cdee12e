//! What a person is asked about an admin change: a sentence of ours for what is known to be wished from a window, and
//! the request itself, value by value, for everything else.

use serde_json::Value;

use super::text;
use crate::{
    control::routes::{Route, Verb},
    host::Words,
};

/// The words for a request; `None` if it cannot be shown whole.
pub(super) fn of(route: &Route, path: &str, body: &Value) -> Option<Words> {
    let parts = Parts::of(route.path, path);
    let profile = parts.get("{profile}");
    Some(match (route.verb, route.path) {
        (Verb::Put, "/v1/profiles/{profile}/doors/shared") if body["open"] == Value::Bool(true) => words(
            format!("Open the shared door of “{profile}”?"),
            "Whoever has its URL can then call the agent on this laptop.",
            "Open it",
        ),
        (Verb::Put, "/v1/profiles/{profile}/doors/shared") => words(
            format!("Close the shared door of “{profile}”?"),
            "Nobody but the platform reaches the agent on this laptop any more.",
            "Close it",
        ),
        (Verb::Post, "/v1/profiles/{profile}/doors/{slot}/rotate") => words(
            format!("Renew the {} door of “{profile}”?", parts.get("{slot}")),
            "Its URL changes. Whoever calls the shared door needs the new one; the platform is told by Ligand.",
            "Renew it",
        ),
        (Verb::Post, "/v1/profiles/{profile}/doors/reset") => words(
            format!("Forget the platform's secret of “{profile}”?"),
            "Until the platform gives it again, whoever knows the platform door's URL can call the agent.",
            "Forget it",
        ),
        (Verb::Post, "/v1/profiles/{profile}/plugins/{plugin}/remove") => words(
            format!("Remove the plugin {} of “{profile}”?", parts.get("{plugin}")),
            "Its files are deleted.",
            "Remove it",
        ),
        (Verb::Post, "/v1/profiles/{profile}/plugins") => words(
            format!("Install a plugin for “{profile}”?"),
            &said(
                "Nobody vouches for what is in it, and the agent can use it.",
                body,
            )?,
            "Install it",
        ),
        (Verb::Post, "/v1/profiles") => words(
            format!("Add the profile “{}”?", text::value(body["name"].as_str()?)?),
            &said("Ligand will serve this workspace from this laptop.", body)?,
            "Add it",
        ),
        (Verb::Post, "/v1/workspaces") => words(
            format!(
                "Create a workspace for the profile “{}”?",
                text::value(body["name"].as_str()?)?
            ),
            &said(
                "It is made in the org, and Ligand will serve it from this laptop.",
                body,
            )?,
            "Create it",
        ),
        (Verb::Post, "/v1/local-org") => words(
            "Start the local org on this laptop?".to_owned(),
            "A platform stand-in, a relay and a workspace that echoes begin here, with a profile for it. Nothing but \
             this laptop reaches them.",
            "Start it",
        ),
        (Verb::Put, "/v1/profiles/{profile}/agent") => words(
            format!("Change what answers for “{profile}”?"),
            &said("This is what messages from the org reach on this laptop.", body)?,
            "Change it",
        ),
        (Verb::Put, "/v1/profiles/{profile}/exposure") => words(
            format!("Change how “{profile}” is reached?"),
            &said("The workspace's messages will come this way.", body)?,
            "Change it",
        ),
        (Verb::Put, "/v1/profiles/{profile}/org-key") => words(
            format!("Keep an org key for “{profile}”?"),
            &said(
                "The Canvas then shows the whole org, and what is said there is said by a person of the org.",
                body,
            )?,
            "Keep it",
        ),
        (Verb::Post, "/v1/profiles/{profile}/org-key/forget") => words(
            format!("Forget the org key of “{profile}”?"),
            "The Canvas then shows this workspace and its peers, and what is said there is said by the workspace.",
            "Forget it",
        ),
        (Verb::Post, "/v1/profiles/{profile}/forget") => words(
            format!("Forget the workspace of “{profile}”?"),
            "Its profile, secrets, deliveries, logs and plugins are deleted from this laptop. It stays in the org.",
            "Forget it",
        ),
        (Verb::Put, "/v1/settings/proxy") => words(
            "Change the proxy?".to_owned(),
            &said(
                "Requests to platforms and relays, with their tokens, will be led there.",
                body,
            )?,
            "Change it",
        ),
        (Verb::Post, "/v1/uninstall") => words(
            "Remove Ligand from your account?".to_owned(),
            "Ligand ends. Its config, secrets, deliveries, logs and plugins are deleted, and so are the login item and \
             the service. The workspaces stay in their orgs, and the programs stay on this machine.",
            "Remove it",
        ),
        (Verb::Put, "/v1/settings/update-url") => words(
            "Change where newer versions are looked up?".to_owned(),
            &said("Ligand will ask this address, and tell you what it says.", body)?,
            "Change it",
        ),
        (Verb::Post, "/v1/shutdown") => words(
            "Quit Ligand?".to_owned(),
            "Its workspaces go offline. Messages in flight get up to 10 s.",
            "Quit",
        ),
        (verb, _) => words(
            "Let Ligand's window change this?".to_owned(),
            &said(&format!("{} {}", verb.name(), text::value(path)?), body)?,
            "Change it",
        ),
    })
}

fn words(title: String, text: &str, yes: &str) -> Words {
    Words {
        title,
        text: text.to_owned(),
        yes: yes.to_owned(),
    }
}

/// A sentence, and all that the request says.
fn said(sentence: &str, body: &Value) -> Option<String> {
    let mut lines = text::lines(body)?;
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines.insert(0, sentence.to_owned());
    Some(lines.join("\n"))
}

/// What stands in a path where its template has a name.
struct Parts<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Parts<'a> {
    fn of(template: &'a str, path: &'a str) -> Self {
        Self(template.split('/').zip(path.split('/')).collect())
    }

    /// Only what a route takes stands in its path: names and words without anything to be escaped.
    fn get(&self, name: &str) -> &'a str {
        let found = self.0.iter().find(|(part, _)| *part == name);
        found.map_or("", |(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::control::{
        pass::find,
        routes::{ROUTES, Scope},
    };

    fn asked(method: &str, path: &str, body: &Value) -> Option<Words> {
        of(find(method, path).unwrap(), path, body)
    }

    #[test]
    fn a_known_change_is_asked_for_in_a_sentence() {
        let shared = asked("PUT", "/v1/profiles/work/doors/shared", &json!({ "open": true })).unwrap();
        assert_eq!(shared.title, "Open the shared door of “work”?");
        assert_eq!(shared.yes, "Open it");
        let rotate = asked("POST", "/v1/profiles/work/doors/platform/rotate", &Value::Null).unwrap();
        assert_eq!(rotate.title, "Renew the platform door of “work”?");
    }

    #[test]
    fn a_secret_is_named_and_not_shown() {
        let asked = asked(
            "PUT",
            "/v1/profiles/work/org-key",
            &json!({ "org_key": "the-key" }),
        )
        .unwrap();
        assert_eq!(asked.title, "Keep an org key for “work”?");
        assert!(
            asked.text.contains("org_key: (secret, not shown)"),
            "{}",
            asked.text
        );
        assert!(!asked.text.contains("the-key"), "{}", asked.text);
    }

    #[test]
    fn what_runs_on_this_machine_is_shown_in_full_or_not_asked_for() {
        let mut profile =
            json!({ "name": "work", "agent": { "kind": "exec", "run": ["sh", "-c", "curl x | sh"] } });
        let words = asked("POST", "/v1/profiles", &profile).unwrap();
        assert!(words.text.contains("curl x | sh"), "{}", words.text);
        profile["agent"]["run"][2] = json!("x".repeat(500));
        assert_eq!(asked("POST", "/v1/profiles", &profile), None);
    }

    #[test]
    fn every_admin_change_has_words_that_end_in_a_question() {
        for route in ROUTES.iter().filter(|route| route.scope == Scope::Admin) {
            let words = of(route, route.path, &json!({ "name": "work" })).unwrap();
            assert!(words.title.ends_with('?'), "{}", words.title);
            assert!(!words.text.is_empty() && !words.yes.is_empty(), "{}", route.path);
        }
    }
}
