use std::{fs, path::PathBuf, time::Duration};

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use hyper::{HeaderMap, StatusCode, header::HeaderValue};
use tempfile::TempDir;

use super::{records::Entry, *};
use crate::deliveries::{delivery::Answer, intake::Taken, message::Message, permits::NoPermit};

struct Bench {
    _root: TempDir,
    path: PathBuf,
    workspace: Uuid,
}

impl Bench {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        Self {
            path: root.path().join("state/deliveries.db"),
            _root: root,
            workspace: Uuid::new_v4(),
        }
    }

    fn open(&self) -> Journal {
        Journal::open(&self.path)
    }

    /// Waits until the thread of a journal that was dropped has let go of the file.
    async fn reopen(&self, journal: Journal) -> Journal {
        let mut changes = journal.changes();
        drop(journal);
        while changes.changed().await.is_ok() {}
        self.open()
    }

    fn entry(&self, number: usize) -> Entry {
        Entry {
            workspace: self.workspace,
            key: Some(key(number)),
            door: "platform",
            method: "message/send".into(),
            message_id: Some(format!("m-{number}")),
            headers: HeaderMap::new(),
            bytes: 10,
            request: None,
            records_bodies: false,
            arrived_ms: wall(number),
            owed: None,
        }
    }

    async fn recall(&self, journal: &Journal, number: usize) -> Option<Ending> {
        journal.recall(self.workspace, key(number)).await
    }
}

fn wall(number: usize) -> u64 {
    crate::clock::wall_ms() + number as u64
}

fn key(number: usize) -> Key {
    let body = format!(r#"{{"method":"m","params":{{"message":{{"messageId":"{number}"}}}}}}"#);
    let taken = Taken {
        bytes: body.into(),
        room: None,
    };
    Message::read(taken).ok().unwrap().key.unwrap()
}

fn answered(body: impl Into<Bytes>) -> Ending {
    let mut headers = HeaderMap::new();
    headers.insert("x-own", HeaderValue::from_static("1"));
    Ending::Answered(Arc::new(Answer {
        id: r#""asked""#.into(),
        status: StatusCode::ACCEPTED,
        headers,
        body: body.into(),
        events: None,
    }))
}

#[tokio::test]
async fn after_a_crash_an_answer_is_given_again_and_what_was_under_way_is_unknown() {
    let bench = Bench::new();
    let journal = bench.open();
    let first = journal.begin(bench.entry(1)).await.unwrap();
    journal.end(first, 5, answered("done")).await;
    journal.begin(bench.entry(2)).await.unwrap();
    // As the file is when the process ends here: nothing is closed, nothing is said.
    let copy = Bench::new();
    fs::create_dir_all(copy.path.parent().unwrap()).unwrap();
    for end in ["", "-wal"] {
        let name = |path: &PathBuf| format!("{}{end}", path.display());
        fs::copy(name(&bench.path), name(&copy.path)).unwrap();
    }
    let journal = copy.open();
    let Some(Ending::Answered(answer)) = bench.recall(&journal, 1).await else {
        panic!("it was answered");
    };
    assert_eq!(
        (answer.id.as_str(), &answer.body[..]),
        (r#""asked""#, &b"done"[..])
    );
    assert_eq!(
        (answer.status, answer.headers["x-own"].as_bytes()),
        (StatusCode::ACCEPTED, &b"1"[..])
    );
    let Some(Ending::Unknown(why)) = bench.recall(&journal, 2).await else {
        panic!("it had reached the agent");
    };
    assert!(why.contains("while the agent worked on it"), "{why}");
    assert!(bench.recall(&journal, 3).await.is_none());
}

#[tokio::test]
async fn what_never_reached_the_agent_may_come_again() {
    let bench = Bench::new();
    let journal = bench.open();
    let seq = journal.begin(bench.entry(1)).await.unwrap();
    journal.end(seq, 1, Ending::Unreachable("refused".into())).await;
    journal
        .note(bench.entry(2), 1, Ending::Busy(NoPermit::Full))
        .await;
    for number in [1, 2] {
        assert!(bench.recall(&journal, number).await.is_none());
    }
    let listed = journal.list(bench.workspace, 0, 10).await;
    let outcomes: Vec<_> = listed.iter().map(|view| view.outcome.as_deref()).collect();
    assert_eq!(outcomes, [Some("unreachable"), Some("busy")], "but it is listed");
    let again = journal.begin(bench.entry(1)).await.unwrap();
    journal.end(again, 1, answered("now")).await;
    assert!(matches!(
        bench.recall(&journal, 1).await,
        Some(Ending::Answered(_))
    ));
}

#[tokio::test]
async fn the_same_message_to_two_workspaces_is_two() {
    let bench = Bench::new();
    let journal = bench.open();
    let seq = journal.begin(bench.entry(1)).await.unwrap();
    journal.end(seq, 1, answered("done")).await;
    assert!(journal.recall(Uuid::new_v4(), key(1)).await.is_none());
}

#[tokio::test]
async fn a_list_shows_no_bodies_and_one_delivery_shows_them_where_they_are_recorded() {
    let bench = Bench::new();
    let journal = bench.open();
    let mut secret = HeaderValue::from_static("hush");
    secret.set_sensitive(true);
    for recorded in [false, true] {
        let mut entry = bench.entry(usize::from(recorded));
        entry.headers.insert("x-secret", secret.clone());
        entry
            .headers
            .insert("content-type", HeaderValue::from_static("application/json"));
        entry.records_bodies = recorded;
        entry.request = recorded.then(|| "the question".into());
        let seq = journal.begin(entry).await.unwrap();
        journal.end(seq, 7, answered("the answer")).await;
        let shown = journal.show(bench.workspace, seq).await.unwrap();
        assert_eq!(shown.delivery.took_ms, Some(7));
        assert_eq!(
            shown.headers,
            [("content-type".into(), "application/json".into())]
        );
        let answer = shown.answer.unwrap();
        assert_eq!((answer.status, answer.bytes), (202, 10));
        let wanted = |text: &str| recorded.then(|| text.to_owned());
        assert_eq!(
            (shown.body, answer.body),
            (wanted("the question"), wanted("the answer"))
        );
    }
    let second = journal.list(bench.workspace, 0, 1).await;
    assert_eq!(second.len(), 1, "the newest");
    assert!(journal.list(bench.workspace, second[0].id, 10).await.is_empty());
    assert!(
        journal.show(Uuid::new_v4(), second[0].id).await.is_none(),
        "another workspace's"
    );
    drop(journal);
}

#[tokio::test]
async fn what_is_owed_is_owed_until_it_is_paid_also_after_a_start() {
    let bench = Bench::new();
    let journal = bench.open();
    let peer = Uuid::new_v4();
    for (number, to) in [(1, Owed::People), (2, Owed::Peer(peer)), (3, Owed::People)] {
        let mut entry = bench.entry(number);
        entry.owed = Some(to);
        let seq = journal.begin(entry).await.unwrap();
        match number {
            1 => journal.end(seq, 1, answered("one")).await,
            2 => journal.end(seq, 1, Ending::Unreachable("refused".into())).await,
            // The third is under way when the host ends.
            _ => {}
        }
    }
    journal.set_cursor(bench.workspace, Some("row-9".into())).await;
    let journal = bench.reopen(journal).await;
    assert_eq!(journal.cursor(bench.workspace).await.as_deref(), Some("row-9"));
    let owed = journal.owed(bench.workspace).await;
    assert_eq!(
        owed.len(),
        2,
        "what did not reach the agent is asked for again, and not owed"
    );
    assert!(matches!(&owed[0], (_, Owed::People, Ending::Answered(_))));
    assert!(
        matches!(&owed[1], (_, Owed::People, Ending::Unknown(_))),
        "its sender is told"
    );
    for (seq, ..) in owed {
        journal.paid(seq).await;
    }
    assert!(journal.owed(bench.workspace).await.is_empty());
    journal.set_cursor(bench.workspace, None).await;
    assert_eq!(journal.cursor(bench.workspace).await, None);
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_a_new_one_begun() {
    let bench = Bench::new();
    fs::create_dir_all(bench.path.parent().unwrap()).unwrap();
    fs::write(&bench.path, "dear diary, ".repeat(2_000)).unwrap();
    let journal = bench.open();
    let seq = journal.begin(bench.entry(1)).await.unwrap();
    journal.end(seq, 1, answered("done")).await;
    let JournalState::Begun(words) = journal.state().borrow().clone() else {
        panic!("it says nothing");
    };
    let files = fs::read_dir(bench.path.parent().unwrap()).unwrap();
    let aside = files
        .map(|file| file.unwrap().path())
        .find(|path| path.to_string_lossy().contains("damaged"))
        .unwrap();
    assert!(words.contains(aside.to_str().unwrap()), "{words}");
    assert!(fs::read_to_string(aside).unwrap().starts_with("dear diary"));
    assert!(bench.recall(&journal, 1).await.is_some());
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone_and_said() {
    let bench = Bench::new();
    let journal = bench.open();
    journal.begin(bench.entry(1)).await.unwrap();
    let journal = {
        let mut changes = journal.changes();
        drop(journal);
        while changes.changed().await.is_ok() {}
        let sql = rusqlite::Connection::open(&bench.path).unwrap();
        sql.pragma_update(None, "user_version", 99).unwrap();
        drop(sql);
        bench.open()
    };
    let before = fs::read(&bench.path).unwrap();
    assert!(journal.begin(bench.entry(2)).await.is_none());
    assert!(journal.list(bench.workspace, 0, 10).await.is_empty());
    let JournalState::Off(why) = journal.state().borrow().clone() else {
        panic!("it says nothing");
    };
    assert!(
        why.contains("version 99") && why.contains("newer Ligand"),
        "{why}"
    );
    assert!(fs::read(&bench.path).unwrap() == before);
}

#[tokio::test]
async fn a_full_disk_is_said_and_over_when_it_has_space_again() {
    let bench = Bench::new();
    let journal = bench.open();
    let seq = journal.begin(bench.entry(1)).await.unwrap();
    journal.end(seq, 1, answered("kept")).await;
    let full = |records: &mut Records<'_>| records.pretend_full();
    assert!(journal.run(full).await.is_some());
    let mut large = bench.entry(2);
    large.request = Some(vec![0; 1 << 20].into());
    assert!(journal.begin(large.clone()).await.is_none());
    let JournalState::Off(why) = journal.state().borrow().clone() else {
        panic!("it says nothing");
    };
    assert!(why.contains("full"), "{why}");
    // The file is opened anew, and the disk has space again.
    assert!(journal.begin(large).await.is_some());
    assert_eq!(*journal.state().borrow(), JournalState::Good);
    assert!(
        matches!(bench.recall(&journal, 1).await, Some(Ending::Answered(_))),
        "nothing was lost"
    );
}

#[tokio::test]
async fn a_folder_that_can_not_be_written_is_said_and_nothing_waits_for_it() {
    let bench = Bench::new();
    fs::write(bench.path.parent().unwrap(), "in the way").unwrap();
    let journal = bench.open();
    assert!(journal.begin(bench.entry(1)).await.is_none());
    assert!(matches!(&*journal.state().borrow(), JournalState::Off(_)));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    let journal = bench.open();
    journal.begin(bench.entry(1)).await.unwrap();
    for file in fs::read_dir(bench.path.parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o077,
            0,
            "{:?}",
            file.path()
        );
    }
}

#[tokio::test]
async fn its_size_stays_in_its_bounds_under_a_hundred_thousand_deliveries() {
    const BODY: usize = 4 * 1024;
    let bench = Bench::new();
    let journal = bench.open();
    let body = Bytes::from(vec![b'x'; BODY]);
    stream::iter(0..100_000)
        .for_each_concurrent(256, |number| {
            let (journal, entry, body) = (journal.clone(), bench.entry(number), body.clone());
            async move {
                let seq = journal.begin(entry).await.unwrap();
                journal.end(seq, 1, answered(body)).await;
            }
        })
        .await;
    let size = fs::metadata(&bench.path).unwrap().len();
    assert!(size < 100 << 20, "{size} bytes");
    let log = fs::metadata(bench.path.with_extension("db-wal")).unwrap().len();
    assert!(log < 64 << 20, "{log} bytes of log");
    assert!(bench.recall(&journal, 99_999).await.is_some());
    assert!(
        bench.recall(&journal, 0).await.is_none(),
        "the oldest is forgotten"
    );
    let journal = tokio::time::timeout(Duration::from_secs(60), bench.reopen(journal))
        .await
        .unwrap();
    assert!(journal.list(bench.workspace, 0, 100_000).await.len() <= 20_000);
}

#[tokio::test]
async fn what_is_forgotten_stands_neither_in_the_file_nor_in_its_log() {
    let bench = Bench::new();
    let journal = bench.open();
    let seq = journal.begin(bench.entry(1)).await.unwrap();
    journal.end(seq, 5, answered("forget these words")).await;
    let is_on_disk = || {
        let files = fs::read_dir(bench.path.parent().unwrap()).unwrap();
        let mut files = files.map(|file| fs::read(file.unwrap().path()).unwrap_or_default());
        files.any(|bytes| String::from_utf8_lossy(&bytes).contains("forget these words"))
    };
    assert!(is_on_disk());
    assert!(journal.forget(bench.workspace).await);
    assert_eq!(journal.count(bench.workspace).await, 0);
    let gone = async {
        while is_on_disk() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.unwrap();
}

#[tokio::test]
async fn a_look_is_no_change_to_look_at_again() {
    let bench = Bench::new();
    let journal = bench.open();
    let mut changes = journal.changes();
    let seq = journal.begin(bench.entry(1)).await.unwrap();
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    assert_eq!(journal.list(bench.workspace, 0, 10).await.len(), 1);
    assert!(journal.show(bench.workspace, seq).await.is_some());
    assert_eq!(journal.count(bench.workspace).await, 1);
    assert!(!changes.has_changed().unwrap());
    journal.end(seq, 5, answered("done")).await;
    assert!(changes.has_changed().unwrap());
}
