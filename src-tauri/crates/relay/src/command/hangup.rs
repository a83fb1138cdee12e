//! SIGHUP, by which daemons are told to read their files again.

use ligand_relay::CertificateReload;

/// Has the certificate read again at every SIGHUP, for as long as the process lives.
#[cfg(unix)]
pub(crate) fn reload_on_hangup(reload: CertificateReload) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangups = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            reload.now();
        }
    });
    Ok(())
}

/// Elsewhere there is no such signal: the files are looked at every few seconds all the same.
#[cfg(not(unix))]
pub(crate) fn reload_on_hangup(_: CertificateReload) -> std::io::Result<()> {
    Ok(())
}
