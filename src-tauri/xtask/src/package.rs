//! `cargo xtask package`: the Linux packages, built with the systems' own tools, checked, and tried.
//!
//! What is packaged is first put together as a tree of files ([`tree`]); [`deb`] and [`rpm`] make packages of it. The
//! desktop's package is then unpacked into an empty folder, and the tests of the tray, and of the whole from its first
//! start to its end, run what is in there.

mod deb;
mod rpm;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::machine::{self, Purpose};
use crate::shell::{Failure, cargo, check, on_path, target};
use crate::step::{say, skipped, step};
use crate::ui;

/// Megabytes that the desktop's .deb may have.
const MOST_MB: f64 = 15.0;

/// What can be said about it.
#[derive(Args)]
pub(crate) struct Wishes {
    /// The profile that is built and packaged
    #[arg(long, default_value = "dist")]
    profile: String,
    /// Package what is built already
    #[arg(long)]
    no_build: bool,
    /// Make the packages and check them, and leave out running what is in them
    #[arg(long)]
    no_try: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            profile: "dist".to_owned(),
            no_build: false,
            no_try: false,
        }
    }
}

/// What a package has in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Tray, window, command and relay.
    Desktop,
    /// Command and relay.
    Headless,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Desktop, Self::Headless];

    fn name(self) -> &'static str {
        match self {
            Self::Desktop => "ligand",
            Self::Headless => "ligand-headless",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Desktop => Self::Headless,
            Self::Headless => Self::Desktop,
        }
    }

    fn binaries(self) -> &'static [&'static str] {
        match self {
            Self::Desktop => &["ligand", "ligand-relay", "ligand-desktop"],
            Self::Headless => &["ligand", "ligand-relay"],
        }
    }

    fn summary(self) -> &'static str {
        match self {
            Self::Desktop => "Binds this laptop to a Molecule AI org",
            Self::Headless => "Binds this machine to a Molecule AI org, without a screen",
        }
    }

    /// In lines of the length that packages have.
    fn description(self) -> &'static [&'static str] {
        match self {
            Self::Desktop => &[
                "An agent that runs on this laptop fulfils a workspace of the org. The",
                "laptop only ever dials out. This package has the tray with its window,",
                "the ligand command, and the relay.",
            ],
            Self::Headless => &[
                "An agent that runs on this machine fulfils a workspace of the org. The",
                "machine only ever dials out. This package has the ligand command and the",
                "relay, and needs neither a desktop nor a webview.",
            ],
        }
    }
}

/// Builds, packages, checks and tries.
pub(crate) fn package(wishes: &Wishes) -> Result<(), Failure> {
    machine::prepare(Purpose::Test)?;
    tools()?;
    if !wishes.no_build {
        ui::build()?;
        build(&wishes.profile)?;
    }
    let built = built(&wishes.profile);
    let folder = target().join("packages");
    fresh(&folder)?;
    let mut desktop_deb = None;
    for kind in Kind::ALL {
        let name = kind.name();
        let staged = folder.join("tree").join(name);
        step(&format!("Put {name} together"), || {
            tree::stage(kind, &built, &staged)
        })?;
        if kind == Kind::Desktop {
            tree::check_metadata(&staged)?;
        }
        let deb = step(&format!("Make {name}'s .deb"), || {
            deb::make(kind, &staged, &folder, wishes.profile == "dist")
        })?;
        deb::lint(&deb)?;
        let rpm = step(&format!("Make {name}'s .rpm"), || {
            rpm::make(kind, &staged, &folder)
        })?;
        rpm::check(&rpm)?;
        if kind == Kind::Desktop {
            desktop_deb = Some(deb);
        }
    }
    if let Some(deb) = desktop_deb {
        if !wishes.no_try {
            try_out(&deb, &folder.join("root"))?;
        }
        report(&deb, &wishes.profile)?;
    }
    Ok(())
}

/// What makes and checks packages; what cannot be installed is left out later, and that is said.
fn tools() -> Result<(), Failure> {
    let wanted = [
        ("dpkg-shlibdeps", "dpkg-dev"),
        ("rpmbuild", "rpm"),
        ("desktop-file-validate", "desktop-file-utils"),
        ("appstreamcli", "appstream"),
        ("lintian", "lintian"),
    ];
    let missing: Vec<_> = wanted.iter().filter(|(tool, _)| !on_path(tool)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what: Vec<&str> = missing.iter().map(|(tool, _)| *tool).collect();
    let packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    machine::install_packages(&what, &packages)
}

fn build(profile: &str) -> Result<(), Failure> {
    step(&format!("Build the programs ({profile})"), || {
        let mut build = cargo(&["build", "--profile", profile]);
        build.args(["-p", "ligand-cli", "-p", "ligand-relay", "-p", "ligand-desktop"]);
        check(&mut build)
    })
}

/// Where cargo puts what it builds with a profile.
fn built(profile: &str) -> PathBuf {
    target().join(match profile {
        "dev" => "debug",
        other => other,
    })
}

/// Unpacks the package into an empty folder, and has tests run what is in there.
fn try_out(deb: &Path, root: &Path) -> Result<(), Failure> {
    step("Unpack the .deb into an empty folder", || {
        fresh(root)?;
        check(Command::new("dpkg-deb").arg("-x").arg(deb).arg(root))
    })?;
    step("Try what came out of it", || {
        let mut tests = cargo(&["test", "-p", "ligand-e2e", "--test", "desktop", "--"]);
        tests.args(["tray::", "states::", "switches::", "smoke::"]);
        check(tests.env("LIGAND_BIN_DIR", root.join("usr/bin")))
    })
}

fn report(deb: &Path, profile: &str) -> Result<(), Failure> {
    let bytes = fs::metadata(deb).map_err(|error| failed(deb, error))?.len();
    let mb = to_mb(bytes);
    say(&format!(
        "deb_mb {mb:.1} (goal: at most {MOST_MB}; profile {profile})"
    ));
    if mb > MOST_MB && profile == "dist" {
        return Err(Failure::Failed {
            command: format!("{}: at most {MOST_MB} MB", deb.display()),
            status: format!("{mb:.1} MB"),
        });
    }
    Ok(())
}

/// Packages are some millions of bytes: a float has them all.
#[allow(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
fn to_mb(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}

/// An empty folder.
fn fresh(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| failed(folder, error))?;
    }
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))
}

fn failed(path: &Path, error: std::io::Error) -> Failure {
    Failure::File {
        path: path.to_owned(),
        error,
    }
}

/// Runs a check that the machine may not have.
fn check_with(tool: &str, what: &str, command: &mut Command) -> Result<(), Failure> {
    if !on_path(tool) {
        skipped(what, &format!("there is no {tool}"));
        return Ok(());
    }
    step(what, || check(command))
}

/// What the package's files are told about: the version of all crates.
const VERSION: &str = env!("CARGO_PKG_VERSION");
