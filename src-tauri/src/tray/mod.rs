//! The tray's process: the host, and its face in the tray.
//!
//! Three parts that only send each other values: the host's life (`hosting`), what the tray should say about it
//! (`face`, pure), and the desktop's icon and menu (`view`, on the main thread). `clicks` leads from the menu to the
//! host and to the window, and `ask` shows the host's questions.

mod ask;
mod canvas;
mod clicks;
mod clipboard;
mod face;
mod hosting;
mod leaving;
mod place;
mod view;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ligand_host::{
    control::Client,
    logging::{self, Console},
    places::Places,
};
use ligand_hosting::{EndSignals, Turn, take_turn};
use tauri::{AppHandle, Manager};
use tokio::{
    runtime::Runtime,
    sync::{mpsc, watch},
};

use crate::{
    clock::wall_now,
    failure::Failure,
    note,
    only::{self, Word},
    page::Page,
    shell::{self, Ends},
    tray::{
        clicks::Clicks,
        face::face,
        hosting::{End, Hosting, Phase},
        view::View,
    },
};

/// Clicks wait here; more than a handful at once is no person's doing.
const WISHES: usize = 16;
/// How often a face is looked at again that says how long something takes.
const COUNTS_EVERY: Duration = Duration::from_secs(1);

/// Is the tray, and the host, until told to end; or opens the window of the host that runs already. `page` is what a
/// link wants to have shown.
pub(crate) fn run(
    runtime: &Runtime,
    places: &Places,
    local: bool,
    page: Option<Page>,
) -> Result<u8, Failure> {
    let end = {
        let _in_runtime = runtime.enter();
        EndSignals::listen().map_err(Failure::Runtime)?
    };
    let lock = match runtime.block_on(take_turn(places))? {
        Turn::Ours(lock) => lock,
        Turn::Theirs(client) => return runtime.block_on(attach(places, &client, local, page.as_ref())),
    };
    let _log = logging::start(places, console())?;
    let (phase, changes) = watch::channel(Phase::Starting);
    let (wish, wishes) = mpsc::channel(WISHES);
    let clicks = Clicks {
        wish,
        places: places.clone(),
    };
    let app = shell::build(runtime, |shell| {
        shell.on_menu_event(move |app, event| clicks.click(app, event.id().as_ref()))
    })?;
    let places = places.clone();
    let icons = places.runtime.join("tray");
    // What an earlier process left, which was killed. The lock says that it is nobody's.
    let _none = std::fs::remove_dir_all(&icons);
    shell::run(app, Ends::WhenTold, move |app| {
        #[cfg(target_os = "macos")]
        let _ = app.set_activation_policy(tauri::ActivationPolicy::Accessory);
        let view = View::show(app, face(&Phase::Starting, wall_now()), icons)?;
        app.manage(Mutex::new(view));
        tauri::async_runtime::spawn(show(app.clone(), changes));
        tauri::async_runtime::spawn(window_instead(places.clone()));
        if page.is_some() {
            clicks::open(places.clone(), page);
        }
        let app = app.clone();
        let asks = app.clone();
        let hosting = Hosting {
            places: places.clone(),
            local,
            phase,
            wishes,
            end,
            ask: Box::new(move |question| ask::ask(&asks, question)),
        };
        tauri::async_runtime::spawn(async move {
            let end = hosting.run(lock).await;
            // A window without a host behind it has nothing to show.
            only::tell(&places, &Word::Close).await;
            let code = match end {
                End::Quit(code) => code,
                End::Uninstall => u8::from(!leaving::leave(&app, &places).await),
            };
            app.exit(code.into());
        });
        Ok(())
    })
}

/// A host runs already: this start shows it, with the local org if that was asked for, and that is all.
async fn attach(places: &Places, client: &Client, local: bool, page: Option<&Page>) -> Result<u8, Failure> {
    if local {
        client.bring_local_org().await.map_err(Failure::Local)?;
    }
    let pid = client.status().await.map(|status| status.host.pid);
    let pid = pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
    canvas::open(places, page).await.map_err(Failure::Window)?;
    note(format!("Ligand is already running{pid}; its window opens."));
    Ok(0)
}

/// Nobody reads a desktop program's standard error, except who asked for the log.
fn console() -> Console {
    match std::env::var_os("LIGAND_LOG") {
        Some(_) => Console::Stderr,
        None => Console::Quiet,
    }
}

/// Shows each phase, on the main thread.
async fn show(app: AppHandle, mut changes: watch::Receiver<Phase>) {
    let mut shown = None;
    loop {
        let next = face(&changes.borrow_and_update(), wall_now());
        let counts = next.counts;
        if shown.as_ref() != Some(&next) {
            shown = Some(next.clone());
            let changed = app.clone();
            let sent = app.run_on_main_thread(move || {
                let view = changed.state::<Mutex<View>>();
                let mut view = view.lock().unwrap_or_else(PoisonError::into_inner);
                if let Err(error) = view.change(&changed, next) {
                    tracing::warn!(%error, "the tray did not change");
                }
            });
            if let Err(error) = sent {
                tracing::warn!(%error, "the tray did not change");
            }
        }
        let change = changes.changed();
        let changed = match counts {
            true => tokio::time::timeout(COUNTS_EVERY, change).await.unwrap_or(Ok(())),
            false => change.await,
        };
        if changed.is_err() {
            return;
        }
    }
}

/// Where the desktop shows no tray, the window is the face; the icon comes by itself when a tray does. It is said once.
async fn window_instead(places: Places) {
    place::is_missing().await;
    note(
        "This desktop shows no tray icons, so the window opens instead. When it is closed Ligand goes on: \
         `ligand-desktop` opens it again, `ligand down` ends Ligand.",
    );
    tracing::warn!("this desktop has no tray: the window opens instead");
    clicks::open(places, None);
}
