//! What a fuzzer has found, and what it begins with, must hold for good.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path};

fn each(target: &str, try_it: fn(&[u8])) {
    let mut tried = 0;
    for folder in ["seeds", "found"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(target);
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            eprintln!("{}", path.display());
            try_it(&fs::read(path).unwrap());
            tried += 1;
        }
    }
    assert!(tried > 0, "there are no inputs for {target}");
}

#[test]
fn cards_hold() {
    each("card", ligand_fuzz::card);
}

#[test]
fn paths_of_doors_hold() {
    each("door", ligand_fuzz::door);
}

#[test]
fn hellos_hold() {
    each("hello", ligand_fuzz::hello);
}

#[test]
fn what_we_take_of_http_others_take_alike() {
    each("http", ligand_fuzz::http);
}
