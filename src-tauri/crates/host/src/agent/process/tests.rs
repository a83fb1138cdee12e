//! What must hold for every process that answers a message.

use std::path::Path;

use rustix::process::{Pid, test_kill_process};

use super::*;

/// Longer than anything here takes, and short enough for a test that hangs.
const LONG: Duration = Duration::from_secs(60);

fn shell(script: &str) -> Job {
    Job {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        dir: std::env::temp_dir(),
        env: Vec::new(),
        input: String::new(),
        limit: LONG,
    }
}

/// A log that keeps nothing.
fn log() -> Output {
    Output::open("/dev/null/none".as_ref(), "agent")
}

async fn ran(job: Job) -> (End, String) {
    let mut said = Vec::new();
    let end = job
        .run(&log(), &CancellationToken::new(), |bytes| {
            said.extend_from_slice(bytes);
            Ok(())
        })
        .await;
    (end, String::from_utf8_lossy(&said).into_owned())
}

fn runs(pid: i32) -> bool {
    test_kill_process(Pid::from_raw(pid).unwrap()).is_ok()
}

/// Waits until nothing of this number runs.
async fn gone(pid: i32) {
    timeout(Duration::from_secs(10), async {
        while runs(pid) {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("it still runs");
}

#[tokio::test]
async fn hostile_text_is_on_standard_input_to_the_byte_and_nowhere_else() {
    let hostile = "$(touch pwned) `id` '\"; rm -rf / #\n\0 --flag \\ \u{202e}ü\r\n";
    let (end, said) = ran(Job {
        input: hostile.to_owned(),
        ..shell("cat; test $# = 0; tr '\\0' '\\n' </proc/self/environ | grep -c pwned")
    })
    .await;
    assert_eq!(said.strip_suffix("0\n"), Some(hostile));
    assert!(matches!(end, End::Failed { .. }), "grep found nothing: {end:?}");
}

#[tokio::test]
async fn what_is_longer_than_a_pipe_goes_in_and_comes_out() {
    let long = "0123456789abcdef".repeat(64 * 1024);
    let (end, said) = ran(Job {
        input: long.clone(),
        ..shell("cat")
    })
    .await;
    assert!(matches!(end, End::Done), "{end:?}");
    assert!(said == long);
}

#[tokio::test]
async fn input_that_nobody_reads_stops_nothing() {
    let (end, said) = ran(Job {
        input: "x".repeat(1 << 20),
        ..shell("exec <&-; echo done")
    })
    .await;
    assert!(matches!(end, End::Done) && said == "done\n", "{end:?} {said}");
}

#[tokio::test]
async fn a_failure_is_told_with_the_last_of_its_standard_error() {
    let (end, said) = ran(shell("echo half; echo why >&2; exit 3")).await;
    let End::Failed { how, words } = end else {
        panic!("{end:?}")
    };
    assert_eq!((said.as_str(), words.as_str()), ("half\n", "why"));
    assert!(how.contains('3'), "{how}");
}

#[tokio::test]
async fn what_takes_too_long_is_ended_with_all_that_it_has_started() {
    let job = Job {
        limit: Duration::from_millis(300),
        ..shell("sleep 1000 & echo $!; sleep 1000")
    };
    let (end, said) = ran(job).await;
    assert!(matches!(end, End::OutOfTime), "{end:?}");
    gone(said.trim().parse().unwrap()).await;
}

#[tokio::test]
async fn what_does_not_end_when_it_is_asked_to_is_killed() {
    let job = Job {
        limit: Duration::from_millis(300),
        ..shell("trap '' TERM; echo $$; while :; do sleep 1; done")
    };
    let (end, said) = ran(job).await;
    assert!(matches!(end, End::OutOfTime), "{end:?}");
    gone(said.trim().parse().unwrap()).await;
}

#[tokio::test]
async fn what_has_left_its_group_is_ended_all_the_same() {
    let job = Job {
        program: "perl".into(),
        arguments: vec![
            "-e".into(),
            "setpgrp(0, getpgrp(getppid())) or die; $| = 1; print $$; sleep 1000".into(),
        ],
        limit: Duration::from_millis(500),
        ..shell("")
    };
    let (end, said) = ran(job).await;
    assert!(matches!(end, End::OutOfTime), "{end:?}");
    gone(said.trim().parse().unwrap()).await;
}

#[tokio::test]
async fn who_wants_no_answer_any_more_ends_it() {
    let stop = CancellationToken::new();
    let mut first = String::new();
    let end = shell("echo $$; sleep 1000")
        .run(&log(), &stop.clone(), |bytes| {
            first.push_str(std::str::from_utf8(bytes).unwrap());
            stop.cancel();
            Ok(())
        })
        .await;
    assert!(matches!(end, End::Stopped), "{end:?}");
    gone(first.trim().parse().unwrap()).await;
}

#[tokio::test]
async fn whoever_forgets_it_kills_it_and_all_that_it_has_started() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let forgotten = tokio::spawn(async move {
        shell("sleep 1000 & echo $!; sleep 1000")
            .run(&log(), &CancellationToken::new(), |bytes| {
                tell.send(String::from_utf8_lossy(bytes).into_owned()).unwrap();
                Ok(())
            })
            .await
    });
    let pid = told.recv().await.unwrap().trim().parse().unwrap();
    assert!(runs(pid));
    forgotten.abort();
    gone(pid).await;
}

#[tokio::test]
async fn what_prints_without_end_ends_when_its_reader_has_had_enough() {
    let mut heard = 0;
    let end = shell("yes")
        .run(&log(), &CancellationToken::new(), |bytes| {
            heard += bytes.len();
            if heard > 1 << 20 { Err(HadEnough) } else { Ok(()) }
        })
        .await;
    assert!(matches!(end, End::Enough), "{end:?}");
    assert!(heard <= (1 << 20) + READ);
}

#[tokio::test]
async fn what_a_process_leaves_behind_goes_with_it_and_does_not_hold_up_the_answer() {
    let (end, said) = ran(shell("sleep 1000 & echo $!")).await;
    assert!(matches!(end, End::Done), "{end:?}");
    gone(said.trim().parse().unwrap()).await;
}

#[tokio::test]
async fn what_is_not_there_is_told_at_once() {
    let job = Job {
        program: "/nowhere/x".into(),
        ..shell("")
    };
    assert!(matches!(ran(job).await.0, End::NotStarted(_)));
}

#[test]
fn a_program_is_found_on_the_path_below_its_folder_or_where_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let path =
        std::env::join_paths([Path::new("/usr/bin"), Path::new("/bin"), Path::new("relative")]).unwrap();
    assert!(found("sh", dir.path(), Some(&path)).is_some());
    assert!(found("/bin/sh", dir.path(), None).is_some());
    assert_eq!(found("no-such-program", dir.path(), Some(&path)), None);
    let own = dir.path().join("answer.sh");
    std::fs::write(&own, "").unwrap();
    assert_eq!(
        found("./answer.sh", dir.path(), Some(&path)),
        None,
        "not executable"
    );
    let mut rights = std::fs::metadata(&own).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o700);
    std::fs::set_permissions(&own, rights).unwrap();
    assert!(found("./answer.sh", dir.path(), Some(&path)).is_some());
    assert_eq!(
        found("answer.sh", dir.path(), Some(&path)),
        None,
        "not on the path"
    );
}
