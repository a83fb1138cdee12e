//! `ligand peers`: the workspaces next to ours, to send to and to hand work to.

use ligand_host::{
    control::Client,
    host::{Peer, PeerList},
    places::Places,
};

use super::meant_profile;
use crate::{
    args::Peers,
    failure::Failure,
    out,
    words::{plain, span},
};

/// Characters of a role that a line shows.
const ROLE: usize = 60;

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Peers) -> Result<(), Failure> {
    let client = Client::new(places);
    let profile = meant_profile(&client, args.profile).await?;
    let list = client.peers(&profile, args.anew).await?;
    if args.json {
        return out::line(serde_json::to_string_pretty(&list.peers).map_err(Failure::failed)?);
    }
    out::print(&text(&list))
}

fn text(list: &PeerList) -> String {
    if list.peers.is_empty() {
        return "This workspace has no peers: no siblings, no children and no parent.\n".to_owned();
    }
    let width = |of: fn(&Peer) -> &str| {
        let widths = list.peers.iter().map(|peer| of(peer).chars().count());
        widths.max().unwrap_or_default()
    };
    let (names, states) = (width(|peer| &peer.name), width(|peer| &peer.state));
    let mut text = String::new();
    for peer in &list.peers {
        let role: String = peer
            .role
            .as_deref()
            .unwrap_or_default()
            .chars()
            .take(ROLE)
            .collect();
        let (name, state) = (plain(&peer.name), plain(&peer.state));
        let line = format!("{name:names$}  {state:states$}  {}  {}", peer.id, plain(&role));
        text += line.trim_end();
        text.push('\n');
    }
    if list.age_s > 0 {
        let age = span(list.age_s.into());
        text += &format!("As of {age} ago; --anew asks again.\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_peer_has_a_line_and_an_old_list_says_that_it_is_one() {
        let peer = |name: &str, role: Option<&str>| Peer {
            id: uuid::Uuid::nil(),
            name: name.to_owned(),
            role: role.map(str::to_owned),
            state: "online".to_owned(),
            parent_id: None,
            tier: None,
            active_tasks: 0,
        };
        let mut list = PeerList {
            peers: vec![peer("Ops", None), peer("Research", Some("reads\u{202e} papers"))],
            age_s: 0,
        };
        let id = uuid::Uuid::nil();
        let lines = format!("Ops       online  {id}\nResearch  online  {id}  reads\u{fffd} papers\n");
        assert_eq!(text(&list), lines);
        list.age_s = 61;
        assert_eq!(text(&list), lines + "As of 1 min ago; --anew asks again.\n");
        list.peers.clear();
        assert!(text(&list).contains("no peers"));
    }
}
