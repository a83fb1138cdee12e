//! How the webview draws on a machine without a graphics card: a virtual machine, a remote desktop.
//!
//! WebKitGTK's quick way passes buffers of the card around. Without a card it goes the same way in software, and a
//! frame of the Canvas takes 250 ms; its plain way takes 16 (2 cores, 1120 × 720). It reads its choice from the
//! environment, which a process cannot change safely once it has threads: so whoever starts a window's process says it
//! there, and one that somebody else has started begins anew.

#[cfg(target_os = "linux")]
use std::{env, fs, io, os::unix::process::CommandExt, process::Command};

/// WebKitGTK's variable for the plain way; whoever has set it has decided.
#[cfg(target_os = "linux")]
const PLAIN_WAY: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// What the environment of a window's process lacks for the way that is quick here, if anything.
#[cfg(target_os = "linux")]
pub(crate) fn variable() -> Option<(&'static str, &'static str)> {
    let is_decided = env::var_os(PLAIN_WAY).is_some() || has_card();
    (!is_decided).then_some((PLAIN_WAY, "1"))
}

/// Begins this process anew, where its environment lacks something.
#[cfg(target_os = "linux")]
pub(super) fn choose() {
    let Some((name, value)) = variable() else { return };
    let begun_anew = |program| -> io::Error {
        Command::new(program)
            .args(env::args_os().skip(1))
            .env(name, value)
            .exec()
    };
    let (Ok(error) | Err(error)) = env::current_exe().map(begun_anew);
    // Slow, and not broken.
    tracing::debug!(%error, "the webview draws the slow way");
}

/// Where a card can be drawn with, the kernel offers a node for it.
#[cfg(target_os = "linux")]
fn has_card() -> bool {
    let nodes = fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    nodes
        .into_iter()
        .any(|node| node.file_name().as_encoded_bytes().starts_with(b"renderD"))
}

/// Elsewhere the system's webview decides by itself.
#[cfg(not(target_os = "linux"))]
pub(super) fn choose() {}

/// The environment has no say in it either.
#[cfg(not(target_os = "linux"))]
pub(crate) fn variable() -> Option<(&'static str, &'static str)> {
    None
}
