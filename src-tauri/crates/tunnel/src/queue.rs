//! A bounded queue between tasks that costs nothing while it is empty.
//!
//! tokio's channels are made for many messages: each keeps half a kilobyte of its own, and room for 32 messages from the
//! first one on. A link has four, of which one message in fifteen seconds is the usual load, and relays have thousands
//! of links. This one is a lock that is held for a moment. What it does not do: deliver to more than one receiver.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

/// Why something was not sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// There is no room.
    Full,
    /// The receiver has gone.
    Closed,
}

/// A queue of at most so many.
pub(crate) fn bounded<T>(most: usize) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared {
        most,
        state: Mutex::new(State {
            waiting: VecDeque::new(),
            senders: 1,
            closed: false,
            reader: None,
        }),
        room: Notify::new(),
    });
    (Sender(shared.clone()), Receiver(shared))
}

struct Shared<T> {
    most: usize,
    state: Mutex<State<T>>,
    /// Told when there is room, and when there never will be.
    room: Notify,
}

struct State<T> {
    /// Given up when it is empty, with its memory.
    waiting: VecDeque<T>,
    senders: usize,
    /// The receiver has gone.
    closed: bool,
    reader: Option<Waker>,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes it, or leaves it where it is.
    fn put(&self, item: &mut Option<T>) -> Result<(), Unsent> {
        let mut state = self.lock();
        if state.closed {
            return Err(Unsent::Closed);
        }
        if state.waiting.len() >= self.most {
            return Err(Unsent::Full);
        }
        state.waiting.extend(item.take());
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        Ok(())
    }
}

/// The end that sends.
pub(crate) struct Sender<T>(Arc<Shared<T>>);

impl<T> Sender<T> {
    /// Sends at once or not at all.
    pub(crate) fn try_send(&self, item: T) -> Result<(), Unsent> {
        self.0.put(&mut Some(item))
    }

    /// Sends when there is room; fails when the receiver has gone.
    pub(crate) async fn send(&self, item: T) -> Result<(), Unsent> {
        let mut item = Some(item);
        loop {
            match self.0.put(&mut item) {
                // Room that was made since then is not missed: it is kept for whoever waits next.
                Err(Unsent::Full) => self.0.room.notified().await,
                Err(Unsent::Closed) => {
                    // Only one is kept, and others may be about to wait.
                    self.0.room.notify_one();
                    return Err(Unsent::Closed);
                }
                Ok(()) => return Ok(()),
            }
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.lock().senders += 1;
        Self(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.senders -= 1;
        let reader = if state.senders == 0 {
            state.reader.take()
        } else {
            None
        };
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// The end that receives. What waits when it is dropped is dropped with it.
pub(crate) struct Receiver<T>(Arc<Shared<T>>);

impl<T> Receiver<T> {
    /// The next one; `None` when nothing waits and every sender has gone.
    pub(crate) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.0.lock();
        let Some(item) = state.waiting.pop_front() else {
            if state.senders == 0 {
                return Poll::Ready(None);
            }
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        if state.waiting.is_empty() {
            state.waiting = VecDeque::new();
        }
        drop(state);
        self.0.room.notify_one();
        Poll::Ready(Some(item))
    }

    /// The same. Nothing is lost when it is dropped before it is done.
    pub(crate) async fn recv(&mut self) -> Option<T> {
        std::future::poll_fn(|cx| self.poll_recv(cx)).await
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closed = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        drop(waiting);
        // One that comes to wait after this finds one of the two: the end, or what is kept for it.
        self.0.room.notify_waiters();
        self.0.room.notify_one();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_is_sent_comes_in_order_and_no_more_than_there_is_room_for() {
        let (sender, mut receiver) = bounded(2);
        assert_eq!(sender.try_send(1), Ok(()));
        assert_eq!(sender.try_send(2), Ok(()));
        assert_eq!(sender.try_send(3), Err(Unsent::Full));
        assert_eq!(receiver.recv().await, Some(1));
        assert_eq!(sender.try_send(4), Ok(()));
        drop(sender);
        assert_eq!(receiver.recv().await, Some(2));
        assert_eq!(receiver.recv().await, Some(4));
        assert_eq!(receiver.recv().await, None);
    }

    #[tokio::test]
    async fn every_sender_that_waits_for_room_gets_its_turn() {
        let (sender, mut receiver) = bounded(1);
        let waiting: Vec<_> = (0..20)
            .map(|number| {
                let sender = sender.clone();
                tokio::spawn(async move { sender.send(number).await })
            })
            .collect();
        drop(sender);
        let mut received = Vec::new();
        while let Some(number) = receiver.recv().await {
            received.push(number);
            tokio::task::yield_now().await;
        }
        received.sort_unstable();
        assert_eq!(received, (0..20).collect::<Vec<_>>());
        for sent in waiting {
            assert_eq!(sent.await.unwrap(), Ok(()));
        }
    }

    #[tokio::test]
    async fn everybody_who_waits_for_room_hears_that_the_receiver_has_gone() {
        let (sender, receiver) = bounded(1);
        sender.try_send(0).unwrap();
        let waiting: Vec<_> = (0..3)
            .map(|number| {
                let sender = sender.clone();
                tokio::spawn(async move { sender.send(number).await })
            })
            .collect();
        tokio::task::yield_now().await;
        drop(receiver);
        for sent in waiting {
            let sent = tokio::time::timeout(Duration::from_secs(5), sent).await;
            assert_eq!(sent.unwrap().unwrap(), Err(Unsent::Closed));
        }
        assert_eq!(sender.try_send(1), Err(Unsent::Closed));
    }

    #[tokio::test]
    async fn a_receiver_that_waits_hears_of_what_is_sent_and_of_the_last_sender() {
        let (sender, mut receiver) = bounded(1);
        let receiving = tokio::spawn(async move { (receiver.recv().await, receiver.recv().await) });
        tokio::task::yield_now().await;
        sender.try_send(7).unwrap();
        tokio::task::yield_now().await;
        drop(sender);
        let received = tokio::time::timeout(Duration::from_secs(5), receiving).await;
        assert_eq!(received.unwrap().unwrap(), (Some(7), None));
    }

    #[tokio::test]
    async fn an_empty_queue_keeps_no_room() {
        let (sender, mut receiver) = bounded(8);
        sender.try_send([0_u8; 64]).unwrap();
        assert!(receiver.recv().await.is_some());
        assert_eq!(sender.0.lock().waiting.capacity(), 0);
    }
}
