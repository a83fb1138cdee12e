//! Tauri's part of both processes: built from `tauri.conf.json`, run on our runtime, ended with an exit code.

use std::{cell::RefCell, rc::Rc};

use tauri::{App, AppHandle, Builder, RunEvent, Wry};
use tokio::runtime::Runtime;

use crate::failure::Failure;

/// The exit code when what is shown could not be made.
const FAILED: i32 = 1;

/// What ends the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// The last window's closing.
    WithItsWindow,
    /// Only [`AppHandle::exit`].
    WhenTold,
}

/// The shell as it is configured, with the ui in it; `with` adds what one process has and the other has not.
pub(crate) fn build(
    runtime: &Runtime,
    with: impl FnOnce(Builder<Wry>) -> Builder<Wry>,
) -> Result<App, Failure> {
    tauri::async_runtime::set(runtime.handle().clone());
    Ok(with(Builder::new()).build(tauri::generate_context!())?)
}

/// Runs it to its end, and gives the exit code. `show` makes what is shown, once the desktop is ready for it.
pub(crate) fn run(
    app: App,
    ends: Ends,
    show: impl FnOnce(&AppHandle) -> tauri::Result<()> + 'static,
) -> Result<u8, Failure> {
    let mut show = Some(show);
    // Not from Tauri's own set-up hook: what fails in there is a panic.
    let failed = Rc::new(RefCell::new(None));
    let failure = Rc::clone(&failed);
    let code = app.run_return(move |app, event| match event {
        RunEvent::Ready => {
            if let Some(Err(error)) = show.take().map(|show| show(app)) {
                failure.replace(Some(error));
                app.exit(FAILED);
            }
        }
        RunEvent::ExitRequested { code: None, api, .. } if ends == Ends::WhenTold => api.prevent_exit(),
        _ => {}
    });
    match failed.take() {
        Some(error) => Err(error.into()),
        None => Ok(u8::try_from(code).unwrap_or(u8::MAX)),
    }
}
