//! The RPM package, by rpm's own tools, out of the same tree of files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Kind, VERSION, check_with, failed};
use crate::shell::{Failure, check as run};

/// Makes it, and says where.
pub(super) fn make(kind: Kind, tree: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let work = folder.join("rpmbuild").join(kind.name());
    fs::create_dir_all(&work).map_err(|error| failed(&work, error))?;
    let spec = work.join(format!("{}.spec", kind.name()));
    fs::write(&spec, spec_text(kind, tree)).map_err(|error| failed(&spec, error))?;
    run(Command::new("rpmbuild")
        .arg("-bb")
        .arg("--quiet")
        .arg("--define")
        .arg(format!("_topdir {}", work.display()))
        .arg("--define")
        .arg(format!("_rpmdir {}", folder.display()))
        // All beside each other, and none in a folder of its architecture.
        .arg("--define")
        .arg("_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm")
        .arg(&spec))?;
    Ok(folder.join(format!(
        "{}-{VERSION}-1.{}.rpm",
        kind.name(),
        std::env::consts::ARCH
    )))
}

/// Whether it can be read, and what is in it.
pub(super) fn check(rpm: &Path) -> Result<(), Failure> {
    let name = rpm.file_name().unwrap_or_default().to_string_lossy().into_owned();
    check_with(
        "rpm",
        &format!("Check {name}"),
        Command::new("rpm").args(["-qpl", "--nosignature"]).arg(rpm),
    )
}

fn spec_text(kind: Kind, tree: &Path) -> String {
    let more = match kind {
        // The tray opens it by name, so no tool finds it.
        Kind::Desktop => {
            "Requires: (libayatana-appindicator-gtk3 or libayatana-appindicator3-1 or libappindicator-gtk3)\n"
        }
        Kind::Headless => "",
    };
    let files = match kind {
        Kind::Desktop => {
            "/usr/bin/*\n/usr/share/applications/*\n/usr/share/metainfo/*\n/usr/share/icons/hicolor/*/apps/*\n"
        }
        Kind::Headless => "/usr/bin/*\n",
    };
    format!(
        "# What is packaged is built and stripped already.\n\
         %global debug_package %{{nil}}\n\
         %global __os_install_post %{{nil}}\n\
         %global _build_id_links none\n\
         Name: {name}\n\
         Version: {VERSION}\n\
         Release: 1\n\
         Summary: {summary}\n\
         License: MIT OR Apache-2.0\n\
         URL: https://moleculesai.app\n\
         Conflicts: {other}\n\
         {more}\n\
         %description\n\
         {description}\n\n\
         %install\n\
         mkdir -p %{{buildroot}}\n\
         cp -a '{tree}/.' %{{buildroot}}/\n\n\
         %files\n\
         {files}/usr/share/doc/{name}\n",
        name = kind.name(),
        summary = kind.summary(),
        other = kind.other().name(),
        description = kind.description().join("\n"),
        tree = tree.display(),
    )
}
