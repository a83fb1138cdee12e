//! The echo service of the tests in a process of its own: every candidate stands in front of it.

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Listens on a free port, says where, and serves until it is killed.
pub(crate) async fn serve(tls: Option<TlsAcceptor>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("listening on {}", listener.local_addr().unwrap());
    ligand_e2e::upstream(listener, tls).await;
}
