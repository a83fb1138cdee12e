//! What this machine must have besides Rust, how to see it, and how to get it.
//!
//! With apt and the right to use it, what is missing is installed; otherwise the one line to run is printed.

use std::path::Path;
use std::process::Command;

use crate::shell::{Failure, check, on_path, succeeds};
use crate::step::step;

/// What somebody wants to do here. Each needs what the one before it needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Build and run what has no screen.
    Run,
    /// Build and run the tray and the window.
    Desktop,
    /// Build, check and test everything.
    Test,
}

/// Where a missing thing comes from.
#[derive(Clone, Copy)]
enum Source {
    Debian(&'static str),
    RustComponent(&'static str),
}

/// One thing that must be here.
struct Need {
    what: &'static str,
    /// The first purpose that needs it.
    from: Purpose,
    present: fn() -> bool,
    source: Source,
}

/// Everything. SQLite and the cryptography below TLS are C, hence the compiler.
const NEEDS: &[Need] = &[
    Need {
        what: "a C compiler",
        from: Purpose::Run,
        present: || on_path("cc"),
        source: Source::Debian("build-essential"),
    },
    Need {
        what: "pkg-config, which finds the desktop's libraries",
        from: Purpose::Desktop,
        present: || on_path("pkg-config"),
        source: Source::Debian("pkg-config"),
    },
    Need {
        what: "the webview",
        from: Purpose::Desktop,
        present: || library("webkit2gtk-4.1"),
        source: Source::Debian("libwebkit2gtk-4.1-dev"),
    },
    Need {
        what: "the tray",
        from: Purpose::Desktop,
        present: || library("ayatana-appindicator3-0.1"),
        source: Source::Debian("libayatana-appindicator3-dev"),
    },
    Need {
        what: "D-Bus, by which the window learns whether the desktop is dark",
        from: Purpose::Desktop,
        present: || library("dbus-1"),
        source: Source::Debian("libdbus-1-dev"),
    },
    Need {
        what: "rustfmt",
        from: Purpose::Test,
        present: || succeeds("cargo", &["fmt", "--version"]),
        source: Source::RustComponent("rustfmt"),
    },
    Need {
        what: "clippy",
        from: Purpose::Test,
        present: || succeeds("cargo", &["clippy", "--version"]),
        source: Source::RustComponent("clippy"),
    },
    Need {
        what: "a session bus for the keychain tests",
        from: Purpose::Test,
        present: || on_path("dbus-daemon"),
        source: Source::Debian("dbus"),
    },
    Need {
        what: "a wall clock that a test can set",
        from: Purpose::Test,
        present: || Path::new("/usr/lib/x86_64-linux-gnu/faketime").is_dir(),
        source: Source::Debian("libfaketime"),
    },
    Need {
        what: "ip, which makes the networks of the tests",
        from: Purpose::Test,
        present: || on_path("ip"),
        source: Source::Debian("iproute2"),
    },
    Need {
        what: "a keychain for the keychain tests",
        from: Purpose::Test,
        present: || on_path("gnome-keyring-daemon"),
        source: Source::Debian("gnome-keyring"),
    },
    Need {
        what: "secret-tool, which reads the keychain in the tests",
        from: Purpose::Test,
        present: || on_path("secret-tool"),
        source: Source::Debian("libsecret-tools"),
    },
    Need {
        what: "Python with its environments, for agents that speak A2A",
        from: Purpose::Test,
        present: || succeeds("python3", &["-c", "import ensurepip, venv"]),
        source: Source::Debian("python3-venv"),
    },
    Need {
        what: "an X server without a screen for the desktop tests",
        from: Purpose::Test,
        present: || on_path("Xvfb"),
        source: Source::Debian("xvfb"),
    },
    Need {
        what: "xdotool, which presses the keys of a dialog in the tests",
        from: Purpose::Test,
        present: || on_path("xdotool"),
        source: Source::Debian("xdotool"),
    },
    Need {
        what: "xclip, which reads the clipboard in the tests",
        from: Purpose::Test,
        present: || on_path("xclip"),
        source: Source::Debian("xclip"),
    },
    Need {
        what: "WebDriver for the window",
        from: Purpose::Test,
        present: || on_path("WebKitWebDriver"),
        source: Source::Debian("webkit2gtk-driver"),
    },
    Need {
        what: "a browser for the page's tests",
        from: Purpose::Test,
        present: || on_path("chromium"),
        source: Source::Debian("chromium"),
    },
    Need {
        what: "WebDriver for the browser",
        from: Purpose::Test,
        present: || on_path("chromedriver"),
        source: Source::Debian("chromium-driver"),
    },
    Need {
        what: "a font for the window",
        from: Purpose::Test,
        present: || Path::new("/usr/share/fonts").is_dir(),
        source: Source::Debian("fonts-dejavu-core"),
    },
];

/// Sees to it that this machine has what the purpose needs.
pub(crate) fn prepare(purpose: Purpose) -> Result<(), Failure> {
    let missing = step("Look at what this machine has", || Ok(missing(purpose)))?;
    let components = sources(&missing, |source| match source {
        Source::RustComponent(name) => Some(name),
        Source::Debian(_) => None,
    });
    let packages = sources(&missing, |source| match source {
        Source::Debian(name) => Some(name),
        Source::RustComponent(_) => None,
    });
    if !components.is_empty() {
        step(&format!("Install {} with rustup", components.join(", ")), || {
            check(
                Command::new("rustup")
                    .args(["component", "add"])
                    .args(&components),
            )
        })?;
    }
    if !packages.is_empty() {
        let what: Vec<&str> = missing.iter().map(|need| need.what).collect();
        install_packages(&what, &packages)?;
    }
    Ok(())
}

/// Whether a library can be built with. Where there is no Debian the name of the library is at least said.
fn library(name: &str) -> bool {
    succeeds("pkg-config", &["--exists", name])
}

fn missing(purpose: Purpose) -> Vec<&'static Need> {
    NEEDS
        .iter()
        .filter(|need| need.from <= purpose && !(need.present)())
        .collect()
}

fn sources(needs: &[&'static Need], pick: impl Fn(Source) -> Option<&'static str>) -> Vec<&'static str> {
    needs.iter().filter_map(|need| pick(need.source)).collect()
}

/// Installs Debian packages, where apt is here and we are root or may become it without a question.
pub(crate) fn install_packages(what: &[&str], packages: &[&str]) -> Result<(), Failure> {
    let Some(prefix) = apt_prefix() else {
        return Err(Failure::Missing {
            what: what.iter().map(|&what| what.to_owned()).collect(),
            line: format!(
                "sudo apt-get install --no-install-recommends {}",
                packages.join(" ")
            ),
        });
    };
    step("Refresh the list of Debian packages", || {
        check(apt(prefix).args(["update", "-q"]))
    })?;
    step(&format!("Install {} with apt", packages.join(", ")), || {
        check(
            apt(prefix)
                .args(["install", "-y", "-q", "--no-install-recommends"])
                .args(packages),
        )
    })
}

/// What goes before `apt-get`: nothing for root, `sudo -n` where it asks no password, or None where it may not be.
fn apt_prefix() -> Option<&'static [&'static str]> {
    if !on_path("apt-get") {
        None
    } else if is_root() {
        Some(&[])
    } else if succeeds("sudo", &["-n", "true"]) {
        Some(&["sudo", "-n"])
    } else {
        None
    }
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

fn apt(prefix: &[&str]) -> Command {
    let mut words = prefix
        .iter()
        .copied()
        .chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    let mut command = Command::new(words.next().unwrap_or("env"));
    command.args(words);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_needs_no_more_than_testing() {
        let run = NEEDS.iter().filter(|need| need.from == Purpose::Run).count();
        assert!(run > 0 && run < NEEDS.len());
    }

    #[test]
    fn apt_never_asks_a_question() {
        let command = apt(&["sudo", "-n"]);
        let words = crate::shell::words(&command);
        assert_eq!(words, "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get");
        assert_eq!(
            crate::shell::words(&apt(&[])),
            "env DEBIAN_FRONTEND=noninteractive apt-get"
        );
    }
}
