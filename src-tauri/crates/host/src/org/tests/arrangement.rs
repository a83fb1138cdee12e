//! How the Canvas is arranged.

use std::fs;

use uuid::Uuid;

use crate::org::{Arrangement, Place, Rearrange};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn moved(number: u128, place: Option<Place>) -> Rearrange {
    Rearrange {
        moved: [(id(number), place)].into(),
        ..Rearrange::default()
    }
}

const PLACE: Place = Place { x: 3, y: -4 };

#[test]
fn what_is_changed_is_kept_in_a_file_that_nobody_else_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("canvas").join("home.json");
    assert_eq!(Arrangement::read(&path), Arrangement::default());
    let mut arrangement = Arrangement::default();
    arrangement.change(moved(1, Some(PLACE)));
    arrangement.change(Rearrange {
        collapsed: [(id(2), true), (id(3), false)].into(),
        ..Rearrange::default()
    });
    arrangement.write(&path).unwrap();
    assert_eq!(Arrangement::read(&path), arrangement);
    assert_eq!(arrangement.moved[&id(1)], PLACE);
    assert_eq!(arrangement.collapsed, [id(2)].into());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::write(&path, "{").unwrap();
    assert_eq!(Arrangement::read(&path), Arrangement::default());
}

#[test]
fn what_is_not_named_stays_and_tidying_moves_back_everything_else() {
    let mut arrangement = Arrangement::default();
    arrangement.change(moved(1, Some(PLACE)));
    arrangement.change(moved(2, Some(PLACE)));
    arrangement.change(moved(1, None));
    assert_eq!(arrangement.moved.len(), 1);
    arrangement.change(Rearrange {
        tidy: true,
        ..moved(3, Some(PLACE))
    });
    assert_eq!(arrangement.moved.keys().copied().collect::<Vec<_>>(), [id(3)]);
}

#[test]
fn more_than_an_org_can_have_is_not_kept() {
    let mut arrangement = Arrangement::default();
    for n in 0..11_000 {
        arrangement.change(moved(n, Some(PLACE)));
    }
    assert_eq!(arrangement.moved.len(), 10_000);
    arrangement.change(moved(1, Some(Place { x: 0, y: 0 })));
    assert_eq!(arrangement.moved[&id(1)], Place { x: 0, y: 0 });
}
