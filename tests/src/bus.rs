//! A session bus of the test's own: `dbus-daemon` without activation, so that only what the test starts is there.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use crate::process::Process;
use crate::scratch::Scratch;

/// A running session bus. It ends with the last that holds it.
#[derive(Debug, Clone)]
pub struct SessionBus {
    _daemon: Arc<Process>,
    address: String,
}

impl SessionBus {
    /// Starts one, in place of an earlier one of the same folders.
    pub async fn start(scratch: &Scratch) -> Self {
        let socket = scratch.path("xdg/test-bus");
        let _none_yet = fs::remove_file(&socket);
        let address = format!("unix:path={}", socket.display());
        let configuration = scratch.path("bus.conf");
        fs::write(&configuration, bus_configuration(&address)).unwrap();
        let mut command = Command::new("dbus-daemon");
        command
            .arg("--nofork")
            .arg("--print-address")
            .arg("--config-file")
            .arg(&configuration);
        let mut daemon = Process::start(scratch, "dbus-daemon", command, &[]);
        daemon
            .line("its address", |line| line.starts_with("unix:").then_some(()))
            .await;
        Self {
            _daemon: Arc::new(daemon),
            address,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The variable that leads a process to it.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        vec![("DBUS_SESSION_BUS_ADDRESS".to_owned(), self.address.clone())]
    }
}

/// A bus that starts nothing by itself: a test decides which service there is.
fn bus_configuration(address: &str) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#
    )
}
