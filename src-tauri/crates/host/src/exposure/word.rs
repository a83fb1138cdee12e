//! What a program that makes the listener reachable says of itself, and what is known of it from that.

use url::Url;

use crate::{config::is_loopback, health::Fault};

/// Characters of a program's own words that are told.
const TOLD: usize = 240;

/// One thing that it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// It has this public address; `works`: and it leads here already.
    Address { url: Url, works: bool },
    /// The address that it has leads here.
    Works,
    /// The address that it has leads here no more, for the time being.
    Lost(String),
    /// Why it comes to nothing.
    Trouble(Trouble, String),
}

/// Why it comes to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It wants an account, or its token.
    Login,
    /// Its service takes no more for now.
    Limited,
    /// Its service cannot be reached, or does not want it for another reason.
    Refused,
}

impl Trouble {
    pub(super) fn fault(self) -> Fault {
        match self {
            Self::Login => Fault::ExposureLogin,
            Self::Limited => Fault::ExposureLimited,
            Self::Refused => Fault::ExposureDown,
        }
    }

    /// Whether time alone may mend it.
    fn is_for_time(self) -> bool {
        match self {
            Self::Login => false,
            Self::Limited | Self::Refused => true,
        }
    }
}

/// What is known of a program from its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Heard {
    address: Option<Url>,
    works: bool,
    /// Why it does not work any more.
    lost: Option<String>,
    /// What came to nothing last. It is known until there is an address, also over a new start.
    trouble: Option<(Trouble, String)>,
    /// Whether that was said since the last start.
    is_fresh: bool,
}

impl Heard {
    /// A new process says everything anew.
    pub(super) fn begin(&mut self) {
        *self = Self {
            trouble: self.trouble.take(),
            ..Self::default()
        };
    }

    pub(super) fn take(&mut self, word: Word) {
        match word {
            Word::Address { url, works } => {
                *self = Self {
                    address: Some(url),
                    works,
                    ..Self::default()
                };
            }
            Word::Works => (self.works, self.lost) = (true, None),
            Word::Lost(why) => (self.works, self.lost) = (false, Some(why)),
            Word::Trouble(trouble, words) => {
                // What it complains of while it works mends itself, or ends in a loss.
                if !self.works {
                    self.trouble = Some((trouble, words));
                    self.is_fresh = true;
                }
            }
        }
    }

    /// The address, while it leads here.
    pub(super) fn address(&self) -> Option<&Url> {
        self.address.as_ref().filter(|_| self.works)
    }

    pub(super) fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    pub(super) fn trouble(&self) -> Option<(Trouble, &str)> {
        self.trouble
            .as_ref()
            .map(|(trouble, words)| (*trouble, words.as_str()))
    }

    /// Whether the last start came to nothing for a reason that time may mend.
    pub(super) fn is_for_time(&self) -> bool {
        let trouble = self.trouble.as_ref().filter(|_| self.is_fresh);
        trouble.is_some_and(|(trouble, _)| trouble.is_for_time())
    }
}

/// The public address in a program's words: an origin, encrypted unless it is on this machine.
pub(super) fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_good = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let has_login = !url.username().is_empty() || url.password().is_some();
    (is_good && is_origin && !has_login && url.has_host()).then_some(url)
}

/// As much of it as is told.
pub(super) fn told(text: &str) -> String {
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut told: String = plain
        .chars()
        .filter(|char| !char.is_control())
        .take(TOLD)
        .collect();
    if plain.chars().count() > TOLD {
        told.push('…');
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn an_address_counts_once_it_leads_here_and_until_it_is_lost() {
        let mut heard = Heard::default();
        let first = url("https://a.trycloudflare.com");
        heard.take(Word::Address {
            url: first.clone(),
            works: false,
        });
        assert_eq!(heard.address(), None);
        heard.take(Word::Works);
        assert_eq!(heard.address(), Some(&first));
        heard.take(Word::Lost("gone".into()));
        assert_eq!((heard.address(), heard.lost()), (None, Some("gone")));
        heard.take(Word::Works);
        assert_eq!((heard.address(), heard.lost()), (Some(&first), None));
        let second = url("https://b.ngrok.app");
        heard.take(Word::Address {
            url: second.clone(),
            works: true,
        });
        assert_eq!(heard.address(), Some(&second));
        heard.begin();
        assert_eq!(heard, Heard::default());
    }

    #[test]
    fn what_came_to_nothing_is_known_over_a_new_start_and_until_there_is_an_address() {
        let mut heard = Heard::default();
        heard.take(Word::Trouble(Trouble::Limited, "429".into()));
        assert!(heard.is_for_time());
        heard.begin();
        assert_eq!(heard.trouble(), Some((Trouble::Limited, "429")));
        assert!(!heard.is_for_time(), "another process has not said it");
        heard.take(Word::Address {
            url: url("https://a.example"),
            works: true,
        });
        heard.take(Word::Trouble(Trouble::Refused, "x".into()));
        assert_eq!(heard.trouble(), None);
    }

    #[test]
    fn only_a_whole_public_origin_is_an_address() {
        for good in [
            "https://a-b.trycloudflare.com",
            "https://x.ngrok.app/",
            "http://127.0.0.1:9",
        ] {
            assert!(address(good).is_some(), "{good}");
        }
        for bad in [
            "http://a.trycloudflare.com",
            "https://www.cloudflare.com/website-terms/",
            "https://a.example?x",
            "https://u:p@a.example",
            "tcp://0.tcp.ngrok.io:1",
            "a.example",
        ] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_programs_words_are_told_on_one_line_and_not_without_end() {
        assert_eq!(told(" a\r\n\tb\u{1b}[2J "), "a b[2J");
        assert!(told(&"x".repeat(9999)).chars().count() <= TOLD + 1);
    }
}
