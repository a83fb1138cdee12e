//! The way on which calls come to the own listener: its address, its doors, and how it is taken where fetching is none.

use std::{collections::HashMap, time::Duration};

use ligand_tunnel::{
    Granted,
    door::{DoorPath, DoorUrl},
};
use url::Url;

use super::{LinkReport, Running, way::Way};
use crate::{
    config::{ExposureConfig, is_loopback},
    exposure::{Front, Program},
    health::Fault,
    presence::{Event, LinkLoss},
    profile::report::Reporter,
    status::LinkWord,
};

impl Running {
    /// How the own listener is made reachable, where messages come to it.
    pub(in crate::profile) fn front(&self) -> Option<&Front> {
        match &self.way {
            Way::Front(front) => Some(front),
            Way::Link(_) | Way::Fetch => None,
        }
    }

    /// The public address of the own listener, while it has one.
    pub(in crate::profile) fn address(&self) -> Option<&Url> {
        self.address.as_ref()
    }

    /// What is to be tried where messages were to be fetched and the platform keeps none, if the profile leaves that to us
    /// and there is something.
    pub(super) fn other_way(&self) -> Option<Front> {
        let is_ours_to_find = matches!(self.profile.exposure, ExposureConfig::Auto { .. }) && self.fetches();
        let program = is_ours_to_find.then(Program::installed).flatten()?;
        Some(Front::Program(program))
    }

    /// Has messages come to the own listener from now on, instead of fetching them.
    pub(super) async fn take_way(&mut self, front: Front, reporter: &mut Reporter) {
        tracing::info!(profile = %self.name, ?front, "the platform keeps no messages to fetch; they come another way");
        self.poller = None;
        self.way = Way::Front(front);
        self.caller.fetches = false;
        self.step(Event::LinkLost(LinkLoss::Broken), reporter).await;
        self.dial();
    }

    /// The own listener is reached at this public address.
    pub(super) async fn opened(&mut self, address: Url, reporter: &mut Reporter) {
        if let Err(error) = self.caller.reach(is_loopback(&address)) {
            tracing::error!(%error, "our own door is called over the connections of before");
        }
        reporter.note_front(None);
        self.open_at(&address, reporter).await;
        self.address = Some(address);
    }

    /// The own listener cannot be reached.
    pub(super) async fn shut(
        &mut self,
        fault: Fault,
        why: String,
        wait: Option<Duration>,
        reporter: &mut Reporter,
    ) {
        self.address = None;
        reporter.note_front(Some((fault, &why)));
        reporter.link_retry(wait);
        self.link = LinkReport {
            word: LinkWord::Waiting,
            reason: Some(why),
            status: None,
        };
        self.step(Event::LinkLost(LinkLoss::Broken), reporter).await;
    }

    /// The doors of the own listener are below this address now.
    pub(super) async fn open_at(&mut self, address: &Url, reporter: &mut Reporter) {
        let origin = address.as_str().trim_end_matches('/');
        let workspace = self.profile.workspace;
        let urls = self.nonces.iter().map(|(slot, nonce)| {
            let path = DoorPath::unsealed(workspace, *slot, nonce);
            (*slot, DoorUrl::new(format!("{origin}{path}")))
        });
        let granted = Granted {
            urls: urls.collect(),
            host_urls: HashMap::new(),
        };
        self.reached(granted, None, reporter).await;
    }
}
