//! Windows keeps the machine awake for as long as a thread that has asked for it lives: so one does, and no longer.

use std::{convert::Infallible, io, sync::mpsc, thread};

use windows_sys::Win32::System::Power::{
    ES_CONTINUOUS, ES_SYSTEM_REQUIRED, GetSystemPowerStatus, SYSTEM_POWER_STATUS, SetThreadExecutionState,
};

/// The machine runs on its battery.
const OFFLINE: u8 = 0;
/// The most that a battery can be said to have; above it nothing is known.
const FULL: u8 = 100;

/// The machine stays awake as long as this is kept: nothing is ever sent, and dropping it ends the thread.
pub(super) struct Hold(#[allow(dead_code, reason = "kept for what its end says")] mpsc::Sender<Infallible>);

pub(super) async fn hold() -> io::Result<Hold> {
    let (keep, kept) = mpsc::channel::<Infallible>();
    thread::Builder::new()
        .name("keep-awake".to_owned())
        .spawn(move || {
            set(ES_CONTINUOUS | ES_SYSTEM_REQUIRED);
            let _ended = kept.recv();
            set(ES_CONTINUOUS);
        })?;
    Ok(Hold(keep))
}

#[allow(unsafe_code, reason = "Rust has no safe way to the power manager")]
fn set(state: u32) {
    // SAFETY: it takes a number and touches no memory of ours.
    unsafe { SetThreadExecutionState(state) };
}

/// Percent that is left, while the machine runs on its battery.
#[allow(unsafe_code, reason = "Rust has no safe way to the power manager")]
pub(super) async fn battery() -> Option<u8> {
    let mut status = SYSTEM_POWER_STATUS::default();
    // SAFETY: it writes to a place that is ours and of the kind that it wants.
    let known = unsafe { GetSystemPowerStatus(&raw mut status) } != 0;
    let percent = status.BatteryLifePercent;
    (known && status.ACLineStatus == OFFLINE && percent <= FULL).then_some(percent)
}
