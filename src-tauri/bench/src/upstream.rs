//! The echo service of the tests in a process of its own: every candidate stands in front of it.

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Listens on the port that PORT names, as an agent that a host starts, else on a free one; says where, and serves until
/// it is killed.
pub(crate) async fn serve(tls: Option<TlsAcceptor>) {
    let port = std::env::var("PORT").map_or(0, |port| port.parse().unwrap());
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    println!("listening on {}", listener.local_addr().unwrap());
    ligand_e2e::upstream(listener, tls).await;
}
