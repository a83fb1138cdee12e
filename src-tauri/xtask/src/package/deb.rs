//! The Debian package, by Debian's own tools.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Kind, VERSION, check_with, failed};
use crate::shell::{Failure, check, words};

/// Libraries that the tray opens by name at its start, so that no tool finds them.
const OPENED_BY_NAME: &str = "libayatana-appindicator3-1";

/// Whom the package names as its maintainer. Debian wants an address, and the project has none: one in a domain that can
/// never be anybody's (RFC 2606) says so, where an invented one would lead people's letters astray. Whoever publishes the
/// packages puts their own here.
pub(super) const MAINTAINER: &str = "The authors of Ligand <nobody@ligand.invalid>";

/// What lintian says of every package that is made outside Debian, and what is so on purpose.
const SUPPRESSED: &str =
    "initial-upload-closes-no-bugs,no-manual-page,custom-library-search-path,bogus-mail-host";

/// Makes it, and says where. A small one takes minutes where the programs are large; what is only tried need not be.
pub(super) fn make(kind: Kind, tree: &Path, folder: &Path, is_small: bool) -> Result<PathBuf, Failure> {
    let architecture = said(Command::new("dpkg").arg("--print-architecture"))?;
    let control = tree.join("DEBIAN");
    fs::create_dir_all(&control).map_err(|error| failed(&control, error))?;
    let file = control.join("control");
    let text = control_text(kind, &architecture, &needs(kind, tree, folder)?, kilobytes(tree)?);
    fs::write(&file, text).map_err(|error| failed(&file, error))?;
    let deb = folder.join(format!("{}_{VERSION}_{architecture}.deb", kind.name()));
    check(
        Command::new("dpkg-deb")
            .args(["--build", "--root-owner-group"])
            .args(if is_small {
                // Half of one program is in the other too, and that is found only where both are in sight at once.
                ["-Zxz", "-z9"]
            } else {
                ["-Zgzip", "-z1"]
            })
            .arg(tree)
            .arg(&deb),
    )?;
    // It is not part of what is installed, and other packages are made of the same tree.
    fs::remove_dir_all(&control).map_err(|error| failed(&control, error))?;
    Ok(deb)
}

/// What Debian's own checker says: errors fail.
pub(super) fn lint(deb: &Path) -> Result<(), Failure> {
    let name = deb.file_name().unwrap_or_default().to_string_lossy().into_owned();
    check_with(
        "lintian",
        &format!("Check {name}"),
        Command::new("lintian")
            .args([
                "--allow-root",
                "--fail-on",
                "error",
                "--suppress-tags",
                SUPPRESSED,
            ])
            .arg(deb),
    )
}

fn control_text(kind: Kind, architecture: &str, needs: &str, kilobytes: u64) -> String {
    let (name, other) = (kind.name(), kind.other().name());
    let description: String = kind
        .description()
        .iter()
        .map(|line| format!(" {line}\n"))
        .collect();
    let more = match kind {
        Kind::Desktop => "Recommends: dbus-user-session, gnome-keyring | kwalletmanager\n",
        Kind::Headless => "",
    };
    format!(
        "Package: {name}\n\
         Version: {VERSION}\n\
         Architecture: {architecture}\n\
         Section: net\n\
         Priority: optional\n\
         Maintainer: {MAINTAINER}\n\
         Homepage: https://moleculesai.app\n\
         Installed-Size: {kilobytes}\n\
         Depends: {needs}\n\
         {more}\
         Conflicts: {other}\n\
         Replaces: {other}\n\
         Description: {}\n\
         {description}",
        kind.summary()
    )
}

/// The packages of the libraries that the programs are linked with, as Debian finds them.
fn needs(kind: Kind, tree: &Path, folder: &Path) -> Result<String, Failure> {
    // The tool wants to see a source package around it.
    let source = folder.join("shlibdeps/debian");
    fs::create_dir_all(&source).map_err(|error| failed(&source, error))?;
    let control = source.join("control");
    fs::write(&control, "Source: ligand\n\nPackage: ligand\nArchitecture: any\n")
        .map_err(|error| failed(&control, error))?;
    let mut command = Command::new("dpkg-shlibdeps");
    command.arg("-O").current_dir(folder.join("shlibdeps"));
    for binary in kind.binaries() {
        command.arg(tree.join("usr/bin").join(binary));
    }
    let found = said(&mut command)?;
    let found = found.trim_start_matches("shlibs:Depends=").to_owned();
    Ok(match kind {
        Kind::Desktop => format!("{found}, {OPENED_BY_NAME}"),
        Kind::Headless => found,
    })
}

fn kilobytes(tree: &Path) -> Result<u64, Failure> {
    let told = said(Command::new("du").arg("-sk").arg(tree.join("usr")))?;
    let number = told
        .split_whitespace()
        .next()
        .and_then(|number| number.parse().ok());
    Ok(number.unwrap_or(0))
}

/// What a command says, if it succeeds.
fn said(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::NotStarted {
            command: words(command),
            error,
        })?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        false => Err(Failure::Failed {
            command: words(command),
            status: output.status.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headless_package_takes_the_place_of_the_other_and_names_no_webview() {
        let text = control_text(Kind::Headless, "amd64", "libc6", 100);
        assert!(
            text.contains("Conflicts: ligand\n") && text.contains("Depends: libc6\n"),
            "{text}"
        );
        assert!(!text.contains("webkit") && !text.contains("Recommends"), "{text}");
        assert!(
            text.lines().all(|line| !line.is_empty()),
            "an empty line would end it"
        );
    }
}
