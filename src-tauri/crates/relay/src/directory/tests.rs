//! How many calls are held and for how long, and whose links take over from whose.

use super::*;

fn place() -> Place {
    Place {
        platform: 0,
        workspace: Uuid::new_v4(),
    }
}

#[test]
fn a_workspace_holds_sixty_four_calls_and_no_more() {
    let directory = Directory::new(Duration::from_secs(20), &Limits::DEFAULT);
    let (busy, other) = (place(), place());
    let held: Vec<_> = (0..Limits::DEFAULT.held_per_workspace)
        .map(|_| directory.hold(busy).unwrap())
        .collect();
    assert_eq!(directory.hold(busy).err(), Some(Limit::HeldPerWorkspace));
    assert!(
        directory.hold(other).is_ok(),
        "another workspace has room of its own"
    );
    drop(held);
    assert!(directory.hold(busy).is_ok());
}

#[test]
fn all_workspaces_together_hold_a_bounded_number_of_calls() {
    let directory = Directory::new(Duration::from_secs(20), &Limits::DEFAULT);
    let places: Vec<_> = (0..Limits::DEFAULT.held / Limits::DEFAULT.held_per_workspace)
        .map(|_| place())
        .collect();
    let held: Vec<_> = places
        .iter()
        .flat_map(|place| (0..Limits::DEFAULT.held_per_workspace).map(|_| directory.hold(*place).unwrap()))
        .collect();
    assert_eq!(directory.hold(place()).err(), Some(Limit::Held));
    assert_eq!(directory.held(), Limits::DEFAULT.held);
    drop(held);
    assert!(directory.hold(place()).is_ok());
}

#[test]
fn calls_of_a_workspace_that_has_never_said_are_held_by_default() {
    let directory = Directory::new(Duration::from_secs(7), &Limits::DEFAULT);
    assert_eq!(directory.hold(place()).unwrap().time, Duration::from_secs(7));
}

#[test]
fn only_the_same_process_with_an_older_dial_is_stale() {
    let instance = Uuid::new_v4();
    let current = Dialled {
        instance,
        generation: 5,
    };
    assert!(
        Dialled {
            instance,
            generation: 4
        }
        .is_older_than(current)
    );
    assert!(
        Dialled {
            instance,
            generation: 5
        }
        .is_older_than(current)
    );
    assert!(
        !Dialled {
            instance,
            generation: 6
        }
        .is_older_than(current)
    );
    assert!(
        !Dialled {
            instance: Uuid::new_v4(),
            generation: 1
        }
        .is_older_than(current)
    );
}
