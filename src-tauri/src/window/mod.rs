//! The window's process: one window with the Canvas, a client of the running host like any other, gone when it closes.
//!
//! It decides nothing and keeps nothing; what it shows comes from the host, what is clicked goes to the host.

mod bridge;
mod drawing;
mod links;

use std::path::PathBuf;

use ligand_host::{control::Client, places::Places};
use tauri::{AppHandle, WebviewUrl, WebviewWindow, WebviewWindowBuilder, webview::NewWindowResponse};
use tokio::runtime::Runtime;

use crate::{
    failure::Failure,
    note,
    only::{self, Claim, Seat, Word},
    shell::{self, Ends},
    window::bridge::Bridge,
};

/// The window's label, which the capabilities name.
const LABEL: &str = "canvas";
/// Its first size in logical pixels: a Canvas of a dozen workspaces beside its panel, on the smallest laptop screen in
/// use (1280 × 800, less the desktop's bars).
const SIZE: (f64, f64) = (1120.0, 720.0);
/// Below this the status bar's words no longer fit.
const SMALLEST: (f64, f64) = (480.0, 360.0);

/// What must be settled before the process has threads.
pub(crate) fn prepare() {
    drawing::choose();
}

/// Shows the window until it is closed, or raises the one that is open.
pub(crate) fn run(runtime: &Runtime, places: &Places) -> Result<u8, Failure> {
    let seat = match runtime.block_on(only::claim(places)).map_err(Failure::Window)? {
        Claim::Ours(seat) => seat,
        Claim::Theirs => {
            note("The window is open already, and comes to the front.");
            return Ok(0);
        }
    };
    let bridge = Bridge::new(Client::new(places));
    let app = shell::build(runtime, |shell| {
        shell
            .manage(bridge)
            .invoke_handler(tauri::generate_handler![bridge::request, bridge::subscribe])
    })?;
    let data = places.state.join("window");
    shell::run(app, Ends::WithItsWindow, move |app| {
        let window = open(app, data)?;
        tauri::async_runtime::spawn(obey(seat, app.clone(), window));
        Ok(())
    })
}

/// The window. `data` is where the webview keeps its own files.
fn open(app: &AppHandle, data: PathBuf) -> tauri::Result<WebviewWindow> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Ligand")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(SMALLEST.0, SMALLEST.1)
        .data_directory(data)
        .on_navigation(|url| {
            let stays = links::is_ours(url);
            if !stays {
                links::open(url);
            }
            stays
        })
        .on_new_window(|url, _features| {
            links::open(&url);
            NewWindowResponse::Deny
        })
        .build()
}

/// Does what other processes of ours tell the window, until it closes.
async fn obey(mut seat: Seat, app: AppHandle, window: WebviewWindow) {
    loop {
        match seat.next().await {
            Word::Raise => {
                let raised = window
                    .unminimize()
                    .and_then(|()| window.show())
                    .and_then(|()| window.set_focus());
                if let Err(error) = raised {
                    tracing::warn!(%error, "the window did not come to the front");
                }
            }
            Word::Close => app.exit(0),
        }
    }
}
