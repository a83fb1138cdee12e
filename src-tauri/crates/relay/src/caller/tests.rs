//! When connections are given up, and when not.

use super::*;

fn watched() -> Arc<Watched> {
    Watched::new(&Limits::DEFAULT, Arc::default())
}

/// Lets ticks pass and says why the connection was to be cut.
fn cut_after(watched: &Watched, watch: &Watch, ticks: u32) -> Option<Cut> {
    (0..ticks).for_each(|_| watched.tick());
    watch.expired(watched.ticks.load(Ordering::Relaxed), watched.patience)
}

#[test]
fn a_head_that_does_not_end_is_cut_and_counted_once() {
    let watched = watched();
    let member = watched.add();
    member.watch.received();
    assert_eq!(
        cut_after(&watched, &member.watch, watched.patience.head - 1),
        None
    );
    member.watch.received();
    assert_eq!(
        cut_after(&watched, &member.watch, 1),
        Some(Cut::Over(Limit::SlowHead)),
        "a byte now and then does not help"
    );
    cut_after(&watched, &member.watch, 2);
    assert_eq!(watched.metrics.limit(Limit::SlowHead), 1);
}

#[test]
fn a_call_takes_as_long_as_it_takes() {
    let watched = watched();
    let member = watched.add();
    member.watch.received();
    let answering = member.watch.call();
    assert_eq!(cut_after(&watched, &member.watch, ticks(3600)), None);
    drop(answering);
    assert_eq!(
        cut_after(&watched, &member.watch, ticks(120)),
        None,
        "idle connections are kept well over 100 s"
    );
    assert_eq!(
        cut_after(&watched, &member.watch, watched.patience.idle),
        Some(Cut::Idle)
    );
}

#[test]
fn a_caller_that_takes_nothing_for_a_minute_is_cut() {
    let watched = watched();
    let member = watched.add();
    let _answering = member.watch.call();
    member.watch.wrote(true);
    assert_eq!(
        cut_after(&watched, &member.watch, watched.patience.stuck - 1),
        None
    );
    member.watch.wrote(false);
    member.watch.wrote(true);
    assert_eq!(
        cut_after(&watched, &member.watch, watched.patience.stuck - 1),
        None,
        "it had taken something"
    );
    assert_eq!(
        cut_after(&watched, &member.watch, 1),
        Some(Cut::Over(Limit::StalledAnswer))
    );
}

#[test]
fn a_connection_that_has_ended_is_forgotten() {
    let watched = watched();
    let member = watched.add();
    assert_eq!(watched.connections().len(), 1);
    drop(member);
    assert!(watched.connections().is_empty());
}
