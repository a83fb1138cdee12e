//! Puts the built pages (`ui/dist`) into the program, for `--web`.
//!
//! A clean checkout has none. Then this makes a page that says how to build them, at the very place of the real ones:
//! cargo watches that folder, so building the pages and then the program is all that it takes to have them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a build that cannot go on says so"
)]

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// What stands where the pages were not built.
const PLACEHOLDER: &str = "<!doctype html>
<html lang=\"en\">
<head><meta charset=\"utf-8\"><title>Ligand</title></head>
<body>
<h1>The Canvas is not in this build</h1>
<p>Ligand runs. Its pages were not there when it was built. In the folder <code>ui</code> of the checkout run
<code>npm ci</code> and <code>npm run build</code>, then build Ligand again.</p>
</body>
</html>
";

fn main() {
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let dist = folder.join("../../../ui/dist");
    println!("cargo::rerun-if-changed=build.rs");
    let pages = match has_index(&dist) {
        true => dist,
        // A checkout that cannot be written to gets the page all the same.
        false => [dist, out.join("dist")]
            .into_iter()
            .find(|at| make_placeholder(at).is_ok())
            .expect("a place to write to"),
    };
    println!("cargo::rerun-if-changed={}", pages.display());
    let mut files = Vec::new();
    collect(&pages, "", &mut files).expect("the built pages can be read");
    files.sort();
    let mut table = String::from("const PAGES: &[Page] = &[\n");
    for (path, file) in files {
        let file = file.canonicalize().expect("the file was just seen");
        writeln!(
            table,
            "    Page {{ path: {path:?}, bytes: include_bytes!({:?}) }},",
            file.to_str().expect("the checkout's path is text")
        )
        .expect("a string takes everything");
    }
    table.push_str("];\n");
    fs::write(out.join("pages.rs"), table).expect("OUT_DIR can be written");
}

fn has_index(folder: &Path) -> bool {
    folder.join("index.html").is_file()
}

fn make_placeholder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("index.html"), PLACEHOLDER)
}

/// Every file below a folder, with its path as a browser asks for it.
fn collect(folder: &Path, below: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else {
            files.push((path, entry.path()));
        }
    }
    Ok(())
}
