//! How many files the process may have open: each connection is one.

/// Files besides connections: listeners, the runtime, the platform.
#[cfg(unix)]
const SPARE: u64 = 256;

/// Takes as many as the operating system gives without asking, and says when that is not enough.
#[cfg(unix)]
pub(crate) fn raise(connections: usize, links: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let before = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: before.maximum,
        maximum: before.maximum,
    };
    let raised = before.current == before.maximum || setrlimit(Resource::Nofile, wanted).is_ok();
    let may = if raised { before.maximum } else { before.current };
    let needed = (connections as u64)
        .saturating_add(links as u64)
        .saturating_add(SPARE);
    // `None` is no limit.
    if let Some(may) = may.filter(|may| *may < needed) {
        tracing::warn!(
            may,
            needed,
            "fewer files may be open than --max-connections and --max-links allow: raise LimitNOFILE or ulimit -n"
        );
    }
}

/// Nothing of the kind is known here.
#[cfg(not(unix))]
pub(crate) fn raise(_connections: usize, _links: usize) {}
