//! The names of the limits, for answers, refusals and metrics. What each of them is, and what can be set:
//! [`Limits`](crate::Limits).

/// A limit that somebody has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Links,
    LinksPerAddress,
    /// One that lives and one that has just been taken over: the third from the end is closed.
    LinksPerWorkspace,
    StreamsPerLink,
    Dials,
    DialsPerAddress,
    Connections,
    HeadBytes,
    BodyBytes,
    SlowHead,
    SlowBody,
    StalledAnswer,
    CallsPerSecond,
    Calls,
    HeldPerWorkspace,
    Held,
}

impl Limit {
    pub(crate) const ALL: [Self; 16] = [
        Self::Links,
        Self::LinksPerAddress,
        Self::LinksPerWorkspace,
        Self::StreamsPerLink,
        Self::Dials,
        Self::DialsPerAddress,
        Self::Connections,
        Self::HeadBytes,
        Self::BodyBytes,
        Self::SlowHead,
        Self::SlowBody,
        Self::StalledAnswer,
        Self::CallsPerSecond,
        Self::Calls,
        Self::HeldPerWorkspace,
        Self::Held,
    ];

    /// What it is called everywhere.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Links => "links",
            Self::LinksPerAddress => "links_per_address",
            Self::LinksPerWorkspace => "links_per_workspace",
            Self::StreamsPerLink => "streams_per_link",
            Self::Dials => "dials",
            Self::DialsPerAddress => "dials_per_address",
            Self::Connections => "connections",
            Self::HeadBytes => "head_bytes",
            Self::BodyBytes => "body_bytes",
            Self::SlowHead => "slow_head",
            Self::SlowBody => "slow_body",
            Self::StalledAnswer => "stalled_answer",
            Self::CallsPerSecond => "calls_per_second",
            Self::Calls => "calls",
            Self::HeldPerWorkspace => "held_per_workspace",
            Self::Held => "held",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_names_every_limit_as_answers_and_metrics_do() {
        let readme = include_str!("../README.md");
        for limit in Limit::ALL {
            assert!(
                readme.contains(&format!("`{}`", limit.name())),
                "{}",
                limit.name()
            );
        }
    }

    #[test]
    fn every_limit_is_counted_at_a_place_of_its_own() {
        for (index, limit) in Limit::ALL.iter().enumerate() {
            assert_eq!(*limit as usize, index, "{}", limit.name());
        }
    }
}
