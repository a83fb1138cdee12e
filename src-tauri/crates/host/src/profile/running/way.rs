//! The way on which messages come to a running profile: a link with its doors, fetching them, or doors of our own;
//! begun, changed and ended.

use std::time::Duration;

use ligand_tunnel::{
    Dial, Granted, LinkHandle, LinkStatus,
    door::{Nonce, Slot},
};
use tokio::sync::{mpsc, watch};

use super::{LinkReport, Running};
use crate::{
    exposure::Front,
    network,
    presence::{Event, State},
    profile::{
        front::FrontTask,
        link::{LinkEvent, LinkTask},
        poll::{PollKit, Poller},
        report::Reporter,
    },
    status::LinkWord,
};

/// Deliveries in flight get this long when the profile stops.
const DRAIN: Duration = Duration::from_secs(10);

/// How long the relay may take to hear that we leave.
const LAST_WORD: Duration = Duration::from_secs(1);

/// How long going to sleep may take here in all. The system is held back for 2 s at most.
const GOODBYE: Duration = Duration::from_millis(1_800);

/// How long the relay may take to say a door's new address.
const ROTATION: Duration = Duration::from_secs(5);

/// On which way messages come.
pub(super) enum Way {
    /// Over a link to a relay.
    Link(Box<Dial>),
    /// They are fetched.
    Fetch,
    /// To the own listener, which is made reachable so.
    Front(Front),
}

impl Running {
    /// Has messages come.
    pub(super) fn dial(&mut self) {
        match (&self.way, &self.link_task, &self.front_task) {
            (Way::Link(_), Some(task), _) => task.prod(),
            (Way::Link(dial), None, _) => {
                let dial = Dial::clone(dial);
                let (task, events) = LinkTask::spawn(dial, self.deliveries.clone(), &self.shared);
                (self.link_task, self.link_events) = (Some(task), events);
            }
            (Way::Front(_), _, Some(task)) => task.again(),
            (Way::Front(front), _, None) => {
                let (front, deliveries) = (front.clone(), self.deliveries.clone());
                let (task, events) = FrontTask::spawn(front, &self.name, deliveries, &self.shared);
                (self.front_task, self.link_events) = (Some(task), events);
            }
            (Way::Fetch, ..) => {
                let kit = PollKit {
                    platform: self.caller.platform.clone(),
                    token: self.caller.token.clone(),
                    workspace: self.profile.workspace,
                    deliveries: self.deliveries.clone(),
                    clock: self.shared.clock.clone(),
                    waits: self.waits,
                };
                self.poller.get_or_insert_with(|| Poller::start(kit));
                // There is no link to wait for; the machine goes by this one.
                let (tell, events) = mpsc::channel(1);
                self.link_events = events;
                // The channel was made for it.
                let _ = tell.try_send(LinkEvent::NotNeeded);
            }
        }
    }

    /// Has messages come over a new link: what is known of the one that there is holds no more.
    pub(super) fn redial(&mut self) {
        self.link_handle = None;
        self.link = LinkReport {
            word: LinkWord::Dialling,
            reason: None,
            status: None,
        };
        self.renew();
        // It fetches over connections of before.
        self.poller = None;
        match &self.link_task {
            Some(task) => task.redial(),
            // The own listener stays, and so does what makes it reachable: it only tells again where it is.
            None => self.dial(),
        }
    }

    /// Calls the platform over new connections from now on, and waits for nothing that was asked over the old ones.
    pub(super) fn renew(&mut self) {
        self.forget_calls();
        match self.caller.renew() {
            Ok(()) => drop(self.platform.send_replace(self.caller.platform.clone())),
            Err(error) => tracing::error!(%error, "the connections of before have to do"),
        }
    }

    /// This machine's way to the network has changed.
    pub(in crate::profile) async fn moved(&mut self, reporter: &mut Reporter) {
        let local = self.link_handle.as_ref().and_then(|handle| handle.local);
        let link_gone = local.is_some_and(|address| !network::is_ours(address));
        self.step(Event::Moved { link_gone }, reporter).await;
    }

    /// Asks the relay for a sign of life now. Without one the link's end is told soon, as that of any other.
    pub(super) fn check_link(&mut self) {
        if let Some(handle) = self.link_handle.clone() {
            self.tasks.spawn(async move {
                let _lost_is_told_elsewhere = handle.ping().await;
            });
        }
    }

    /// The machine sleeps in a moment: the relay hears that nobody is to wait for us, and the link goes. What the agent
    /// works on goes on when we wake, and its answer is in the journal then.
    pub(super) async fn suspend(&mut self, reporter: &mut Reporter) {
        self.forget_calls();
        let handle = self.link_handle.take();
        let (poller, task) = (self.poller.take(), self.link_task.take());
        let goodbye = async {
            if let Some(handle) = handle {
                say_leaving(&handle, false).await;
            }
            if let Some(poller) = poller {
                poller.stop().await;
            }
            if let Some(task) = task {
                task.stop().await;
            }
        };
        if tokio::time::timeout(GOODBYE, goodbye).await.is_err() {
            tracing::warn!("the relay did not hear in time that this machine goes to sleep");
        }
        self.link = LinkReport {
            word: LinkWord::Off,
            reason: None,
            status: None,
        };
        reporter.link_retry(None);
    }

    /// What the calls under way bring answers no question any more.
    fn forget_calls(&mut self) {
        self.calls += 1;
    }

    /// Gives a door a new address. The platform door's old one stays good until the platform has accepted the new one;
    /// the shared door's ends now. The nonce is in the vault already.
    pub(in crate::profile) async fn rotate(&mut self, slot: Slot, fresh: Nonce, reporter: &mut Reporter) {
        if let Way::Link(dial) = &mut self.way {
            for door in dial.doors.iter_mut().filter(|door| door.slot == slot) {
                door.nonce = fresh.clone();
            }
        }
        for (_, nonce) in self.nonces.iter_mut().filter(|(of, _)| *of == slot) {
            *nonce = fresh.clone();
        }
        self.doors.rotate(slot, fresh);
        if slot == Slot::Shared {
            self.doors.retire(slot, Duration::ZERO);
        }
        self.tell_doors(reporter).await;
    }

    /// Opens or closes the shared door.
    pub(in crate::profile) async fn share(&mut self, open: bool, reporter: &mut Reporter) {
        // Here first: the relay only shows no more what it keeps of the door.
        self.doors.share(open);
        let Way::Link(dial) = &mut self.way else { return };
        for door in dial.doors.iter_mut().filter(|door| door.slot == Slot::Shared) {
            door.closed = !open;
        }
        self.tell_doors(reporter).await;
    }

    /// Tells the relay which doors we want now, and hears their addresses; those of our own listener are known here.
    async fn tell_doors(&mut self, reporter: &mut Reporter) {
        if let Some(address) = self.address.clone() {
            return self.open_at(&address, reporter).await;
        }
        let Way::Link(dial) = &self.way else { return };
        if let Some(task) = &self.link_task {
            task.set_doors(&dial.doors);
        }
        // Without a link the next one brings the new addresses.
        let Some(handle) = self.link_handle.clone() else {
            return;
        };
        match tokio::time::timeout(ROTATION, handle.doors(&dial.doors)).await {
            Ok(Ok(granted)) => self.on_link(LinkEvent::Up(granted, handle), reporter).await,
            Ok(Err(_)) | Err(_) => {
                tracing::warn!(
                    "the relay gave no new addresses over the link that is up; the next link brings them"
                );
            }
        }
    }

    /// Demands the platform's secret no more until it is given again.
    pub(in crate::profile) fn forget_inbound_secret(&self) {
        self.doors.forget_inbound_secret();
    }

    /// What the link's task told.
    pub(in crate::profile) async fn on_link(&mut self, event: LinkEvent, reporter: &mut Reporter) {
        match event {
            LinkEvent::Dialling => self.link.word = LinkWord::Dialling,
            LinkEvent::NotNeeded => self.step(Event::LinkUp(self.mark), reporter).await,
            LinkEvent::Up(granted, handle) => {
                let status = Some(handle.status.clone());
                self.link_handle = Some(handle);
                reporter.note_link(None);
                self.reached(granted, status, reporter).await;
            }
            LinkEvent::Open(address) => self.opened(address, reporter).await,
            LinkEvent::Shut { fault, why, wait } => self.shut(fault, why, wait, reporter).await,
            LinkEvent::Lost { loss, why, wait } => {
                self.link_handle = None;
                reporter.note_link(Some((loss, &why)));
                reporter.link_retry(wait);
                self.link = LinkReport {
                    word: LinkWord::Waiting,
                    reason: Some(why),
                    status: None,
                };
                self.step(Event::LinkLost(loss), reporter).await;
            }
        }
    }

    /// Calls can come in through these doors.
    pub(super) async fn reached(
        &mut self,
        granted: Granted,
        status: Option<watch::Receiver<LinkStatus>>,
        reporter: &mut Reporter,
    ) {
        self.link = LinkReport {
            word: LinkWord::Up,
            reason: None,
            status,
        };
        if granted.urls.get(&Slot::Platform) != self.granted.urls.get(&Slot::Platform) {
            self.mark += 1;
        }
        self.doors.learn_urls(&granted.urls);
        self.public_url
            .send_replace(granted.urls.get(&Slot::Shared).cloned());
        self.granted = granted;
        self.step(Event::LinkUp(self.mark), reporter).await;
    }

    /// Deliveries in flight get their time, with the relay told to send no more; then the link goes.
    pub(super) async fn hang_up(&mut self, reporter: &mut Reporter) {
        self.tasks.abort_all();
        self.deliveries.accept(false);
        if let Some(handle) = self.link_handle.take() {
            say_leaving(&handle, self.refuses).await;
        }
        if let Some(poller) = self.poller.take() {
            poller.stop().await;
        }
        let cut_off = self.deliveries.drain(DRAIN).await;
        if cut_off > 0 {
            tracing::warn!(cut_off, "deliveries were still being worked on and were cut off");
        }
        if let Some(task) = self.link_task.take() {
            task.stop().await;
        }
        if let Some(task) = self.front_task.take() {
            task.stop().await;
        }
        self.end_agent().await;
        self.link = LinkReport {
            word: LinkWord::Off,
            reason: self.link.reason.take(),
            status: None,
        };
        reporter.link_retry(None);
        if let State::NeedsUser(need) = self.machine.state() {
            reporter.note_need(need);
        }
    }
}

/// Tells the relay that we leave. It then lets the platform queue at once what comes from now on, or refuses it. A link
/// that is gone needs no word; over one that is there the pong says that the word has arrived.
async fn say_leaving(handle: &LinkHandle, refuses: bool) {
    let said = async {
        handle.leaving(0, refuses).await?;
        handle.ping().await
    };
    let _gone = tokio::time::timeout(LAST_WORD, said).await;
}
