//! What a picture says about itself: why it is not the whole org, and why it is not up to date.

use crate::org::view::OrgScope;

/// What is said of the picture of a profile that does not run.
pub(super) const AT_REST: &str = "This profile does not run: this is how its org was.";

/// What is missing.
pub(super) struct Missing<'a> {
    /// How much is known, once it is.
    pub(super) scope: Option<OrgScope>,
    /// The profile's org key is of no use.
    pub(super) key_refused: bool,
    /// Why there are no peers.
    pub(super) no_peers: Option<&'a str>,
    /// Workspaces that there was no room for.
    pub(super) hidden: usize,
    /// The picture is an earlier feed's, and no list was read since.
    pub(super) asking: bool,
    /// Why there is no list.
    pub(super) no_list: Option<&'a str>,
    /// Why there are no events.
    pub(super) no_events: Option<&'a str>,
}

impl Missing<'_> {
    /// In a sentence or two.
    pub(super) fn words(&self) -> Option<String> {
        let scope = match self.scope {
            None | Some(OrgScope::Org) => None,
            Some(OrgScope::Peers) if self.key_refused => Some(
                "Only this workspace and its peers are shown: the platform refuses this profile's org key.".into(),
            ),
            Some(OrgScope::Peers) => Some(
                "Only this workspace and its peers are shown: the whole org needs an org key, and this profile has none."
                    .into(),
            ),
            Some(OrgScope::Own) => Some(format!(
                "Only this workspace is shown: {}.",
                self.no_peers.unwrap_or("the platform does not tell its peers")
            )),
        };
        let hidden = (self.hidden > 0).then(|| format!("{} more workspaces are not shown.", self.hidden));
        let late = match (self.no_list, self.no_events) {
            (Some(why), _) => Some(format!("The org cannot be read now: {why}.")),
            (None, Some(why)) => Some(format!("No events arrive, so changes are seen late: {why}.")),
            (None, None) => self
                .asking
                .then(|| "The platform is being asked how it is now.".into()),
        };
        let said: Vec<String> = [scope, hidden, late].into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Missing<'_> = Missing {
        scope: Some(OrgScope::Org),
        key_refused: false,
        no_peers: None,
        hidden: 0,
        asking: false,
        no_list: None,
        no_events: None,
    };

    #[test]
    fn a_whole_picture_that_is_up_to_date_says_nothing() {
        assert_eq!(NOTHING.words(), None);
    }

    #[test]
    fn what_is_missing_is_said_once_and_in_order() {
        let missing = Missing {
            scope: Some(OrgScope::Peers),
            key_refused: true,
            hidden: 3,
            no_list: Some("it is down"),
            no_events: Some("it is down too"),
            ..NOTHING
        };
        assert_eq!(
            missing.words().unwrap(),
            "Only this workspace and its peers are shown: the platform refuses this profile's org key. \
             3 more workspaces are not shown. The org cannot be read now: it is down."
        );
    }

    #[test]
    fn an_earlier_picture_is_said_to_be_asked_for_until_there_is_an_answer_or_a_reason() {
        let asking = Missing {
            asking: true,
            ..NOTHING
        };
        assert_eq!(
            asking.words().unwrap(),
            "The platform is being asked how it is now."
        );
        let no_list = Some("it is down");
        let failed = Missing { no_list, ..asking };
        assert_eq!(failed.words().unwrap(), "The org cannot be read now: it is down.");
    }

    #[test]
    fn nothing_is_said_of_the_extent_before_it_is_known() {
        let missing = Missing {
            scope: None,
            no_events: Some("it is down"),
            ..NOTHING
        };
        assert_eq!(
            missing.words().unwrap(),
            "No events arrive, so changes are seen late: it is down."
        );
    }
}
