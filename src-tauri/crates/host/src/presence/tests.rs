//! What must hold of the machine: the order of coming back, and that the dead stay dead.

use std::time::Duration;

use ligand_backoff::{Backoff, Bounds};
use proptest::prelude::*;

use super::*;

const RETRY: Failure = Failure {
    class: FailureClass::Retry,
    hint: None,
};
const REFUSED: Failure = Failure {
    class: FailureClass::Unauthorized,
    hint: None,
};

fn machine() -> Machine {
    let bounds = Bounds::new(Duration::from_millis(500), Duration::from_secs(20)).unwrap();
    Machine::new(Backoff::with_rng(bounds, 7))
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A machine that is online at `at`, with a link of mark 1.
fn online(at: Duration) -> Machine {
    let mut m = machine();
    m.step(Event::Agent(true), at);
    assert_eq!(m.step(Event::Start, at), [Effect::Dial, Effect::PollState]);
    m.step(Event::LinkUp(1), at);
    assert_eq!(
        m.step(Event::State(Ok(Seen::Present)), at),
        [Effect::Accept(true), Effect::SelfTest]
    );
    assert_eq!(m.step(Event::Tested(true), at), [Effect::Register]);
    assert_eq!(m.step(Event::Registered(Ok(false)), at), [Effect::Beat]);
    assert_eq!(m.step(Event::Beat(Ok(())), at), []);
    assert_eq!(m.state(), State::Online);
    m
}

#[test]
fn coming_back_goes_link_and_state_then_accept_test_register_beat() {
    online(s(0));
}

#[test]
fn a_link_that_comes_after_the_state_needs_no_second_poll() {
    let mut m = machine();
    m.step(Event::Agent(true), s(0));
    m.step(Event::Start, s(0));
    assert_eq!(m.step(Event::State(Ok(Seen::Present)), s(0)), []);
    assert_eq!(
        m.step(Event::LinkUp(1), s(1)),
        [Effect::Accept(true), Effect::SelfTest]
    );
}

#[test]
fn each_round_reads_the_state_and_then_beats_once() {
    let mut m = online(s(0));
    assert_eq!(m.wake_at(), Some(s(30)));
    assert_eq!(m.step(Event::Tick, s(29)), []);
    assert_eq!(m.step(Event::Tick, s(30)), [Effect::PollState]);
    assert_eq!(m.step(Event::State(Ok(Seen::Present)), s(30)), [Effect::Beat]);
    assert_eq!(m.step(Event::Beat(Ok(())), s(30)), []);
    assert_eq!(m.step(Event::Tick, s(31)), []);
}

#[test]
fn a_queued_delivery_asks_for_the_next_one_when_it_ends() {
    let mut m = online(s(0));
    assert_eq!(m.step(Event::Working(1), s(1)), []);
    assert_eq!(m.step(Event::Working(0), s(9)), [Effect::Beat]);
    // This one comes and goes before anybody looks, and before the beat is answered.
    assert_eq!(m.step(Event::Working(0), s(9)), []);
    assert_eq!(m.step(Event::Beat(Ok(())), s(9)), []);
    assert_eq!(m.wake_at(), Some(s(9) + BEATS_APART));
    assert_eq!(m.step(Event::Tick, s(9) + BEATS_APART), [Effect::Beat]);
    m.step(Event::Beat(Ok(())), s(10));
    assert_eq!(m.wake_at(), Some(s(30)), "nothing more is queued");
}

#[test]
fn a_delivery_out_of_the_blue_asks_for_nothing() {
    let mut m = online(s(0));
    m.step(Event::Working(1), s(3));
    assert_eq!(m.step(Event::Working(0), s(4)), []);
    assert_eq!(m.wake_at(), Some(s(30)));
}

#[test]
fn a_short_loss_of_the_link_beats_again_without_a_register() {
    let mut m = online(s(0));
    m.step(Event::LinkLost(LinkLoss::Broken), s(2));
    assert_eq!(m.state(), State::Unreachable(Unreached::Relay));
    assert_eq!(
        m.step(Event::LinkUp(1), s(3)),
        [Effect::Accept(true), Effect::SelfTest]
    );
    assert_eq!(m.step(Event::Tested(true), s(3)), [Effect::Beat]);
    m.step(Event::Beat(Ok(())), s(3));
    assert_eq!(m.state(), State::Online);
}

#[test]
fn another_address_or_a_long_gap_registers_before_the_beat() {
    let mut moved = online(s(0));
    moved.step(Event::LinkLost(LinkLoss::Broken), s(2));
    moved.step(Event::LinkUp(2), s(3));
    assert_eq!(moved.step(Event::Tested(true), s(3)), [Effect::Register]);

    let mut slept = online(s(0));
    slept.step(Event::LinkLost(LinkLoss::Broken), s(2));
    assert_eq!(slept.step(Event::LinkUp(1), s(100)), [Effect::PollState]);
    slept.step(Event::State(Ok(Seen::Present)), s(100));
    assert_eq!(slept.step(Event::Tested(true), s(100)), [Effect::Register]);
}

#[test]
fn a_paused_workspace_is_not_registered_and_comes_back_by_itself() {
    let mut m = online(s(0));
    m.step(Event::Tick, s(30));
    assert_eq!(
        m.step(Event::State(Ok(Seen::Paused)), s(30)),
        [Effect::Accept(false)]
    );
    assert_eq!(m.state(), State::Paused);
    assert_eq!(m.step(Event::LinkUp(9), s(31)), []);
    assert_eq!(m.step(Event::Tick, s(60)), [Effect::PollState]);
    assert_eq!(
        m.step(Event::State(Ok(Seen::Present)), s(60)),
        [Effect::Accept(true), Effect::SelfTest],
        "resumed"
    );
    assert_eq!(
        m.step(Event::Tested(true), s(60)),
        [Effect::Register],
        "the pause cleared the address"
    );
}

#[test]
fn the_key_is_published_as_soon_as_the_agent_has_a_card_to_publish_it_in() {
    let mut m = machine();
    m.step(Event::Start, s(0));
    m.step(Event::State(Ok(Seen::Present)), s(0));
    assert_eq!(m.step(Event::LinkLost(LinkLoss::KeyUnknown), s(0)), []);
    assert_eq!(m.step(Event::Agent(false), s(5)), []);
    assert_eq!(m.step(Event::Agent(true), s(6)), [Effect::PublishCard]);
}

#[test]
fn a_workspace_removed_while_we_were_away_is_not_revived() {
    let mut m = machine();
    m.step(Event::Agent(true), s(0));
    m.step(Event::Start, s(0));
    assert_eq!(
        m.step(Event::State(Err(REFUSED)), s(0)),
        [Effect::Lookup],
        "its tokens went with it"
    );
    assert_eq!(m.step(Event::Looked(Ok(Seen::Removed)), s(0)), [Effect::HangUp]);
    assert_eq!(m.state(), State::Removed);
    assert_eq!(m.step(Event::LinkUp(1), s(1)), []);
    assert_eq!(m.step(Event::Tick, s(600)), []);
}

/// One refused state poll and the look-up after it, half a minute after the last.
fn refuse(m: &mut Machine, now: &mut Duration) {
    *now += s(30);
    assert_eq!(m.step(Event::Tick, *now), [Effect::PollState]);
    assert_eq!(m.step(Event::State(Err(REFUSED)), *now), [Effect::Lookup]);
    m.step(Event::Looked(Ok(Seen::Present)), *now);
}

#[test]
fn three_refusals_in_a_row_need_the_user() {
    let mut m = online(s(0));
    let mut now = s(0);
    refuse(&mut m, &mut now);
    refuse(&mut m, &mut now);
    assert!(!matches!(m.state(), State::NeedsUser(_)));
    refuse(&mut m, &mut now);
    assert_eq!(m.state(), State::NeedsUser(Need::TokenRefused));
}

#[test]
fn an_outage_between_two_refusals_starts_the_count_again() {
    let mut m = online(s(0));
    let mut now = s(0);
    refuse(&mut m, &mut now);
    refuse(&mut m, &mut now);
    now += s(30);
    m.step(Event::Tick, now);
    m.step(Event::State(Err(RETRY)), now);
    refuse(&mut m, &mut now);
    assert!(!matches!(m.state(), State::NeedsUser(_)));
}

#[test]
fn a_token_that_we_did_not_need_means_that_ours_was_revoked() {
    let mut m = machine();
    m.step(Event::Agent(true), s(0));
    m.step(Event::Start, s(0));
    m.step(Event::LinkUp(1), s(0));
    m.step(Event::State(Ok(Seen::Present)), s(0));
    m.step(Event::Tested(true), s(0));
    let effects = m.step(Event::Registered(Ok(true)), s(0));
    assert_eq!(effects, [Effect::Accept(false), Effect::HangUp]);
    assert_eq!(m.state(), State::NeedsUser(Need::TokenReplaced));
    assert_eq!(
        m.step(Event::Start, s(9)),
        [Effect::Dial, Effect::PollState],
        "the user may try again"
    );
}

#[test]
fn an_unknown_key_is_published_once_and_then_waited_for() {
    let mut m = machine();
    m.step(Event::Agent(true), s(0));
    m.step(Event::Start, s(0));
    m.step(Event::State(Ok(Seen::Present)), s(0));
    assert_eq!(
        m.step(Event::LinkLost(LinkLoss::KeyUnknown), s(0)),
        [Effect::PublishCard]
    );
    assert_eq!(m.step(Event::CardPublished(Ok(())), s(0)), [Effect::Dial]);
    assert_eq!(
        m.step(Event::LinkLost(LinkLoss::KeyUnknown), s(0)),
        [],
        "not again at once"
    );
    assert_eq!(m.step(Event::Tick, s(29)), [Effect::PublishCard]);
}

#[test]
fn a_short_outage_of_the_platform_is_not_shown_and_a_long_one_is() {
    let mut m = online(s(0));
    m.step(Event::Tick, s(30));
    m.step(Event::State(Err(RETRY)), s(30));
    assert_eq!(m.state(), State::Online);
    assert!(m.retry_at().is_some());
    m.step(Event::Tick, s(30) + SHOWN_AFTER / 2);
    assert_eq!(m.state(), State::Online);
    assert!(
        m.wake_at().is_some_and(|at| at <= s(30) + SHOWN_AFTER),
        "it is looked at in time"
    );
    m.step(Event::Tick, s(30) + SHOWN_AFTER);
    assert_eq!(m.state(), State::Unreachable(Unreached::Platform));
}

#[test]
fn a_platform_in_trouble_is_asked_ten_times_in_a_minute_at_most() {
    let mut m = online(s(0));
    let (mut now, mut asked) = (s(30), Vec::new());
    while now < s(600) {
        if m.step(Event::Tick, now).contains(&Effect::PollState) {
            asked.push(now);
            m.step(Event::State(Err(RETRY)), now);
        }
        now = m.wake_at().unwrap().max(now + Duration::from_millis(1));
    }
    assert!(asked.len() > 20, "it goes on");
    for minute in asked.windows(FAILURES_PER_MINUTE + 1) {
        assert!(minute[FAILURES_PER_MINUTE] - minute[0] >= s(60), "{minute:?}");
    }
}

#[test]
fn an_agent_that_goes_away_degrades_and_does_not_stop_the_beat() {
    let mut m = online(s(0));
    m.step(Event::Agent(false), s(5));
    assert_eq!(m.state(), State::Degraded);
    m.step(Event::Agent(true), s(6));
    assert_eq!(m.state(), State::Online);
}

#[test]
fn an_answer_of_an_earlier_life_is_nobodys() {
    let mut m = machine();
    m.step(Event::Start, s(0));
    m.step(Event::Stop, s(0));
    assert_eq!(m.step(Event::State(Ok(Seen::Present)), s(0)), []);
    assert_eq!(m.state(), State::Stopped);
}

#[test]
fn an_announced_sleep_gives_the_link_up_and_a_wake_comes_back_in_order() {
    let mut m = online(s(0));
    assert_eq!(
        m.step(Event::Sleep, s(7)),
        [Effect::Accept(false), Effect::Suspend]
    );
    assert_eq!(m.state(), State::Asleep);
    assert_eq!(
        m.step(Event::LinkLost(LinkLoss::Broken), s(7)),
        [],
        "we gave it up"
    );
    assert_eq!(m.step(Event::Tick, s(8)), []);
    assert_eq!(
        m.step(Event::Wake(s(3_600)), s(8)),
        [Effect::Dial, Effect::PollState]
    );
    m.step(Event::LinkUp(1), s(8));
    m.step(Event::State(Ok(Seen::Present)), s(8));
    assert_eq!(
        m.step(Event::Tested(true), s(8)),
        [Effect::Register],
        "the platform may have called us offline"
    );
}

#[test]
fn a_long_gap_that_nobody_announced_drops_the_link_however_well_it_looks() {
    let mut m = online(s(0));
    assert_eq!(
        m.step(Event::Wake(LONG_GAP), s(5)),
        [Effect::Accept(false), Effect::Redial, Effect::PollState]
    );
    assert_eq!(m.state(), State::Connecting);
}

#[test]
fn after_a_short_gap_only_the_link_is_asked() {
    let mut m = online(s(0));
    assert_eq!(m.step(Event::Wake(s(5)), s(5)), [Effect::CheckLink]);
    assert_eq!(m.state(), State::Online);
}

#[test]
fn after_a_gap_in_which_the_relay_may_have_dropped_it_the_link_is_dialled_anew_without_a_register() {
    let mut m = online(s(0));
    assert_eq!(
        m.step(Event::Wake(LINK_GAP), s(5)),
        [Effect::Accept(false), Effect::Redial, Effect::PollState]
    );
    m.step(Event::LinkUp(1), s(5));
    m.step(Event::State(Ok(Seen::Present)), s(5));
    assert_eq!(m.step(Event::Tested(true), s(5)), [Effect::Beat]);
}

#[test]
fn a_sleep_that_does_not_come_ends_by_itself() {
    let mut m = online(s(0));
    m.step(Event::Sleep, s(7));
    assert_eq!(m.wake_at(), Some(s(67)));
    assert_eq!(m.step(Event::Tick, s(66)), []);
    assert_eq!(m.step(Event::Tick, s(67)), [Effect::Dial, Effect::PollState]);
}

#[test]
fn a_workspace_paused_or_removed_during_sleep_is_not_revived() {
    for (seen, state) in [(Seen::Paused, State::Paused), (Seen::Removed, State::Removed)] {
        let mut m = online(s(0));
        m.step(Event::Sleep, s(7));
        m.step(Event::Wake(s(3_600)), s(8));
        m.step(Event::LinkUp(1), s(8));
        let effects = m.step(Event::State(Ok(seen)), s(8));
        assert!(
            !effects.contains(&Effect::Register) && !effects.contains(&Effect::Beat),
            "{effects:?}"
        );
        assert_eq!(m.state(), state);
    }
}

#[test]
fn a_link_whose_address_has_gone_is_dead_now_and_another_is_asked() {
    let mut m = online(s(0));
    assert_eq!(
        m.step(Event::Moved { link_gone: false }, s(5)),
        [Effect::CheckLink]
    );
    assert_eq!(
        m.step(Event::Moved { link_gone: true }, s(6)),
        [Effect::Accept(false), Effect::Redial, Effect::PollState]
    );
    assert_eq!(m.state(), State::Connecting);
}

#[test]
fn a_platform_that_answers_again_has_the_relay_dialled_and_a_link_has_the_platform_asked() {
    let mut m = online(s(0));
    m.step(Event::LinkLost(LinkLoss::Broken), s(1));
    m.step(Event::Tick, s(30));
    m.step(Event::State(Err(RETRY)), s(30));
    m.step(Event::Tick, s(31));
    assert_eq!(m.step(Event::State(Ok(Seen::Present)), s(31)), [Effect::Dial]);

    let mut m = online(s(0));
    m.step(Event::LinkLost(LinkLoss::Broken), s(1));
    m.step(Event::Tick, s(30));
    m.step(Event::State(Err(RETRY)), s(30));
    assert_eq!(m.step(Event::LinkUp(1), s(30)), [Effect::PollState]);
}

#[test]
fn what_ended_a_link_may_have_ended_other_connections_so_new_ones_are_made_and_asked() {
    let mut m = online(s(0));
    assert_eq!(
        m.step(Event::LinkLost(LinkLoss::Broken), s(9)),
        [Effect::Renew, Effect::Accept(false)]
    );
    assert_eq!(
        m.step(Event::LinkLost(LinkLoss::Broken), s(10)),
        [],
        "there was none to lose"
    );

    let mut m = online(s(0));
    assert_eq!(m.step(Event::Tick, s(30)), [Effect::PollState]);
    assert_eq!(
        m.step(Event::LinkLost(LinkLoss::Broken), s(31)),
        [Effect::Renew, Effect::Accept(false), Effect::PollState]
    );
    assert_eq!(m.step(Event::State(Ok(Seen::Present)), s(31)), []);
    assert_eq!(
        m.step(Event::LinkUp(2), s(31)),
        [Effect::Accept(true), Effect::SelfTest]
    );
}

#[test]
fn another_network_ends_every_wait() {
    let mut m = online(s(0));
    m.step(Event::LinkLost(LinkLoss::Broken), s(1));
    m.step(Event::Tick, s(30));
    m.step(Event::State(Err(RETRY)), s(30));
    assert_eq!(m.step(Event::Tick, s(30)), []);
    assert_eq!(
        m.step(Event::Moved { link_gone: false }, s(30)),
        [Effect::Redial, Effect::PollState]
    );
}

#[test]
fn those_at_rest_sleep_and_wake_without_a_word() {
    let mut m = machine();
    for event in [Event::Sleep, Event::Wake(s(3_600)), Event::Doubt] {
        assert_eq!(m.step(event, s(1)), []);
        assert_eq!(m.state(), State::Stopped);
    }
}

#[test]
fn a_doubt_reads_the_state_at_once_but_not_twice_in_two_seconds() {
    let mut m = online(s(0));
    assert_eq!(m.step(Event::Doubt, s(9)), [Effect::PollState]);
    assert_eq!(m.step(Event::State(Ok(Seen::Present)), s(9)), [Effect::Beat]);
    m.step(Event::Beat(Ok(())), s(9));
    assert_eq!(m.step(Event::Doubt, s(10)), []);
    assert_eq!(m.wake_at(), Some(s(11)));
    assert_eq!(m.step(Event::Tick, s(11)), [Effect::PollState]);
}

#[test]
fn a_platform_that_does_not_count_us_as_online_is_registered_with_again() {
    let mut m = online(s(0));
    m.step(Event::Tick, s(30));
    assert_eq!(m.step(Event::State(Ok(Seen::Lapsed)), s(30)), [Effect::Register]);
}

fn failures() -> impl Strategy<Value = Failure> {
    let hint = proptest::option::of((0u64..100).prop_map(s));
    let class = prop_oneof![
        4 => Just(FailureClass::Retry),
        2 => Just(FailureClass::Unauthorized),
        1 => Just(FailureClass::Gone)
    ];
    (class, hint).prop_map(|(class, hint)| Failure { class, hint })
}

fn seen() -> impl Strategy<Value = Seen> {
    prop_oneof![8 => Just(Seen::Present), 2 => Just(Seen::Paused), 1 => Just(Seen::Removed)]
}

/// Events from outside, and how to answer the call under way if there is one.
fn events() -> impl Strategy<Value = Event> {
    let result = || proptest::result::maybe_err(Just(()), failures());
    prop_oneof![
        3 => Just(Event::Start),
        1 => Just(Event::Stop),
        4 => (0u64..3).prop_map(Event::LinkUp),
        3 => Just(Event::LinkLost(LinkLoss::Broken)),
        1 => Just(Event::LinkLost(LinkLoss::KeyUnknown)),
        4 => any::<bool>().prop_map(Event::Agent),
        8 => proptest::result::maybe_err(seen(), failures()).prop_map(Event::State),
        3 => proptest::result::maybe_err(seen(), failures()).prop_map(Event::Looked),
        3 => result().prop_map(Event::CardPublished),
        8 => any::<bool>().prop_map(Event::Tested),
        8 => proptest::result::maybe_err(prop::bool::weighted(0.1), failures()).prop_map(Event::Registered),
        8 => result().prop_map(Event::Beat),
        4 => Just(Event::Tick),
        1 => Just(Event::Sleep),
        2 => (0u64..120).prop_map(|gap| Event::Wake(s(gap))),
        1 => Just(Event::Doubt),
        3 => (0usize..3).prop_map(Event::Working),
        1 => any::<bool>().prop_map(|link_gone| Event::Moved { link_gone }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_order_holds_and_the_dead_stay_dead(
        script in proptest::collection::vec((events(), 0u64..40), 1..200)
    ) {
        let mut m = machine();
        let mut now = s(0);
        let (mut linked, mut present, mut tested, mut accepting) = (false, false, false, false);
        let mut asked = None;
        for (event, pause) in script {
            now += s(pause);
            let dead = matches!(m.state(), State::Stopped | State::Removed | State::NeedsUser(_));
            match &event {
                Event::LinkUp(_) => (linked, tested) = (true, false),
                Event::LinkLost(_) => (linked, tested) = (false, false),
                Event::Start if dead => (linked, present, tested, asked) = (false, false, false, None),
                // An answer counts once: what comes after it was not asked for.
                Event::State(answer) if asked == Some(Effect::PollState) => {
                    (present, asked) = (*answer == Ok(Seen::Present), None);
                }
                Event::Tested(arrived) if asked == Some(Effect::SelfTest) => {
                    (tested, asked) = (*arrived, None);
                }
                _ => {}
            }
            let dead = dead && event != Event::Start;
            let was_asleep = m.state() == State::Asleep;
            let effects = m.step(event, now);
            let anew = effects.iter().any(|effect| matches!(effect, Effect::Redial | Effect::Suspend));
            if anew || (was_asleep && m.state() != State::Asleep) {
                (linked, present, tested, asked) = (false, false, false, None);
            }
            if effects.contains(&Effect::Renew) {
                asked = None;
            }
            for effect in &effects {
                prop_assert!(!dead, "{effect:?} of a machine at rest");
                match effect {
                    Effect::Accept(on) => accepting = *on,
                    Effect::Register => prop_assert!(linked && present && tested && accepting),
                    Effect::Beat => prop_assert!(linked && present && tested && accepting),
                    Effect::SelfTest => prop_assert!(linked && present && accepting),
                    Effect::HangUp => prop_assert!(!accepting),
                    Effect::Redial | Effect::Suspend => prop_assert!(!accepting && !linked),
                    Effect::CheckLink => prop_assert!(linked),
                    Effect::Renew => prop_assert!(!linked),
                    Effect::Dial | Effect::PollState | Effect::Lookup | Effect::PublishCard => {}
                }
                let is_call = !matches!(
                    effect,
                    Effect::Dial
                        | Effect::Redial
                        | Effect::CheckLink
                        | Effect::Renew
                        | Effect::Suspend
                        | Effect::HangUp
                        | Effect::Accept(_)
                );
                if is_call {
                    asked = Some(*effect);
                }
            }
            let last = effects.iter().rposition(|e| *e == Effect::Beat);
            prop_assert!(last.is_none_or(|at| at + 1 == effects.len()), "nothing comes after the beat");
            if matches!(m.state(), State::Online | State::Degraded) {
                prop_assert!(linked && accepting);
            }
            if m.state() == State::Asleep {
                prop_assert!(!accepting && effects.iter().all(|effect| matches!(effect, Effect::Suspend | Effect::Accept(false))));
                prop_assert!(m.wake_at().is_some_and(|at| at <= now + NO_SLEEP_AFTER), "it wakes by itself");
            }
        }
    }
}
