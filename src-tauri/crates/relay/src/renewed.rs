//! A certificate in files, read again when they change: every few seconds, and at once when asked.
//!
//! What renews certificates writes two files, one after the other, or puts a link to a folder with both. So a pair that
//! does not fit is looked at again, and the one in use stays until there is a better one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::crypto::aws_lc_rs;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::certificate::{self, CertificateError, Current};

/// How often the files are looked at: nobody waits for a certificate that is renewed weeks ahead.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A pair of files.
#[derive(Clone)]
pub(crate) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    /// What callers know the relay as.
    names: Vec<String>,
    /// What the files were like before they were last read.
    seen: [Mark; 2],
}

/// What tells one state of a file from another.
type Mark = Option<(SystemTime, u64, u64)>;

fn mark(path: &Path) -> Mark {
    let metadata = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let inode = 0;
    Some((metadata.modified().ok()?, metadata.len(), inode))
}

impl Files {
    /// Reads a pair for the first time.
    pub(crate) fn open(
        certificate: &Path,
        key: &Path,
        names: Vec<String>,
        current: &Current,
    ) -> Result<Self, CertificateError> {
        let files = Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            names,
            seen: [mark(certificate), mark(key)],
        };
        files.load_into(current)?;
        Ok(files)
    }

    fn load_into(&self, current: &Current) -> Result<(), CertificateError> {
        let pair = certificate::load(&self.certificate, &self.key, &aws_lc_rs::default_provider())?;
        certificate::describe(&pair, &self.names);
        current.put(pair);
        Ok(())
    }

    /// Puts every later pair into use, until the relay stops. `asked` = read them now, whether they look new or not.
    pub(crate) async fn keep(
        mut self,
        current: Arc<Current>,
        asked: Arc<Notify>,
        stopping: CancellationToken,
    ) {
        loop {
            let asked = tokio::select! {
                biased;
                () = stopping.cancelled() => return,
                () = asked.notified() => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            };
            // Before they are read: what changes meanwhile is read again.
            let now = [mark(&self.certificate), mark(&self.key)];
            if now == self.seen && !asked {
                continue;
            }
            self.seen = now;
            let (files, into) = (self.clone(), current.clone());
            let read = tokio::task::spawn_blocking(move || files.load_into(&into));
            if let Ok(Err(error)) = read.await {
                tracing::error!(%error, "the new TLS certificate can't be used: the old one stays in use");
            }
        }
    }
}
