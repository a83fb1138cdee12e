//! `desktop`: how long a person waits for the tray and for the Canvas, on a desktop without a graphics card; and what
//! the tray costs when nobody looks any more.

use std::ops::Range;
use std::time::Duration;

use ligand_e2e::desktop::{Desk, Icon, Notifications, Panel, window_of};
use ligand_e2e::{Era, Host, Stage, now, until};

use crate::figures::{Figures, median};
use crate::screen::Screen;
use ligand_e2e::proc;

/// The colour of the flag on our own node, `--accent-strong` of the light theme, which stands nowhere else on the
/// Canvas.
const FLAG: u32 = 0x1d_4ed8;
/// So many pixels of it are the flag and not the edge of something.
const FLAG_PIXELS: usize = 200;
/// The Canvas in the window's first size, left of the panel and below the bar. Without a window manager the window is
/// at the screen's corner.
const COLUMNS: Range<usize> = 0..770;
const ROWS: Range<usize> = 60..700;
/// Far more than anything takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// A process that has just painted still tidies up.
const SETTLE: Duration = Duration::from_secs(5);
/// For so long a tray is left alone, and then for so long it is counted how often it wakes.
const AT_REST: Duration = Duration::from_secs(30);
const COUNTED: Duration = Duration::from_secs(60);

/// Ligand's tray process on a desktop, and what that desktop shows.
struct Seat<'a> {
    host: Host<'a>,
    screen: Screen,
}

/// Starts the tray process `rounds` times, and opens the Canvas twice each time.
pub(crate) async fn measure(rounds: usize) -> Figures {
    let (mut tray, mut paint, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..rounds {
        eprintln!("    round {} of {rounds}", number + 1);
        let stage = Stage::set(Era::L).await;
        let desk = Desk::new(&stage.scratch).await;
        let panel = Panel::start(&desk.bus).await;
        let (seat, tray_ms) = Seat::take(&stage, &desk, &panel).await;
        tray.push(tray_ms);
        let icon = panel.icon().await;
        paint.push(seat.open_canvas(&icon).await);
        seat.end_window().await;
        again.push(seat.open_canvas(&icon).await);
    }
    let mut figures = Figures::new("desktop");
    figures.add(
        "tray_ms",
        median(&tray),
        "start of the tray process to its icon in the tray, milliseconds",
    );
    figures.add(
        "first_paint_ms",
        median(&paint),
        "click on Open Canvas to our node's pixels on the screen, milliseconds",
    );
    figures.add(
        "reopen_ms",
        median(&again),
        "the same, after a window was open and has ended, milliseconds",
    );
    figures.note("Xvfb without a graphics card; the host is online before the click.");
    memory(&mut figures).await;
    figures
}

/// What tray and window hold, and how often a tray at rest wakes.
pub(crate) async fn memory(figures: &mut Figures) {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let _desktop = Notifications::start(&desk.bus).await;
    let (seat, _) = Seat::take(&stage, &desk, &panel).await;
    seat.open_canvas(&panel.icon().await).await;
    tokio::time::sleep(SETTLE).await;
    let window = seat.window();
    let window_mb = proc::family(window).into_iter().map(proc::pss_mb).sum();
    seat.end_window().await;
    tokio::time::sleep(SETTLE).await;
    let tray = seat.host.process.pid();
    figures.add(
        "desktop_pss_mb",
        proc::pss_mb(tray),
        "memory of the tray process, after a window was opened and ended, megabytes (PSS)",
    );
    figures.add(
        "window_pss_mb",
        window_mb,
        "memory of the window process and the webview's, Canvas painted, megabytes (PSS)",
    );
    tokio::time::sleep(AT_REST).await;
    let (began, woken) = (now(), proc::sleeps(tray));
    tokio::time::sleep(COUNTED).await;
    figures.add(
        "desktop_wakeups_per_min",
        (proc::sleeps(tray) - woken) / began.elapsed().as_secs_f64() * 60.0,
        "how often the threads of a tray process at rest are woken per minute",
    );
}

impl<'a> Seat<'a> {
    /// Starts the tray process and waits until it is online; gives also the milliseconds until its icon was there.
    async fn take(stage: &'a Stage, desk: &Desk, panel: &Panel) -> (Self, f64) {
        let variables = Host::file_vault();
        Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &variables).await;
        let began = now();
        let shell = desk.shell(&stage.scratch, &[]);
        let there = until("an icon registers", PATIENCE, async || panel.registered()).await;
        let host = Host::held_by(shell, &stage.scratch, variables);
        host.online().await;
        let seat = Self {
            host,
            screen: Screen::of(desk),
        };
        (seat, milliseconds(there.duration_since(began)))
    }

    /// Clicks on Open Canvas and waits for its pixels: the milliseconds between.
    async fn open_canvas(&self, icon: &Icon<'_>) -> f64 {
        let clicked = now();
        icon.click("Open Canvas").await;
        until("the Canvas is painted", PATIENCE, async || {
            (self.screen.count(&COLUMNS, &ROWS, FLAG) >= FLAG_PIXELS).then_some(())
        })
        .await;
        milliseconds(clicked.elapsed())
    }

    /// Ends the window, and waits until nothing of it is on the screen.
    async fn end_window(&self) {
        ligand_e2e::desktop::kill(window_of(&self.host.process).unwrap());
        until("the window has gone", PATIENCE, async || {
            let is_seen = self.screen.count(&COLUMNS, &ROWS, FLAG) > 0;
            (window_of(&self.host.process).is_none() && !is_seen).then_some(())
        })
        .await;
    }

    fn window(&self) -> u32 {
        let window = window_of(&self.host.process).unwrap();
        u32::try_from(window.as_raw_nonzero().get()).unwrap()
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
