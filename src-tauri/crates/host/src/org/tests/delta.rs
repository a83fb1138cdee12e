//! What changed between two pictures, told and applied again.

use std::{collections::BTreeSet, sync::Arc};

use proptest::prelude::*;

use crate::org::{Org, OrgChange, OrgWorkspace};

/// A workspace in one of a few shapes.
fn row() -> impl Strategy<Value = OrgWorkspace> {
    let state = prop::sample::select(vec!["online", "offline", "dreaming"]);
    (
        0..12_u128,
        state,
        prop::option::of("[a-c]"),
        0..3_u32,
        any::<bool>(),
    )
        .prop_map(|(id, state, last_seen, active_tasks, suspect)| OrgWorkspace {
            last_seen,
            active_tasks,
            suspect,
            ..OrgWorkspace::named(id, "w", state)
        })
}

fn org(revision: u64) -> impl Strategy<Value = Org> {
    (
        prop::collection::vec(row(), 0..12),
        any::<bool>(),
        prop::option::of("[xy]"),
    )
        .prop_map(move |(rows, live, note)| {
            let mut seen = BTreeSet::new();
            let rows = rows.into_iter().filter(|row| seen.insert(row.id)).map(Arc::new);
            Org {
                live,
                note,
                revision,
                workspaces: rows.collect(),
                ..Org::unknown("home".into(), "")
            }
        })
}

proptest! {
    #[test]
    fn what_changed_makes_the_later_picture_of_the_earlier_one(old in org(1), new in org(2)) {
        let change = OrgChange::between(&old, &new);
        prop_assert_eq!(change.apply(&old), Some(new));
    }

    #[test]
    fn of_the_same_picture_nothing_changed(old in org(1)) {
        let change = OrgChange::between(&old, &Org { revision: 2, ..old.clone() });
        prop_assert!(change.count() == 0 && change.head.is_none() && change.order.is_none());
    }
}

#[test]
fn a_sign_of_life_is_told_in_two_words() {
    let rows = |seen: &str| {
        let row = OrgWorkspace {
            last_seen: Some(seen.to_owned()),
            ..OrgWorkspace::named(1, "w", "online")
        };
        vec![Arc::new(row), Arc::new(OrgWorkspace::named(2, "still", "online"))]
    };
    let old = Org {
        workspaces: rows("a"),
        ..Org::unknown("home".into(), "")
    };
    let new = Org {
        workspaces: rows("b"),
        revision: 1,
        ..old.clone()
    };
    let change = OrgChange::between(&old, &new);
    assert_eq!(
        (change.beats.len(), change.changed.len(), change.count()),
        (1, 0, 1)
    );
    assert!(change.head.is_none() && change.order.is_none());
}

#[test]
fn a_change_of_another_picture_is_refused() {
    let old = Org::unknown("home".into(), "");
    let next = |revision| Org {
        revision,
        ..old.clone()
    };
    let change = OrgChange::between(&next(3), &next(4));
    assert_eq!(change.apply(&next(2)), None);
    assert_eq!(change.apply(&next(3)), Some(next(4)));
}
