//! Whose call is next: a bounded number of calls at a time, shared fairly between workspaces.
//!
//! A workspace may have no more calls under way than places are left, so that somebody who comes later always finds
//! one, however long the others' calls last. Calls that find none wait in their workspace's own line, and a place that
//! gets free goes to the lines in turn.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::directory::{ByPlace, Place};

/// Most calls that wait for one workspace.
const LINE: usize = 64;
/// How long a call waits for its turn.
const WAIT: Duration = Duration::from_secs(10);
/// Lines that are looked at for one free place; the next one begins where this ended.
const LOOKS: usize = 32;

/// There is neither a place nor room to wait for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crowded;

#[derive(Default)]
struct Lane {
    under_way: usize,
    line: VecDeque<oneshot::Sender<Turn>>,
}

#[derive(Default)]
struct State {
    under_way: usize,
    lanes: ByPlace<Lane>,
    /// Workspaces with a line, each once.
    next: VecDeque<Place>,
}

/// See the module.
pub(crate) struct Turns {
    most: usize,
    state: Mutex<State>,
}

impl Turns {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls under way.
    pub(crate) fn under_way(&self) -> usize {
        self.state().under_way
    }

    /// Waits for a place.
    pub(crate) async fn take(self: &Arc<Self>, place: Place) -> Result<Turn, Crowded> {
        let turn = match self.enter(place)? {
            Entered::At(turn) => return Ok(turn),
            Entered::InLine(turn) => turn,
        };
        match tokio::time::timeout(WAIT, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Crowded),
        }
    }

    fn enter(self: &Arc<Self>, place: Place) -> Result<Entered, Crowded> {
        let mut state = self.state();
        let free = self.most.saturating_sub(state.under_way);
        let lane = state.lanes.entry(place).or_default();
        if lane.line.is_empty() && lane.under_way < free {
            lane.under_way += 1;
            state.under_way += 1;
            return Ok(Entered::At(self.turn(place)));
        }
        if lane.line.len() >= LINE {
            lane.line.retain(|waiting| !waiting.is_closed());
            if lane.line.len() >= LINE {
                return Err(Crowded);
            }
        }
        let (sender, turn) = oneshot::channel();
        lane.line.push_back(sender);
        // A line that has just been emptied of callers who left is in the list already.
        if lane.line.len() == 1 && !state.next.contains(&place) {
            state.next.push_back(place);
        }
        Ok(Entered::InLine(turn))
    }

    fn turn(self: &Arc<Self>, place: Place) -> Turn {
        Turn(Some((self.clone(), place)))
    }

    fn give_back(self: &Arc<Self>, place: Place) {
        let mut state = self.state();
        state.under_way = state.under_way.saturating_sub(1);
        if let Some(lane) = state.lanes.get_mut(&place) {
            lane.under_way = lane.under_way.saturating_sub(1);
            if lane.under_way == 0 && lane.line.is_empty() {
                state.lanes.remove(&place);
            }
        }
        self.go_on(&mut state);
    }

    /// Gives what is free to those who wait.
    fn go_on(self: &Arc<Self>, state: &mut State) {
        for _ in 0..LOOKS.min(state.next.len()) {
            let free = self.most.saturating_sub(state.under_way);
            if free == 0 {
                return;
            }
            let Some(place) = state.next.pop_front() else {
                return;
            };
            let Some(lane) = state.lanes.get_mut(&place) else {
                continue;
            };
            if lane.under_way < free {
                while let Some(waiting) = lane.line.pop_front() {
                    match waiting.send(self.turn(place)) {
                        Ok(()) => {
                            lane.under_way += 1;
                            state.under_way += 1;
                            break;
                        }
                        // It had left. Its turn was never counted.
                        Err(mut turn) => turn.0 = None,
                    }
                }
            }
            if !lane.line.is_empty() {
                state.next.push_back(place);
            } else if lane.under_way == 0 {
                state.lanes.remove(&place);
            }
        }
    }
}

enum Entered {
    At(Turn),
    InLine(oneshot::Receiver<Turn>),
}

/// A place that a call has.
pub(crate) struct Turn(Option<(Arc<Turns>, Place)>);

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some((turns, place)) = self.0.take() {
            turns.give_back(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn place() -> Place {
        Place {
            platform: 0,
            workspace: Uuid::new_v4(),
        }
    }

    fn now(turns: &Arc<Turns>, place: Place) -> Option<Turn> {
        match turns.enter(place) {
            Ok(Entered::At(turn)) => Some(turn),
            _ => None,
        }
    }

    fn wait(turns: &Arc<Turns>, place: Place) -> oneshot::Receiver<Turn> {
        match turns.enter(place) {
            Ok(Entered::InLine(turn)) => turn,
            _ => panic!("it does not have to wait"),
        }
    }

    #[test]
    fn whoever_comes_late_finds_a_place_beside_calls_that_never_end() {
        let turns = Turns::new(16);
        let (busy, quiet) = (place(), place());
        let endless: Vec<_> = (0..16).map_while(|_| now(&turns, busy)).collect();
        assert_eq!(endless.len(), 8, "half of all, since as many are left");
        assert!(now(&turns, quiet).is_some());
    }

    #[test]
    fn a_free_place_goes_to_whoever_has_fewest_and_not_to_whoever_has_waited_longest() {
        let turns = Turns::new(3);
        let (busy, other, quiet) = (place(), place(), place());
        let mut at_work = vec![now(&turns, busy).unwrap(), now(&turns, busy).unwrap()];
        let held = now(&turns, other).unwrap();
        let mut busy_line: Vec<_> = (0..10).map(|_| wait(&turns, busy)).collect();
        let mut quiet_waits = wait(&turns, quiet);
        drop(at_work.pop());
        assert!(busy_line[0].try_recv().is_err());
        let quiet_turn = quiet_waits.try_recv().unwrap();
        drop((at_work, held, quiet_turn));
        assert!(
            busy_line[0].try_recv().is_ok(),
            "and the busy one goes on after that"
        );
    }

    #[test]
    fn a_line_is_bounded_and_those_who_left_make_room() {
        let turns = Turns::new(2);
        let busy = place();
        let _one = now(&turns, busy).unwrap();
        let mut line: Vec<_> = (0..LINE).map(|_| wait(&turns, busy)).collect();
        assert!(turns.enter(busy).is_err());
        line.truncate(LINE - 1);
        let _last = wait(&turns, busy);
    }

    #[test]
    fn when_everybody_has_left_nothing_is_kept() {
        let turns = Turns::new(2);
        let (busy, other) = (place(), place());
        let one = now(&turns, busy).unwrap();
        let line: Vec<_> = (0..5).map(|_| wait(&turns, busy)).collect();
        drop(line);
        drop(one);
        drop(now(&turns, other).unwrap());
        let state = turns.state();
        assert_eq!(state.under_way, 0);
        assert!(state.lanes.is_empty() && state.next.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_waits_for_its_turn_and_not_for_ever() {
        let turns = Turns::new(2);
        let busy = place();
        let one = turns.take(busy).await.unwrap();
        assert!(turns.take(busy).await.is_err());
        drop(one);
        assert!(turns.take(busy).await.is_ok());
    }
}
