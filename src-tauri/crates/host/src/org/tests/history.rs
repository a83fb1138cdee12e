//! The ring of states.

use uuid::Uuid;

use crate::org::{
    history::{History, Wanted},
    model::Moved,
};

fn moved(workspace: u128, to: &str) -> Vec<Moved> {
    vec![Moved {
        workspace: Uuid::from_u128(workspace),
        name: format!("w{workspace}"),
        from: Some("before".into()),
        to: Some(to.into()),
        error: None,
    }]
}

const ALL: Wanted = Wanted {
    after: 0,
    workspace: None,
    limit: usize::MAX,
};

fn states(history: &History, wanted: Wanted) -> Vec<String> {
    let read = history.read(wanted);
    read.changes.into_iter().filter_map(|one| one.to).collect()
}

#[test]
fn changes_are_read_in_order_from_any_number_on_and_of_one_workspace() {
    let mut history = History::default();
    for (workspace, state) in [(1, "a"), (2, "b"), (1, "c"), (1, "d")] {
        history.note(moved(workspace, state), "now", false);
    }
    assert_eq!(states(&history, ALL), ["a", "b", "c", "d"]);
    assert_eq!(states(&history, Wanted { after: 2, ..ALL }), ["c", "d"]);
    let of_one = Wanted {
        workspace: Some(Uuid::from_u128(1)),
        limit: 2,
        ..ALL
    };
    assert_eq!(states(&history, of_one), ["c", "d"]);
    assert!(history.read(of_one).more);
    assert!(!history.read(ALL).more);
    assert_eq!(history.last(), 4);
}

#[test]
fn a_workspace_that_flaps_pushes_nobody_else_out() {
    let mut history = History::default();
    history.note(moved(1, "quiet"), "now", false);
    for n in 0..20_000 {
        history.note(moved(2, &n.to_string()), "now", false);
    }
    let kept = states(&history, ALL);
    assert_eq!((kept.len(), kept[0].as_str()), (51, "quiet"));
    assert_eq!(kept.last().unwrap(), "19999");
}

#[test]
fn the_ring_is_bounded_whoever_changes() {
    let mut history = History::default();
    for n in 0..12_000 {
        history.note(moved(n, "x"), "now", false);
    }
    let kept = history.read(ALL).changes;
    assert_eq!((kept.len(), kept[0].number), (10_000, 2_001));
}

#[test]
fn an_absence_names_what_had_changed() {
    let mut history = History::default();
    history.note(moved(1, "a"), "1", false);
    let before = history.last();
    history.note(moved(2, "b"), "9", true);
    history.note_absence("2".into(), "9".into(), before);
    let read = history.read(Wanted { after: before, ..ALL });
    assert_eq!((read.absences[0].after, read.absences[0].through), (1, 2));
    assert!(read.changes.iter().all(|one| one.seen_late));
    for n in 0..30 {
        history.note_absence(n.to_string(), "x".into(), 0);
    }
    let absences = history.read(ALL).absences;
    assert_eq!((absences.len(), absences[0].from.as_str()), (10, "20"));
}
