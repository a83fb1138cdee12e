//! What the window shows first: a page of the ui, by the words that stand behind `#/` in its address.
//!
//! Such words come from our own processes and, by way of a link, from anywhere. They are taken apart and put together
//! again here, so that nothing but one of these pages ever reaches the window.

use std::str::FromStr;

use url::{Url, form_urlencoded::Serializer};
use uuid::Uuid;

/// The longest value of a link that is shown; the ui shows as much.
const LONGEST: usize = 300;
/// The scheme of our links.
const SCHEME: &str = "ligand";

/// A page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Page {
    /// The Canvas.
    #[default]
    Canvas,
    /// One workspace on it.
    Workspace(Uuid),
    /// The settings.
    Settings,
    /// The logs.
    Logs,
    /// Adding a workspace; with what a link has said, which nobody vouches for.
    Welcome {
        /// The platform's address.
        platform: Option<String>,
        /// The workspace's id.
        workspace: Option<String>,
    },
}

/// These are no words for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such page")]
pub(crate) struct NoPage;

impl Page {
    /// The page that a link leads to; the Canvas, for a link that says anything but what ours say.
    pub(crate) fn of_link(link: &str) -> Self {
        let Ok(url) = Url::parse(link) else {
            return Self::Canvas;
        };
        if url.scheme() != SCHEME || url.host_str() != Some("connect") {
            return Self::Canvas;
        }
        Self::welcome(url.query().unwrap_or_default())
    }

    fn welcome(query: &str) -> Self {
        let value = |wanted: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            let (_, value) = pairs.find(|(name, _)| name == wanted)?;
            Some(value.chars().take(LONGEST).collect::<String>()).filter(|value| !value.is_empty())
        };
        Self::Welcome {
            platform: value("platform"),
            workspace: value("workspace"),
        }
    }

    /// Its words.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Canvas => "canvas".to_owned(),
            Self::Workspace(id) => format!("workspace/{id}"),
            Self::Settings => "settings".to_owned(),
            Self::Logs => "logs".to_owned(),
            Self::Welcome { platform, workspace } => {
                let mut query = Serializer::new(String::new());
                let pairs = [("platform", platform), ("workspace", workspace)];
                for (name, value) in pairs {
                    if let Some(value) = value {
                        query.append_pair(name, value);
                    }
                }
                format!("welcome?{}", query.finish())
            }
        }
    }

    /// What stands behind the ui's address.
    pub(crate) fn fragment(&self) -> String {
        format!("#/{}", self.words())
    }
}

impl FromStr for Page {
    type Err = NoPage;

    fn from_str(words: &str) -> Result<Self, NoPage> {
        let (path, query) = words.split_once('?').unwrap_or((words, ""));
        Ok(match path {
            "canvas" => Self::Canvas,
            "settings" => Self::Settings,
            "logs" => Self::Logs,
            "welcome" => Self::welcome(query),
            path => {
                let id = path.strip_prefix("workspace/").ok_or(NoPage)?;
                Self::Workspace(id.parse().map_err(|_| NoPage)?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_by_its_words() {
        for page in [
            Page::Canvas,
            Page::Workspace(Uuid::from_u128(7)),
            Page::Settings,
            Page::Logs,
            Page::Welcome {
                platform: Some("https://acme.example/?a=b&c#d".into()),
                workspace: Some("\"><script>".into()),
            },
            Page::Welcome {
                platform: None,
                workspace: None,
            },
        ] {
            assert_eq!(page.words().parse(), Ok(page.clone()), "{page:?}");
        }
    }

    #[test]
    fn a_link_brings_platform_and_workspace_and_nothing_else() {
        let page = Page::of_link(
            "ligand://connect?platform=https%3A%2F%2Facme.example&workspace=w1&relay=https://x",
        );
        assert_eq!(
            page.words(),
            "welcome?platform=https%3A%2F%2Facme.example&workspace=w1"
        );
        let long = Page::of_link(&format!("ligand://connect?platform={}", "x".repeat(5000)));
        assert!(long.words().len() < 400);
    }

    #[test]
    fn any_other_link_leads_to_the_canvas() {
        for link in [
            "",
            "ligand://quit",
            "ligand:connect",
            "https://connect?platform=x",
            "--local",
            "ligand://connect@evil/?platform=x",
        ] {
            assert_eq!(Page::of_link(link), Page::Canvas, "{link}");
        }
    }

    #[test]
    fn other_words_are_no_page() {
        for words in [
            "",
            "workspace/",
            "workspace/1';alert(1)//",
            "settings/../x",
            "javascript:1",
            "#/logs",
        ] {
            assert_eq!(words.parse::<Page>(), Err(NoPage), "{words}");
        }
    }
}
