//! The window's process: one window with the Canvas, a client of the running host like any other, gone when it closes.
//!
//! It decides nothing and keeps nothing; what it shows comes from the host, what is clicked goes to the host.

mod bridge;
mod drawing;
mod links;
mod theme;

use std::path::PathBuf;

use ligand_host::{control::Client, places::Places};
use tauri::{AppHandle, WebviewUrl, WebviewWindow, WebviewWindowBuilder, webview::NewWindowResponse};
use tokio::runtime::Runtime;

use crate::{
    failure::Failure,
    note,
    only::{self, Claim, Seat, Word},
    page::Page,
    shell::{self, Ends},
    window::{bridge::Bridge, theme::Theme},
};

pub(crate) use self::drawing::variable;

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

/// Shows the window until it is closed, or raises the one that is open; with that page, if one is meant.
pub(crate) fn run(runtime: &Runtime, places: &Places, page: Option<&Page>) -> Result<u8, Failure> {
    let wanted = page.map_or(Word::Raise, |page| Word::Show(page.clone()));
    let theme = Theme::ask(runtime);
    let claimed = runtime.block_on(only::claim(places, &wanted));
    let seat = match claimed.map_err(Failure::Window)? {
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
    let data = places.window();
    let page = page.cloned().unwrap_or_default();
    // Before anything is drawn.
    theme.take(runtime);
    shell::run(app, Ends::WithItsWindow, move |app| {
        let window = open(app, &page, data)?;
        tauri::async_runtime::spawn(obey(seat, app.clone(), window));
        Ok(())
    })
}

/// The window with that page. `data` is where the webview keeps its own files.
fn open(app: &AppHandle, page: &Page, data: PathBuf) -> tauri::Result<WebviewWindow> {
    let first = match page {
        Page::Canvas => WebviewUrl::default(),
        page => WebviewUrl::App(format!("index.html{}", page.fragment()).into()),
    };
    WebviewWindowBuilder::new(app, LABEL, first)
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
            Word::Raise => raise(&window),
            Word::Show(page) => {
                show(&window, &page);
                raise(&window);
            }
            Word::Close => app.exit(0),
        }
    }
}

fn raise(window: &WebviewWindow) {
    let raised = window
        .unminimize()
        .and_then(|()| window.show())
        .and_then(|()| window.set_focus());
    if let Err(error) = raised {
        tracing::warn!(%error, "the window did not come to the front");
    }
}

/// Leads the page that is there to another place of the ui. Its words are ours (`page`), and text for the script.
fn show(window: &WebviewWindow, page: &Page) {
    let fragment = serde_json::Value::from(page.fragment());
    if let Err(error) = window.eval(format!("location.hash = {fragment}")) {
        tracing::warn!(%error, "the window did not show what was wanted");
    }
}
