//! The tray's process: the host, and its face in the tray.
//!
//! Three parts that only send each other values: the host's life (`hosting`), what the tray should say about it
//! (`face`, pure), and the desktop's icon and menu (`view`, on the main thread).

mod canvas;
mod face;
mod hosting;
mod place;
mod view;

use std::sync::{Mutex, PoisonError};

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
    failure::Failure,
    note,
    only::{self, Word},
    shell::{self, Ends},
    tray::{
        face::{Action, face},
        hosting::{Hosting, Phase, Wish},
        view::View,
    },
};

/// Clicks wait here; more than a handful at once is no person's doing.
const WISHES: usize = 16;

/// Is the tray, and the host, until told to end; or opens the window of the host that runs already.
pub(crate) fn run(runtime: &Runtime, places: &Places, local: bool) -> Result<u8, Failure> {
    let end = {
        let _in_runtime = runtime.enter();
        EndSignals::listen().map_err(Failure::Runtime)?
    };
    let lock = match runtime.block_on(take_turn(places))? {
        Turn::Ours(lock) => lock,
        Turn::Theirs(client) => return runtime.block_on(attach(places, &client)),
    };
    let _log = logging::start(places, console())?;
    let (phase, changes) = watch::channel(Phase::Starting);
    let (wish, wishes) = mpsc::channel(WISHES);
    let hosting = Hosting {
        places: places.clone(),
        local,
        phase,
        wishes,
        end,
    };
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
        let view = View::show(app, face(&Phase::Starting), icons)?;
        app.manage(Mutex::new(view));
        tauri::async_runtime::spawn(show(app.clone(), changes));
        tauri::async_runtime::spawn(window_instead(places.clone()));
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            let code = hosting.run(lock).await;
            // A window without a host behind it has nothing to show.
            only::tell(&places, Word::Close).await;
            app.exit(code.into());
        });
        Ok(())
    })
}

/// A host runs already: this start shows it, and that is all.
async fn attach(places: &Places, client: &Client) -> Result<u8, Failure> {
    let pid = client.status().await.map(|status| status.host.pid);
    let pid = pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
    canvas::open(places).await.map_err(Failure::Window)?;
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
        let next = face(&changes.borrow_and_update());
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
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// Where the desktop shows no tray, the window is the face; the icon comes by itself when a tray does.
async fn window_instead(places: Places) {
    if place::is_there().await {
        return;
    }
    note(
        "This desktop shows no tray icons, so the window opens instead. When it is closed Ligand goes on: \
         `ligand-desktop` opens it again, `ligand down` ends Ligand.",
    );
    tracing::warn!("this desktop has no tray: the window opens instead");
    open_canvas(&places).await;
}

async fn open_canvas(places: &Places) {
    if let Err(error) = canvas::open(places).await {
        tracing::error!(%error, "the window did not open");
    }
}

/// What clicks in the menu lead to.
struct Clicks {
    wish: mpsc::Sender<Wish>,
    places: Places,
}

impl Clicks {
    fn click(&self, app: &AppHandle, line: &str) {
        let view = app.state::<Mutex<View>>();
        let action = view.lock().unwrap_or_else(PoisonError::into_inner).action(line);
        let wish = match action {
            None => return,
            Some(Action::OpenCanvas) => {
                let places = self.places.clone();
                tauri::async_runtime::spawn(async move { open_canvas(&places).await });
                return;
            }
            Some(Action::Start(name)) => name.parse().map(Wish::Start),
            Some(Action::Stop(name)) => name.parse().map(Wish::Stop),
            Some(Action::TryAgain) => Ok(Wish::TryAgain),
            Some(Action::Quit) => Ok(Wish::Quit),
        };
        match wish.map(|wish| self.wish.try_send(wish)) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a click was lost"),
            Err(error) => tracing::error!(%error, "a profile with a name that is none"),
        }
    }
}
