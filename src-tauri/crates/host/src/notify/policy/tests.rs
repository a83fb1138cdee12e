//! The rules in virtual time, one after the other.

use proptest::prelude::*;

use super::*;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Workspaces 1, 2, … in these states; the first is ours.
fn org(states: &[&str]) -> Vec<Arc<OrgWorkspace>> {
    let row = |(at, state): (usize, &&str)| {
        Arc::new(OrgWorkspace {
            ours: at == 0,
            ..OrgWorkspace::named(at as u128 + 1, &format!("w{}", at + 1), state)
        })
    };
    states.iter().enumerate().map(row).collect()
}

/// A policy and its time; looks every second, as the host does at the most.
struct Story {
    policy: Policy,
    now: Duration,
    sight: Sight,
    states: Vec<&'static str>,
}

impl Story {
    /// A minute and a half after the start, with everybody up.
    fn of(others: usize) -> Self {
        let mut story = Self::fresh(others);
        assert_eq!(story.wait(100), [] as [String; 0]);
        story
    }

    fn fresh(others: usize) -> Self {
        let mut states = vec!["online"; others + 1];
        states[0] = "online";
        Self {
            policy: Policy::starting(s(0)),
            now: s(0),
            sight: Sight::Clear,
            states,
        }
    }

    fn look(&mut self) -> Option<String> {
        let workspaces = org(&self.states);
        let note = self.policy.look(&Look {
            now: self.now,
            sight: self.sight,
            workspaces: &workspaces,
        })?;
        Some(match note {
            Note::Blind | Note::Dark => "cannot see".to_owned(),
            Note::Changed(digest) => {
                let names = |of: &[Arc<OrgWorkspace>]| {
                    let names: Vec<&str> = of.iter().map(|one| one.name.as_str()).collect();
                    names.join(" ")
                };
                let away = if digest.while_away { "while away: " } else { "" };
                format!("{away}-{} +{}", names(&digest.offline), names(&digest.back))
            }
        })
    }

    /// Looks every second for so long; what was told, with its time.
    fn wait(&mut self, seconds: u64) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..seconds {
            told.extend(self.look().map(|what| format!("{} {what}", self.now.as_secs())));
            // Nothing may become due of which nobody is warned.
            self.now += s(1);
        }
        told
    }

    fn set(&mut self, workspace: usize, state: &'static str) {
        self.states[workspace - 1] = state;
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn an_outage_of_a_minute_is_told_once() {
    let mut story = Story::of(3);
    story.set(2, "offline");
    assert_eq!(story.wait(30), NOTHING);
    story.set(2, "awaiting_agent");
    assert_eq!(story.wait(800), ["160 -w2 +"]);
}

#[test]
fn only_time_in_which_we_could_see_counts() {
    let mut story = Story::of(3);
    story.set(2, "offline");
    assert_eq!(story.wait(40), NOTHING);
    story.sight = Sight::Rest;
    assert_eq!(story.wait(30), NOTHING);
    story.sight = Sight::Clear;
    // The last look without sight was at 169.
    assert_eq!(story.wait(200), ["229 -w2 +"]);
}

#[test]
fn who_is_back_before_the_minute_is_over_is_no_news() {
    let mut story = Story::of(3);
    story.set(2, "offline");
    assert_eq!(story.wait(59), NOTHING);
    story.set(2, "online");
    assert_eq!(story.wait(600), NOTHING);
}

#[test]
fn who_is_back_within_two_minutes_is_back_in_silence() {
    let mut story = Story::of(3);
    story.set(2, "offline");
    assert_eq!(story.wait(119), ["160 -w2 +"]);
    story.set(2, "online");
    assert_eq!(story.wait(900), NOTHING);
}

#[test]
fn who_is_back_after_longer_is_told_of() {
    let mut story = Story::of(3);
    story.set(2, "offline");
    assert_eq!(story.wait(600), ["160 -w2 +"]);
    story.set(2, "degraded");
    assert_eq!(story.wait(600), ["715 - +w2"]);
}

#[test]
fn several_within_15_seconds_are_one_digest_with_names() {
    let mut story = Story::of(9);
    story.set(2, "offline");
    assert_eq!(story.wait(10), NOTHING);
    story.set(3, "offline");
    assert_eq!(story.wait(5), NOTHING);
    story.set(4, "offline");
    assert_eq!(story.wait(10), NOTHING);
    // This one is later than 15 s after the first.
    story.set(5, "offline");
    assert_eq!(story.wait(300), ["175 -w2 w3 w4 +", "185 -w5 +"]);
}

#[test]
fn nothing_is_told_in_the_first_90_seconds_after_the_start_and_then_one_digest() {
    let mut story = Story::fresh(9);
    assert_eq!(story.wait(2), NOTHING);
    story.set(2, "offline");
    assert_eq!(story.wait(10), NOTHING);
    story.set(3, "offline");
    assert_eq!(story.wait(300), ["90 while away: -w2 w3 +"]);
}

#[test]
fn nothing_is_told_in_the_first_90_seconds_after_a_wake_and_then_one_digest() {
    let mut story = Story::of(9);
    story.set(2, "offline");
    assert_eq!(story.wait(300), ["160 -w2 +"]);
    story.policy.woke(story.now);
    story.set(2, "online");
    story.set(3, "offline");
    story.set(4, "offline");
    assert_eq!(story.wait(600), ["490 while away: -w3 w4 +w2"]);
}

#[test]
fn who_is_back_when_the_quiet_is_over_is_not_in_the_digest() {
    let mut story = Story::of(9);
    story.policy.woke(story.now);
    story.set(2, "offline");
    assert_eq!(story.wait(80), NOTHING);
    story.set(2, "online");
    assert_eq!(story.wait(600), NOTHING);
}

#[test]
fn most_of_the_org_at_once_is_cannot_see_the_org_once_and_their_return_is_silent() {
    let mut story = Story::of(5);
    for workspace in [2, 3, 4, 5] {
        story.set(workspace, "offline");
    }
    assert_eq!(story.wait(400), ["160 cannot see"]);
    story.set(6, "offline");
    assert_eq!(story.wait(400), NOTHING);
    for workspace in [2, 3, 4, 5, 6] {
        story.set(workspace, "online");
    }
    assert_eq!(story.wait(400), NOTHING);
}

#[test]
fn who_stays_away_when_the_rest_is_back_is_told_of_after_its_own_minute() {
    let mut story = Story::of(5);
    for workspace in [2, 3, 4, 5, 6] {
        story.set(workspace, "offline");
    }
    assert_eq!(story.wait(400), ["160 cannot see"]);
    for workspace in [2, 3, 4, 5] {
        story.set(workspace, "online");
    }
    assert_eq!(story.wait(400), ["560 -w6 +"]);
}

#[test]
fn half_of_a_small_org_is_named() {
    let mut story = Story::of(2);
    story.set(2, "offline");
    story.set(3, "offline");
    assert_eq!(story.wait(400), ["160 -w2 w3 +"]);
}

#[test]
fn a_bad_connection_of_ours_is_cannot_see_the_org_once_and_nobody_else_is_blamed() {
    let mut story = Story::of(3);
    story.set(2, "offline");
    story.sight = Sight::Blind;
    assert_eq!(story.wait(600), ["160 cannot see"]);
    story.sight = Sight::Clear;
    assert_eq!(story.wait(600), ["759 -w2 +"]);
}

#[test]
fn a_short_bad_connection_of_ours_is_not_told_and_one_that_comes_and_goes_once_in_five_minutes() {
    let mut story = Story::of(3);
    for _ in 0..10 {
        story.sight = Sight::Blind;
        assert_eq!(story.wait(59), NOTHING);
        story.sight = Sight::Clear;
        assert_eq!(story.wait(30), NOTHING);
    }
    let mut told = Vec::new();
    for _ in 0..6 {
        story.sight = Sight::Blind;
        told.extend(story.wait(70));
        story.sight = Sight::Clear;
        told.extend(story.wait(30));
    }
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn of_one_workspace_there_is_one_word_in_five_minutes() {
    let mut story = Story::of(5);
    story.set(2, "offline");
    assert_eq!(story.wait(130), ["160 -w2 +"]);
    // Back after more than two minutes; the word for it waits, and is not needed any more when it comes.
    story.set(2, "online");
    assert_eq!(story.wait(100), NOTHING);
    story.set(2, "offline");
    assert_eq!(story.wait(400), NOTHING);
    story.set(2, "online");
    assert_eq!(story.wait(400), ["745 - +w2"]);
}

#[test]
fn a_workspace_that_comes_and_goes_is_told_at_most_once_in_five_minutes() {
    let mut story = Story::of(5);
    let mut told = Vec::new();
    for _ in 0..20 {
        story.set(2, "offline");
        told.extend(story.wait(70));
        story.set(2, "online");
        told.extend(story.wait(20));
    }
    assert!((1..=6).contains(&told.len()), "{told:?}");
}

#[test]
fn our_own_workspace_and_who_was_never_up_are_no_news() {
    let mut story = Story::fresh(2);
    story.set(3, "offline");
    assert_eq!(story.wait(100), NOTHING);
    story.set(1, "offline");
    assert_eq!(story.wait(500), NOTHING);
    assert_eq!(story.policy.due(story.now), None);
}

#[test]
fn who_was_put_to_rest_is_no_news() {
    let mut story = Story::of(3);
    story.set(2, "paused");
    assert_eq!(story.wait(10), NOTHING);
    story.set(2, "offline");
    assert_eq!(story.wait(500), NOTHING);
}

proptest! {
    #[test]
    fn nobody_is_told_of_but_after_a_minute_of_sight_and_once_in_five_and_every_word_was_announced(
        looks in prop::collection::vec((1_u64..40, 0..6_usize, 0..4_usize), 1..80),
    ) {
        let states = ["online", "offline", "awaiting_agent", "paused"];
        let mut story = Story::fresh(1);
        let (mut good_since, mut last_told): (Option<Duration>, Option<Duration>) = (None, None);
        let mut quiet_until = QUIET;
        for (step, sight, state) in looks {
            story.now += s(step);
            story.sight = match sight { 0 => Sight::Blind, 1 => Sight::Rest, _ => Sight::Clear };
            if sight == 5 && state == 3 {
                story.policy.woke(story.now);
                quiet_until = story.now + QUIET;
            }
            story.set(2, states[state]);
            let away = is_away(states[state]);
            let clear = story.sight == Sight::Clear;
            let told = story.look();
            let since = (away && clear).then(|| good_since.unwrap_or(story.now));
            if let Some(told) = &told {
                prop_assert!(story.now >= quiet_until);
                if told.contains("w2") {
                    prop_assert!(clear);
                    prop_assert!(last_told.is_none_or(|at| story.now - at >= APART));
                    last_told = Some(story.now);
                }
                if told.contains("-w2") {
                    prop_assert!(since.is_some_and(|since| story.now - since >= LASTS));
                }
            }
            good_since = if away { since.or(Some(story.now)) } else { None };
        }
        // Left alone, whatever is still due becomes told at the time that was said, and then nothing is.
        for _ in 0..10 {
            let Some(at) = story.policy.due(story.now) else { break };
            prop_assert!(at >= story.now);
            story.now = at;
            story.look();
        }
        prop_assert_eq!(story.policy.due(story.now), None);
    }
}
