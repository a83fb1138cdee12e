//! What one reader of the events is told.

use uuid::Uuid;

use super::*;
use crate::org::{OrgBoard, OrgWorkspace};

fn put(board: &OrgBoard, profile: &str, note: &str) {
    board.put(profile, Org::unknown(profile.to_owned(), note));
}

fn reader(board: &OrgBoard, changes: bool) -> Reader {
    Reader {
        status: None,
        orgs: Some(unseen(board.watch())),
        notifications: None,
        threads: None,
        arrangements: None,
        deliveries: None,
        changes,
        sent: Sent::default(),
        rest: None,
        waiting: VecDeque::new(),
        stop: CancellationToken::new(),
    }
}

async fn next(reader: &mut Reader) -> Option<(String, String)> {
    match reader.next().await? {
        Told::Org(org) => Some((org.profile.clone(), org.note.clone().unwrap())),
        _ => panic!("nobody asked for it"),
    }
}

fn told(profile: &str, note: &str) -> Option<(String, String)> {
    Some((profile.to_owned(), note.to_owned()))
}

#[tokio::test(start_paused = true)]
async fn every_org_is_told_at_once_and_then_only_what_changed() {
    let board = OrgBoard::default();
    put(&board, "a", "1");
    put(&board, "b", "1");
    let mut reader = reader(&board, false);
    assert_eq!(next(&mut reader).await, told("a", "1"));
    assert_eq!(next(&mut reader).await, told("b", "1"));
    put(&board, "b", "2");
    assert_eq!(next(&mut reader).await, told("b", "2"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_gets_the_newest_and_a_stop_ends_it() {
    let board = OrgBoard::default();
    let mut reader = reader(&board, false);
    for note in ["1", "2", "3"] {
        put(&board, "a", note);
    }
    assert_eq!(next(&mut reader).await, told("a", "3"));
    put(&board, "a", "4");
    reader.stop.cancel();
    assert_eq!(next(&mut reader).await, None);
}

/// An org of a hundred in which one workspace has been seen so many times.
fn org(revision: u64) -> Org {
    let rows = (0..100).map(|n| {
        Arc::new(OrgWorkspace {
            last_seen: (n == 7).then(|| revision.to_string()),
            ..OrgWorkspace::named(n, "w", "online")
        })
    });
    Org {
        revision,
        workspaces: rows.collect(),
        ..Org::unknown("a".into(), "")
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_changes_gets_what_is_different_from_what_it_was_sent_last() {
    let board = OrgBoard::default();
    board.put("a", org(1));
    let mut reader = reader(&board, true);
    assert!(matches!(reader.next().await, Some(Told::Org(org)) if org.revision == 1));
    board.put("a", org(2));
    board.put("a", org(3));
    let Some(Told::OrgChange(change)) = reader.next().await else {
        panic!("not the change");
    };
    assert_eq!((change.since, change.revision, change.count()), (1, 3, 1));
    assert_eq!(change.beats[0].id, Uuid::from_u128(7));
    assert_eq!(change.apply(&org(1)).unwrap(), org(3));
    // A change of most of it is not smaller than the whole.
    let mut other = org(4);
    other.workspaces = (200..300)
        .map(|n| Arc::new(OrgWorkspace::named(n, "w", "online")))
        .collect();
    board.put("a", other);
    assert!(matches!(reader.next().await, Some(Told::Org(org)) if org.revision == 4));
}

#[tokio::test(start_paused = true)]
async fn another_picture_of_the_same_revision_is_told_whole() {
    let board = OrgBoard::default();
    put(&board, "a", "nothing is known");
    let mut reader = reader(&board, true);
    assert!(matches!(reader.next().await, Some(Told::Org(org)) if org.workspaces.is_empty()));
    let mut kept = org(0);
    kept.workspaces.truncate(1);
    board.put("a", kept);
    assert!(matches!(reader.next().await, Some(Told::Org(org)) if org.workspaces.len() == 1));
}
