//! The tree of files that a package installs.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Kind, VERSION, check_with, deb::MAINTAINER, failed, fresh};
use crate::shell::{Failure, check, root, words};

/// The application's id: names its files, and is its id on Wayland.
const ID: &str = "app.moleculesai.ligand";

/// Sizes of the icon that are drawn.
const SIZES: [u32; 4] = [32, 128, 256, 512];

/// Puts the tree together.
pub(super) fn stage(kind: Kind, built: &Path, tree: &Path) -> Result<(), Failure> {
    fresh(tree)?;
    for binary in kind.binaries() {
        let to = tree.join("usr/bin").join(binary);
        put(&built.join(binary), &to, 0o755)?;
        strip(&to)?;
    }
    let sources = root().join("src-tauri/package");
    if kind == Kind::Desktop {
        let share = tree.join("usr/share");
        let desktop = format!("{ID}.desktop");
        put(
            &sources.join(&desktop),
            &share.join("applications").join(&desktop),
            0o644,
        )?;
        let metainfo = format!("{ID}.metainfo.xml");
        let text = read(&sources.join(&metainfo))?;
        let text = text.replace("@VERSION@", VERSION).replace("@DATE@", &date());
        write(&share.join("metainfo").join(&metainfo), &text)?;
        let icons = root().join("icons");
        for size in SIZES {
            let to = share.join(format!("icons/hicolor/{size}x{size}/apps/{ID}.png"));
            put(&icons.join(format!("made/app-{size}.png")), &to, 0o644)?;
        }
        let drawing = share.join(format!("icons/hicolor/scalable/apps/{ID}.svg"));
        put(&icons.join("app.svg"), &drawing, 0o644)?;
    }
    let doc = tree.join("usr/share/doc").join(kind.name());
    put(&sources.join("copyright"), &doc.join("copyright"), 0o644)?;
    changelog(kind, &doc)
}

/// What the desktop says of the files that are for it.
pub(super) fn check_metadata(tree: &Path) -> Result<(), Failure> {
    let share = tree.join("usr/share");
    let desktop = share.join("applications").join(format!("{ID}.desktop"));
    check_with(
        "desktop-file-validate",
        "Check the desktop file",
        Command::new("desktop-file-validate").arg(desktop),
    )?;
    let metainfo = share.join("metainfo").join(format!("{ID}.metainfo.xml"));
    check_with(
        "appstreamcli",
        "Check the AppStream metadata",
        Command::new("appstreamcli")
            .args(["validate", "--no-net", "--explain"])
            .arg(metainfo),
    )
}

/// Debian wants one, compressed and without the time of its compression.
fn changelog(kind: Kind, doc: &Path) -> Result<(), Failure> {
    let text = format!(
        "{} ({VERSION}) stable; urgency=medium\n\n  * See the project's history.\n\n -- {}  {}\n",
        kind.name(),
        MAINTAINER,
        output(Command::new("date").args(["-R", "-u", "-d", &format!("@{}", built_at())])),
    );
    let path = doc.join("changelog.gz");
    let mut gzip = Command::new("gzip");
    gzip.args(["-9", "-n", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let not_started = |error| Failure::NotStarted {
        command: words(&Command::new("gzip")),
        error,
    };
    let mut child = gzip.spawn().map_err(not_started)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).map_err(not_started)?;
    }
    let made = child.wait_with_output().map_err(not_started)?;
    fs::write(&path, made.stdout).map_err(|error| failed(&path, error))?;
    mode(&path, 0o644)
}

/// Symbols are of no use to who installs it; a build that strips has none.
fn strip(binary: &Path) -> Result<(), Failure> {
    check(Command::new("strip").arg("--strip-all").arg(binary))
}

/// Seconds since 1970 at which the commit was made, or now: two builds of the same commit are the same.
fn built_at() -> String {
    if let Ok(set) = std::env::var("SOURCE_DATE_EPOCH") {
        return set;
    }
    let committed = output(
        Command::new("git")
            .args(["log", "-1", "--format=%ct"])
            .current_dir(root()),
    );
    match committed.is_empty() {
        true => output(Command::new("date").arg("+%s")),
        false => committed,
    }
}

fn date() -> String {
    output(Command::new("date").args(["-u", "+%Y-%m-%d", "-d", &format!("@{}", built_at())]))
}

/// What a command says; nothing where it cannot be asked.
fn output(command: &mut Command) -> String {
    let said = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    said.map_or_else(
        |_| String::new(),
        |said| String::from_utf8_lossy(&said.stdout).trim().to_owned(),
    )
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| failed(path, error))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    make_parent(path)?;
    fs::write(path, text).map_err(|error| failed(path, error))?;
    mode(path, 0o644)
}

fn put(from: &Path, to: &Path, bits: u32) -> Result<(), Failure> {
    make_parent(to)?;
    fs::copy(from, to).map_err(|error| failed(from, error))?;
    mode(to, bits)
}

fn make_parent(path: &Path) -> Result<(), Failure> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(|error| failed(parent, error))
}

#[cfg(unix)]
fn mode(path: &Path, bits: u32) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(bits)).map_err(|error| failed(path, error))
}

/// These packages are made on Linux alone.
#[cfg(not(unix))]
fn mode(_path: &Path, _bits: u32) -> Result<(), Failure> {
    Ok(())
}
