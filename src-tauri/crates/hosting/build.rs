//! Gives the build its commit, read from the repository's own files: there need be no git, and no repository.
//! `LIGAND_COMMIT` says it instead, where the source was unpacked from an archive.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Characters of a commit that tell it from others.
const SHORT: usize = 12;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=LIGAND_COMMIT");
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let given = env::var("LIGAND_COMMIT").ok().filter(|given| is_commit(given));
    let found = given.or_else(|| commit(Path::new(&env::var("CARGO_MANIFEST_DIR").ok()?)));
    match found.as_deref().and_then(|commit| commit.get(..SHORT)) {
        Some(commit) => {
            println!("cargo:rustc-env=LIGAND_BUILT_FROM={commit}");
            println!("cargo:rustc-env=LIGAND_VERSION={version} ({commit})");
        }
        None => println!("cargo:rustc-env=LIGAND_VERSION={version}"),
    }
}

/// The commit that the repository around this folder stands at.
fn commit(folder: &Path) -> Option<String> {
    let git = folder
        .ancestors()
        .map(|folder| folder.join(".git"))
        .find(|git| git.exists())?;
    let git = match fs::read_to_string(&git) {
        // A work tree beside its repository.
        Ok(text) => git.parent()?.join(text.trim().strip_prefix("gitdir: ")?),
        Err(_) => git,
    };
    let common = match fs::read_to_string(git.join("commondir")) {
        Ok(text) => git.join(text.trim()),
        Err(_) => git.clone(),
    };
    // Written whenever HEAD comes to stand elsewhere, also where the branch's own file does not change.
    read(git.join("logs/HEAD"));
    let head = read(git.join("HEAD"))?;
    let named = match head.strip_prefix("ref: ") {
        None => Some(head),
        Some(name) => read(git.join(name))
            .or_else(|| read(common.join(name)))
            .or_else(|| packed(&common, name)),
    };
    named.filter(|commit| is_commit(commit))
}

fn packed(git: &Path, name: &str) -> Option<String> {
    let refs = read(git.join("packed-refs"))?;
    let line = refs.lines().find(|line| line.ends_with(&format!(" {name}")))?;
    line.split(' ').next().map(str::to_owned)
}

/// A file's text; the build is done again when it changes.
fn read(file: PathBuf) -> Option<String> {
    let text = fs::read_to_string(&file).ok()?;
    println!("cargo:rerun-if-changed={}", file.display());
    Some(text.trim().to_owned())
}

fn is_commit(text: &str) -> bool {
    text.len() >= SHORT && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
