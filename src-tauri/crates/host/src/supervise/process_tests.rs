//! What must hold of real processes behind a real guard.

use std::io::{BufRead as _, BufReader, Read as _};

use rustix::process::{kill_process, test_kill_process};

use super::*;

/// This test's own binary as a guard: the test below is all that it runs.
pub(crate) fn guard_program() -> GuardProgram {
    let arguments = [
        "--exact",
        "supervise::process::tests::is_the_guard_when_another_test_starts_it",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ];
    GuardProgram {
        program: std::env::current_exe().unwrap(),
        arguments: arguments.map(str::to_owned).to_vec(),
    }
}

#[test]
#[ignore = "it is the guard of the other tests, and says nothing by itself"]
fn is_the_guard_when_another_test_starts_it() {
    guard::serve().unwrap();
}

async fn shell(script: &str) -> (Process, Life, Streams) {
    let argv = ["sh", "-c", script].map(str::to_owned);
    let env = Environment::inherited(std::env::vars_os());
    let started = Process::start(&guard_program(), &argv, OsStr::new("/"), &env).await;
    started.unwrap()
}

/// The lines that it says.
fn lines(stdout: PipeReader) -> impl Iterator<Item = String> {
    BufReader::new(stdout).lines().map_while(Result::ok)
}

fn pid(line: &str) -> Pid {
    Pid::from_raw(line.parse().unwrap()).unwrap()
}

/// Whether a process runs; one that has ended and was not taken in by its parent does not.
fn runs(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    match stat {
        Ok(stat) => !stat.rsplit(')').next().unwrap().trim_start().starts_with('Z'),
        Err(_) => cfg!(not(target_os = "linux")) && test_kill_process(pid).is_ok(),
    }
}

async fn until_gone(pid: Pid) {
    for _ in 0..500 {
        if !runs(pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it still runs");
}

#[tokio::test]
async fn an_end_is_told_as_it_was() {
    for (script, how) in [
        ("exit 0", "it ended with code 0"),
        ("exit 3", "it ended with code 3"),
        ("kill -9 $$", "it was ended by signal 9"),
    ] {
        let (_process, life, _streams) = shell(script).await;
        assert_eq!(life.end().await.how, how);
    }
}

#[tokio::test]
async fn what_cannot_be_started_is_told_in_words() {
    let env = Environment::inherited(std::env::vars_os());
    for (program, dir, why) in [
        ("no-such-program", "/", "there is no program no-such-program"),
        ("/etc/passwd", "/", "/etc/passwd may not be executed"),
        ("sh", "/no/such/folder", "there is no folder /no/such/folder"),
    ] {
        let argv = [program.to_owned()];
        let started = Process::start(&guard_program(), &argv, OsStr::new(dir), &env).await;
        assert_eq!(started.unwrap_err(), why);
    }
}

#[tokio::test]
async fn an_agent_is_asked_to_end_before_it_is_made_to() {
    let (mut process, life, streams) =
        shell("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.1; done").await;
    let mut said = lines(streams.stdout);
    assert_eq!(said.next().unwrap(), "ready");
    process.end();
    assert_eq!(life.end().await.how, "it ended with code 7");
    assert_eq!(said.next().unwrap(), "bye");
}

#[tokio::test]
async fn nothing_of_the_group_is_left_when_the_host_lets_go() {
    let (process, life, streams) = shell("sleep 1000 & echo $!; echo $$; wait").await;
    let mut said = lines(streams.stdout);
    let (grandchild, child) = (pid(&said.next().unwrap()), pid(&said.next().unwrap()));
    assert!(runs(child) && runs(grandchild));
    drop(process);
    life.end().await;
    assert!(!runs(child) && !runs(grandchild));
}

#[tokio::test]
async fn what_an_agent_leaves_behind_at_its_end_is_ended_too() {
    let (_process, life, streams) = shell("sleep 1000 & echo $!").await;
    let left = pid(&lines(streams.stdout).next().unwrap());
    assert_eq!(life.end().await.how, "it ended with code 0");
    until_gone(left).await;
}

#[tokio::test]
async fn one_that_does_not_end_when_asked_is_killed_after_10_s() {
    let (mut process, life, streams) = shell("trap '' TERM; echo $$; while :; do sleep 0.1; done").await;
    let child = pid(&lines(streams.stdout).next().unwrap());
    process.end();
    let mut ending = std::pin::pin!(life.end());
    assert!(timeout(Duration::from_secs(8), &mut ending).await.is_err());
    assert_eq!(ending.await.how, "it was ended by signal 9");
    assert!(!runs(child));
}

#[tokio::test]
async fn a_killed_guard_takes_its_agent_along() {
    let (_process, life, streams) = shell("echo $$; echo $PPID; sleep 1000").await;
    let mut said = lines(streams.stdout);
    let (child, its_guard) = (pid(&said.next().unwrap()), pid(&said.next().unwrap()));
    kill_process(its_guard, Signal::KILL).unwrap();
    assert!(life.end().await.how.contains("guard was ended"));
    until_gone(child).await;
}

#[tokio::test]
async fn an_agent_has_the_environment_of_its_order_and_no_other() {
    let argv = ["sh", "-c", "env; cat /proc/$PPID/environ /proc/$PPID/cmdline"].map(str::to_owned);
    let env = Environment::inherited(
        [
            ("PATH".into(), "/usr/bin:/bin".into()),
            ("SECRET".into(), "hush".into()),
        ]
        .into_iter(),
    );
    let started = Process::start(&guard_program(), &argv, OsStr::new("/"), &env).await;
    let (_process, life, mut streams) = started.unwrap();
    life.end().await;
    let mut said = String::new();
    streams.stdout.read_to_string(&mut said).unwrap();
    assert_eq!(
        said.matches("hush").count(),
        1,
        "only the agent itself has it: {said}"
    );
    assert!(!said.contains("CARGO"), "{said}");
}
