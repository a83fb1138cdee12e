//! `ligand send`: a message to our own workspace through the platform, and where its time went.

use ligand_host::{control::Client, host::Sent, places::Places};

use super::meant_profile;
use crate::{
    args::Send,
    failure::Failure,
    out,
    words::{breakdown, plain_lines},
};

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Send) -> Result<(), Failure> {
    let client = Client::new(places);
    let profile = meant_profile(&client, args.profile).await?;
    let sent = client.send(&profile, args.text).await?;
    out::line(plain_lines(&sent.answer))?;
    out::line(times(&sent))?;
    Ok(())
}

fn times(sent: &Sent) -> String {
    let parts = [
        ("platform", sent.platform_ms),
        ("tunnel", sent.tunnel_ms),
        ("agent", sent.agent_ms),
    ];
    breakdown(("total", sent.total_ms), &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_said_in_all_and_by_part() {
        let sent = Sent {
            answer: "hi".into(),
            total_ms: 41.2,
            platform_ms: 12.1,
            tunnel_ms: 3.4,
            agent_ms: 25.7,
        };
        assert_eq!(times(&sent), "total 41 ms · platform 12 · tunnel 3.4 · agent 26");
    }
}
