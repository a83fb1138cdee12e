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

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use tauri::utils::config::{BundleTarget, BundleType, Config};

    /// As Tauri puts a system's own file over the common one: objects into each other, everything else instead.
    fn put_over(base: &mut Value, over: Value) {
        match (base, over) {
            (Value::Object(base), Value::Object(over)) => {
                for (key, value) in over {
                    put_over(base.entry(key).or_insert(Value::Null), value);
                }
            }
            (base, over) => *base = over,
        }
    }

    fn config(own: &str) -> Config {
        let mut config = serde_json::from_str(include_str!("../tauri.conf.json")).unwrap();
        put_over(&mut config, serde_json::from_str(own).unwrap());
        // It refuses a name that it does not know.
        serde_json::from_value(config).unwrap()
    }

    #[test]
    fn the_recipes_for_systems_that_nothing_is_packaged_on_here_are_ones_that_tauri_takes() {
        let mac = config(include_str!("../tauri.macos.conf.json"));
        let targets = BundleTarget::List(vec![BundleType::App, BundleType::Dmg]);
        assert_eq!(mac.bundle.targets, targets);
        let windows = config(include_str!("../tauri.windows.conf.json"));
        assert_eq!(windows.bundle.targets, BundleTarget::List(vec![BundleType::Msi]));
        let links = &windows.plugins.0["deep-link"];
        assert_eq!(links["desktop"]["schemes"], serde_json::json!(["ligand"]));
        assert!(include_str!("../Info.plist").contains("<string>ligand</string>"));
        for icon in mac.bundle.icon.iter().chain(&windows.bundle.icon) {
            let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(icon);
            assert!(file.is_file(), "{icon}");
        }
    }
}
