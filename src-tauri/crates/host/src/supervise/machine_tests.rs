//! What must hold of the machine of an agent that Ligand starts.

use ligand_backoff::Bounds;
use proptest::prelude::*;

use super::*;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn machine() -> Machine {
    let bounds = Bounds::new(s(1), s(30)).unwrap();
    Machine::new("the agent", s(30), Backoff::with_rng(bounds, 7))
}

fn ready(now: Duration) -> Machine {
    let mut m = machine();
    assert_eq!(m.step(Event::Start, now), [Effect::Launch]);
    assert_eq!(m.step(Event::Launched, now), []);
    assert_eq!(m.step(Event::Tick, now), [Effect::Look]);
    assert_eq!(m.step(Event::Looked(Ok(())), now), []);
    assert_eq!(m.state(), State::Ready { failed: 0 });
    m
}

fn failed() -> Event {
    Event::Looked(Err("it says nothing".to_owned()))
}

fn ended() -> Event {
    Event::Ended("it ended with code 1".to_owned())
}

#[test]
fn an_agent_is_ready_once_a_look_succeeds_and_is_looked_at_every_15_s_from_then_on() {
    let mut m = machine();
    m.step(Event::Start, s(0));
    assert_eq!(
        m.wake_at(),
        Some(LAUNCH_WITHIN),
        "nothing runs yet that could be looked at"
    );
    m.step(Event::Launched, s(1));
    assert_eq!(m.step(Event::Tick, s(1)), [Effect::Look]);
    assert_eq!(m.step(Event::Tick, s(1)), [], "one look at a time");
    m.step(failed(), s(1));
    assert!(m.why().unwrap().contains("it says nothing"));
    assert_eq!(m.wake_at(), Some(s(1) + CHECK_STARTING));
    m.step(Event::Tick, s(2));
    m.step(Event::Looked(Ok(())), s(2));
    assert_eq!((m.why(), m.wake_at()), (None, Some(s(15))));
}

#[test]
fn one_that_is_not_ready_in_time_is_ended_and_started_anew() {
    let mut m = machine();
    m.step(Event::Start, s(0));
    m.step(Event::Launched, s(0));
    m.step(Event::Tick, s(0));
    m.step(failed(), s(1));
    assert_eq!(m.step(Event::Tick, s(30)), [Effect::End]);
    assert_eq!(m.state(), State::Unhealthy);
    m.step(ended(), s(31));
    assert_eq!(m.state(), State::BackingOff { until: s(31) });
    assert!(
        m.why()
            .unwrap()
            .contains("not ready within 30 s (it says nothing)")
    );
    assert_eq!(m.step(Event::Tick, s(31)), [Effect::Launch]);
}

#[test]
fn three_failed_looks_in_a_row_are_a_hang_and_two_with_a_success_between_are_not() {
    let mut m = ready(s(0));
    for (event, effects) in [
        (failed(), vec![]),
        (failed(), vec![]),
        (Event::Looked(Ok(())), vec![]),
        (failed(), vec![]),
        (failed(), vec![]),
        (failed(), vec![Effect::End]),
    ] {
        assert_eq!(m.step(event, s(1)), effects);
    }
    assert_eq!(m.state(), State::Unhealthy);
}

#[test]
fn one_that_works_on_something_does_not_hang() {
    let mut m = ready(s(0));
    for _ in 0..10 {
        assert_eq!(m.step(Event::Busy, s(1)), []);
    }
    assert_eq!(m.state(), State::Ready { failed: 0 });
}

#[test]
fn the_first_crash_is_followed_at_once_and_the_fifth_in_two_minutes_by_nothing() {
    let mut m = ready(s(100));
    m.step(ended(), s(100));
    assert_eq!(m.state(), State::BackingOff { until: s(100) });
    for crash in 2..=CRASHES {
        let at = m.wake_at().unwrap();
        assert_eq!(m.step(Event::Tick, at), [Effect::Launch], "{crash}");
        m.step(Event::Launched, at);
        m.step(ended(), at);
    }
    assert_eq!((m.state(), m.wake_at()), (State::GaveUp, None));
    assert!(m.why().unwrap().contains("code 1"));
    assert_eq!(m.step(Event::Tick, s(9999)), []);
    assert_eq!(
        m.step(Event::Start, s(9999)),
        [],
        "only a restart goes on from here"
    );
    assert_eq!(m.step(Event::Restart, s(9999)), [Effect::Launch]);
    m.step(ended(), s(9999));
    assert_eq!(
        m.state(),
        State::BackingOff { until: s(9999) },
        "the count is new"
    );
}

#[test]
fn crashes_that_are_far_apart_are_no_loop() {
    let mut m = machine();
    m.step(Event::Start, s(0));
    for crash in 1..20 {
        let now = s(crash * 60);
        m.step(Event::Launched, now);
        m.step(Event::Tick, now);
        m.step(Event::Looked(Ok(())), now);
        m.step(ended(), now);
        assert!(
            matches!(m.state(), State::BackingOff { .. }),
            "{crash}: {:?}",
            m.state()
        );
        let at = m.wake_at().unwrap();
        m.step(Event::Tick, at);
    }
}

#[test]
fn what_an_agent_needs_and_cannot_have_is_no_crash() {
    let mut m = machine();
    m.step(Event::Start, s(0));
    for _ in 0..20 {
        m.step(Event::Withheld("no secrets".to_owned()), s(0));
        assert!(m.why().unwrap().contains("no secrets"));
        let at = m.wake_at().unwrap();
        assert_eq!(m.step(Event::Tick, at), [Effect::Launch]);
    }
}

#[test]
fn a_restart_waits_for_the_end_of_what_runs() {
    let mut m = ready(s(0));
    assert_eq!(m.step(Event::Restart, s(1)), [Effect::End]);
    assert_eq!(m.step(Event::Restart, s(1)), []);
    assert_eq!(m.step(ended(), s(2)), [Effect::Launch]);
    assert_eq!(m.step(Event::Stop, s(3)), [Effect::End]);
    assert_eq!(m.step(ended(), s(4)), []);
    assert_eq!(m.state(), State::Stopped);
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        1 => Just(Event::Start),
        1 => Just(Event::Restart),
        1 => Just(Event::Stop),
        1 => Just(Event::Busy),
        4 => Just(Event::Launched),
        2 => Just(Event::NotLaunched("no".to_owned())),
        2 => Just(Event::Withheld("no".to_owned())),
        4 => Just(ended()),
        4 => Just(Event::Looked(Ok(()))),
        4 => Just(failed()),
        8 => Just(Event::Tick),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The world keeps to what an effect promises: nothing has ended that was not begun, and a look is answered once.
    #[test]
    fn no_process_is_started_beside_another_and_none_is_left(
        events in proptest::collection::vec((any_event(), 0u64..40_000), 1..200)
    ) {
        let mut m = machine();
        let mut now = s(0);
        // Whether something is about to run or runs, and whether a look is under way.
        let (mut lives, mut is_up, mut looks) = (false, false, false);
        for (event, pause) in events {
            let possible = match &event {
                Event::Launched => lives && !is_up,
                Event::NotLaunched(_) | Event::Withheld(_) => lives && !is_up,
                Event::Ended(_) => lives,
                Event::Looked(_) | Event::Busy => looks,
                Event::Start | Event::Restart | Event::Stop | Event::Tick => true,
            };
            if !possible {
                continue;
            }
            match &event {
                Event::Launched => is_up = true,
                Event::NotLaunched(_) | Event::Withheld(_) | Event::Ended(_) => (lives, is_up, looks) = (false, false, false),
                Event::Looked(_) | Event::Busy => looks = false,
                _ => {}
            }
            for effect in m.step(event, now) {
                match effect {
                    Effect::Launch => {
                        prop_assert!(!lives, "a second process");
                        lives = true;
                    }
                    Effect::Look => {
                        prop_assert!(is_up && !looks);
                        looks = true;
                    }
                    Effect::End => prop_assert!(lives),
                }
            }
            let rests = matches!(m.state(), State::Stopped | State::BackingOff { .. } | State::GaveUp);
            prop_assert_eq!(rests, !lives, "{:?}", m.state());
            prop_assert_eq!(m.why().is_none(), matches!(m.state(), State::Ready { .. }));
            // Whoever waits for time is woken, and whoever does not waits for an answer or the user.
            if matches!(m.state(), State::Starting { .. } | State::BackingOff { .. }) {
                prop_assert!(m.wake_at().is_some());
            }
            now += Duration::from_millis(pause);
        }
    }
}
