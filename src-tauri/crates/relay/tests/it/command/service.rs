//! The command as a service manager runs it.

use std::os::unix::net::UnixDatagram;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::relay;
use crate::support::{Laptop, Platform, Relay, client, fed, soon, timed};

fn serve(folder: &tempfile::TempDir, platform: &Platform) -> Command {
    let mut command = relay();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--platform", &platform.base])
        .arg("--secret-file")
        .arg(folder.path().join("secret"));
    command
}

async fn signal(child: &Child) {
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").arg(id).status().await.unwrap().success());
}

fn told(manager: &UnixDatagram) -> String {
    let mut text = [0; 256];
    let length = manager.recv(&mut text).unwrap();
    String::from_utf8_lossy(&text[..length]).into_owned()
}

#[tokio::test]
async fn the_service_manager_is_told_when_it_is_ready_and_when_it_stops() {
    let platform = Platform::start().await;
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut child = serve(&folder, &platform)
        .env("NOTIFY_SOCKET", &socket)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(told(&manager), "READY=1");
    signal(&child).await;
    assert_eq!(told(&manager), "STOPPING=1");
    assert_eq!(soon(child.wait()).await.unwrap().code(), Some(0));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_service_managers_socket_may_be_in_no_folder() {
    use std::os::linux::net::SocketAddrExt as _;
    let platform = Platform::start().await;
    let folder = tempfile::tempdir().unwrap();
    let name = format!("ligand-relay-test-{}", uuid::Uuid::new_v4());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let manager = UnixDatagram::bind_addr(&address).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _child = serve(&folder, &platform)
        .env("NOTIFY_SOCKET", format!("@{name}"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(told(&manager), "READY=1");
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once_and_its_log_is_one_object_a_line() {
    let platform = Platform::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut child = serve(&folder, &platform)
        .args(["--log-format", "json"])
        .env("LIGAND_RELAY_LOG", "debug")
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = soon(lines.next_line()).await.unwrap().unwrap();
    let url = line.rsplit_once(' ').unwrap().1.to_owned();
    // The library's own relay only lends its address to the laptop's dial.
    let lent = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &lent);
    laptop.dial.relay = url.parse().unwrap();
    let served = laptop
        .serve(|_request| async {
            let (feed, response) = fed();
            tokio::spawn(async move { feed.closed().await });
            Ok(response)
        })
        .await;
    let answer = client().post(&served.shared_door).body("x").send().await.unwrap();
    signal(&child).await;
    let door = served.shared_door.clone();
    let _end = served.end().await;
    assert!(child.try_wait().unwrap().is_none(), "a call is in flight");
    signal(&child).await;
    let (took, status) = timed(soon(child.wait())).await;
    assert_eq!(status.unwrap().code(), Some(1));
    assert!(took < Duration::from_secs(3), "{took:?}");
    drop(answer);
    let mut log = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .await
        .unwrap();
    assert!(!log.contains(&door[door.len() - 30..]), "a door is in the log");
    for line in log.lines().filter(|line| !line.starts_with("ligand-relay:")) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["level"].is_string() && line["message"].is_string(), "{line}");
    }
    assert!(log.contains("\"link up\""), "{log}");
}
