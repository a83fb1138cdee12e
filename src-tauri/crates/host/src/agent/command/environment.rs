//! The environment of an agent that Ligand starts: what Ligand gives it, and the workspace's secrets, as far as their names
//! are harmless.
//!
//! Pure: what the host's own environment has is passed in. Nothing here is written anywhere; values of secrets are zeroed
//! when this is dropped.

use std::collections::BTreeMap;

use ligand_platform::{SecretValue, Token};
use uuid::Uuid;

use crate::{agent::variables, supervise::Environment};

/// Bytes of one variable, its name included: what Linux takes (`MAX_ARG_STRLEN`).
const VARIABLE_LIMIT: usize = 128 * 1024;

/// Bytes of all secrets together: with arguments and the rest they must fit into the 2 MB that a program's start has.
const SECRETS_LIMIT: usize = 1024 * 1024;

/// Names of refused secrets that are told one by one.
const TOLD: usize = 8;

/// Characters of a name that are told.
const TOLD_CHARS: usize = 40;

/// What Ligand gives an agent.
pub(super) struct Given<'a> {
    pub(super) platform: &'a str,
    pub(super) workspace: Uuid,
    pub(super) port: u16,
    /// The shared door's URL, where there is one.
    pub(super) public_url: Option<&'a str>,
    /// The workspace's token, where the user wants the agent to have it.
    pub(super) token: Option<&'a Token>,
    /// The profile's own variables.
    pub(super) env: &'a BTreeMap<String, String>,
    /// Names that secrets may set all the same.
    pub(super) allow: &'a [String],
}

impl Environment {
    /// Adds what Ligand gives, and then the secrets that do no harm; says which did not get in, and why.
    pub(super) fn give(
        &mut self,
        given: &Given<'_>,
        secrets: &BTreeMap<String, SecretValue>,
    ) -> Vec<Refused> {
        for (name, value) in given.env {
            self.put(name, value);
        }
        self.put("PLATFORM_URL", given.platform);
        self.put("WORKSPACE_ID", &given.workspace.to_string());
        self.put("PORT", &given.port.to_string());
        if let Some(url) = given.public_url {
            self.put("PUBLIC_URL", url);
        }
        if let Some(token) = given.token {
            self.put("MOLECULE_WORKSPACE_TOKEN", token.expose());
        }
        let mut refused = Vec::new();
        let mut bytes = 0;
        for (name, value) in secrets {
            match self.check(name, value.expose(), given.allow, &mut bytes) {
                Ok(()) => self.put(name, value.expose()),
                Err(why) => refused.push(Refused {
                    name: shown(name),
                    why,
                }),
            }
        }
        refused
    }

    fn check(
        &self,
        name: &str,
        value: &str,
        allow: &[String],
        bytes: &mut usize,
    ) -> Result<(), &'static str> {
        variables::name(name)?;
        if variables::is_ligands(name) {
            return Err("it is Ligand's own");
        }
        if value.contains('\0') {
            return Err("its value has a zero byte");
        }
        if name.len() + value.len() + 2 > VARIABLE_LIMIT {
            return Err("it is longer than 128 KB");
        }
        if !allow.iter().any(|allowed| allowed == name) {
            if variables::is_dangerous(name) {
                return Err("it changes how programs load or behave");
            }
            if self.has(name) {
                return Err("it is set already");
            }
        }
        *bytes += name.len() + value.len();
        if *bytes > SECRETS_LIMIT {
            return Err("all of them together are longer than 1 MB");
        }
        Ok(())
    }
}

/// A secret that the agent did not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) name: String,
    pub(super) why: &'static str,
}

/// The refused ones in a sentence; nothing where there are none.
pub(super) fn words(refused: &[Refused]) -> Option<String> {
    if refused.is_empty() {
        return None;
    }
    let told = refused.iter().take(TOLD);
    let mut words: Vec<String> = told.map(|one| format!("{} ({})", one.name, one.why)).collect();
    if refused.len() > TOLD {
        words.push(format!("and {} more", refused.len() - TOLD));
    }
    Some(words.join(", "))
}

/// A name that somebody else wrote, so that it can be shown.
fn shown(name: &str) -> String {
    if name.is_empty() {
        return "one without a name".to_owned();
    }
    let plain = |char: char| if char.is_control() { '\u{fffd}' } else { char };
    let mut shown: String = name.chars().take(TOLD_CHARS).map(plain).collect();
    if name.chars().count() > TOLD_CHARS {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    const WORKSPACE: Uuid = Uuid::from_u128(1);

    fn inherited(variables: &[(&str, &str)]) -> Environment {
        Environment::inherited(variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    fn secrets(secrets: &[(&str, &str)]) -> BTreeMap<String, SecretValue> {
        secrets
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into()))
            .collect()
    }

    fn given<'a>(env: &'a BTreeMap<String, String>, allow: &'a [String]) -> Given<'a> {
        Given {
            platform: "https://acme.example",
            workspace: WORKSPACE,
            port: 4711,
            public_url: None,
            token: None,
            env,
            allow,
        }
    }

    fn names(refused: &[Refused]) -> Vec<&str> {
        refused.iter().map(|one| one.name.as_str()).collect()
    }

    #[test]
    fn an_agent_inherits_the_users_variables_and_none_of_ligands() {
        let mut all = inherited(&[
            ("PATH", "/bin"),
            ("LIGAND_VAULT", "file"),
            ("MOLECULE_WORKSPACE_TOKEN", "hush"),
            ("PORT", "1"),
            ("HTTPS_PROXY", "http://p"),
        ]);
        let env = BTreeMap::from([
            ("MODE".to_owned(), "fast".to_owned()),
            ("PATH".to_owned(), "/x".to_owned()),
        ]);
        let refused = all.give(&given(&env, &[]), &secrets(&[("API_KEY", " k ")]));
        assert!(refused.is_empty(), "{refused:?}");
        let seen: Vec<_> = all
            .iter()
            .map(|(name, value)| format!("{}={}", name.to_string_lossy(), value.to_string_lossy()))
            .collect();
        assert_eq!(
            seen,
            [
                "API_KEY= k ",
                "HTTPS_PROXY=http://p",
                "MODE=fast",
                "PATH=/x",
                "PLATFORM_URL=https://acme.example",
                "PORT=4711",
                &format!("WORKSPACE_ID={WORKSPACE}"),
            ]
        );
    }

    #[test]
    fn the_token_and_the_public_url_come_only_where_they_are_given() {
        let token = Token::new("q3-token");
        let (env, none) = (BTreeMap::new(), BTreeMap::new());
        let mut all = Environment::default();
        all.give(&given(&env, &[]), &none);
        assert!(all.get("MOLECULE_WORKSPACE_TOKEN").is_none() && all.get("PUBLIC_URL").is_none());
        let given = Given {
            public_url: Some("https://relay.example/w/x"),
            token: Some(&token),
            ..given(&env, &[])
        };
        all.give(&given, &none);
        assert_eq!(all.get("MOLECULE_WORKSPACE_TOKEN").unwrap(), "q3-token");
        assert_eq!(all.get("PUBLIC_URL").unwrap(), "https://relay.example/w/x");
    }

    #[test]
    fn secrets_with_hostile_names_are_refused_by_name_and_without_their_values() {
        let long = "L".repeat(300);
        let hostile = [
            ("", "empty"),
            ("A=B", "x"),
            ("A\nB", "x"),
            (long.as_str(), "x"),
            ("LD_PRELOAD", "/evil.so"),
            ("https_proxy", "http://evil"),
            ("PORT", "1"),
            ("LIGAND_STATE_DIR", "/evil"),
            ("MOLECULE_WORKSPACE_TOKEN", "x"),
            ("MODE", "slow"),
            ("ZERO", "a\0b"),
        ];
        let env = BTreeMap::from([("MODE".to_owned(), "fast".to_owned())]);
        let mut all = inherited(&[("PATH", "/bin")]);
        let refused = all.give(&given(&env, &[]), &secrets(&hostile));
        assert_eq!(refused.len(), hostile.len());
        assert_eq!(
            (all.get("MODE").unwrap(), all.get("PORT").unwrap()),
            (OsStr::new("fast"), OsStr::new("4711"))
        );
        assert_eq!(all.iter().count(), 5);
        let told = words(&refused).unwrap();
        assert!(
            told.contains("LD_PRELOAD (it changes how programs load or behave)"),
            "{told}"
        );
        assert!(
            told.contains("one without a name") && told.ends_with("and 3 more"),
            "{told}"
        );
        assert!(
            !told.contains("evil") && !told.contains('\n') && told.len() < 800,
            "{told}"
        );
        assert_eq!(words(&[]), None);
    }

    #[test]
    fn what_the_profile_lists_is_let_in_unless_it_is_ligands_or_no_name() {
        let allow = ["HTTPS_PROXY", "MODE", "PORT"].map(str::to_owned);
        let env = BTreeMap::from([("MODE".to_owned(), "fast".to_owned())]);
        let mut all = Environment::default();
        let refused = all.give(
            &given(&env, &allow),
            &secrets(&[
                ("HTTPS_PROXY", "http://p"),
                ("MODE", "slow"),
                ("PORT", "1"),
                ("PATH", "/"),
            ]),
        );
        assert_eq!(names(&refused), ["PATH", "PORT"]);
        assert_eq!(all.get("MODE").unwrap(), "slow");
    }

    #[test]
    fn secrets_that_would_not_fit_into_a_programs_start_are_refused() {
        let (half, most) = ("x".repeat(100 * 1024), "x".repeat(VARIABLE_LIMIT));
        let mut many: Vec<(String, &str)> = (0..12).map(|n| (format!("N{n:02}"), half.as_str())).collect();
        many.push(("TOO_LONG".to_owned(), &most));
        let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let env = BTreeMap::new();
        let refused = Environment::default().give(&given(&env, &[]), &secrets(&many));
        assert_eq!(names(&refused), ["N10", "N11", "TOO_LONG"]);
    }
}
