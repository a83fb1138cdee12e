//! What a process's main thread has used of the processor, read again and again from a thread of its own, so that it can
//! be said of any stretch of time afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ligand_e2e::proc;

/// How often it is read: a small part of a frame, and cheap enough not to be felt.
const OFTEN: Duration = Duration::from_millis(1);

/// A thread that is being watched.
pub(super) struct Sampled {
    over: Arc<AtomicBool>,
    watch: JoinHandle<Vec<(f64, f64)>>,
}

/// What was read: when, in milliseconds since 1970, and the processor time until then, in milliseconds.
pub(super) struct Used(Vec<(f64, f64)>);

impl Sampled {
    /// Begins to watch the main thread of that process.
    pub(super) fn begin(pid: u32) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let watch = std::thread::spawn(move || {
            let mut read = Vec::new();
            while !ended.load(Ordering::Relaxed) {
                read.push((since_1970_ms(), proc::main_thread_cpu_s(pid) * 1_000.0));
                std::thread::sleep(OFTEN);
            }
            read
        });
        Self { over, watch }
    }

    /// Ends it.
    pub(super) fn end(self) -> Used {
        self.over.store(true, Ordering::Relaxed);
        Used(self.watch.join().unwrap())
    }
}

impl Used {
    /// Whether it was read from before the one moment until after the other.
    pub(super) fn knows(&self, from: f64, to: f64) -> bool {
        let reaches = |moment: f64| {
            let first = self.0.first().is_some_and(|(at, _)| *at <= moment);
            first && self.0.last().is_some_and(|(at, _)| *at >= moment)
        };
        reaches(from) && reaches(to)
    }

    /// The processor time between two moments, in milliseconds; evenly between two readings.
    pub(super) fn used_ms(&self, from: f64, to: f64) -> f64 {
        self.until(to) - self.until(from)
    }

    fn until(&self, moment: f64) -> f64 {
        let after = self.0.partition_point(|(at, _)| *at < moment);
        let (Some(&(before, low)), Some(&(then, high))) =
            (self.0.get(after.saturating_sub(1)), self.0.get(after))
        else {
            return self.0.last().map_or(0.0, |(_, used)| *used);
        };
        if then <= before {
            return low;
        }
        low + (high - low) * ((moment - before) / (then - before)).clamp(0.0, 1.0)
    }
}

/// The page's clock counts from there too.
#[allow(
    clippy::disallowed_methods,
    reason = "it is compared with the page's clock on the wall"
)]
fn since_1970_ms() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
        * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_is_said_of_any_stretch() {
        let used = Used(vec![(10.0, 1.0), (12.0, 2.0), (20.0, 2.0)]);
        assert!((used.used_ms(10.0, 12.0) - 1.0).abs() < 1e-9);
        assert!((used.used_ms(11.0, 16.0) - 0.5).abs() < 1e-9);
        assert!(used.used_ms(13.0, 30.0).abs() < 1e-9);
        assert!(used.used_ms(0.0, 9.0).abs() < 1e-9);
        assert!(used.knows(10.0, 20.0) && !used.knows(9.0, 20.0) && !used.knows(10.0, 21.0));
    }
}
