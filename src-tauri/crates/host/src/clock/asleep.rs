//! How long the machine has slept since it was switched on: the difference of two clocks of the system, one of which
//! counts sleep.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "windows")]
mod windows;

#[cfg(target_os = "linux")]
pub(super) use self::linux::asleep;
#[cfg(target_os = "macos")]
pub(super) use self::macos::asleep;
#[cfg(target_os = "windows")]
pub(super) use self::windows::asleep;

/// Whether the runtime's clock counts sleep. It is the performance counter on Windows, which does; elsewhere it is the
/// clock that does not.
pub(super) const COUNTED: bool = cfg!(windows);

/// Where no such pair of clocks is known, a tick that comes too late has to do.
#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
pub(super) fn asleep() -> std::time::Duration {
    std::time::Duration::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No test puts the machine to sleep, and the two clocks are read one after the other.
    #[test]
    fn a_machine_that_stays_awake_sleeps_no_longer() {
        let before = asleep();
        std::thread::sleep(std::time::Duration::from_millis(200));
        let more = asleep().abs_diff(before);
        assert!(more.as_millis() < 100, "{more:?}");
    }
}
