//! `window`: what the Canvas costs in Ligand's own window, on a desktop without a graphics card: a real host, the real
//! page in WebKit, an org of 1,000 of which one in a hundred changes per second, and a hand that pans and zooms.
//!
//! WebKit tells no trace of its frames. So the page notes when each frame begins (its first animation callback) and when
//! it is made (a message to itself that can only come after style, layout and painting), and meanwhile the processor
//! time of the page's main thread is read from the system all the time. The work of a frame is what the thread has used
//! from its beginning to the next one's, whatever for: the same as what is taken from Chromium's trace. The system brings
//! the time of a thread that runs up to date with each tick (1 to 4 ms) and exactly when it sleeps, as it does before most
//! frames; WebKit's clock tells whole milliseconds. Beside it stands how long frames took on the clock on the wall, which
//! whatever else runs on this machine makes longer.

mod sampled;

use std::time::Duration;

use ligand_e2e::desktop::{Desk, Page};
use ligand_e2e::{Scratch, now, proc, until};
use serde_json::Value;

use crate::feed::{host_of, platform::Platform};
use crate::figures::{Figures, percentile};

use self::sampled::Sampled;

/// As many as the figure is about.
const WORKSPACES: usize = 1_000;
/// One in a hundred per second.
const CHANGES: f64 = 10.0;
/// Far more than the window takes to show them.
const PATIENCE: Duration = Duration::from_secs(30);
/// A page that has just been opened still tidies up.
const SETTLE: Duration = Duration::from_secs(3);
/// How often the hand moves, in seconds: a little more often than frames come.
const STEP: &str = "0.015";
/// How often it does the same: on a busy machine few frames are made in one round.
const ROUNDS: usize = 2;
/// Where the hand is: in the middle of the map, where no button lies.
const MIDDLE: (i32, i32) = (380, 380);

/// The wheel's buttons, and the one that pans whatever lies below it.
const NEARER: &str = "4";
const FURTHER: &str = "5";
const PAN: &str = "2";

/// Begins to note when each frame begins, in milliseconds since 1970, and for how long it is made; and in how many of
/// them the view has moved.
const WATCH: &str = "
    const frames = window.frames = [];
    const made = new MessageChannel();
    made.port1.onmessage = ({ data: began }) => {
      frames.push([performance.timeOrigin + began, performance.now() - began]);
    };
    const layer = document.querySelector('.stage-elements');
    let view = layer.style.transform;
    window.moved = 0;
    const frame = () => {
      window.moved += Number(layer.style.transform !== view);
      view = layer.style.transform;
      made.port2.postMessage(performance.now());
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);";

/// Opens the window, looks around in it, and adds what that costs.
pub(crate) async fn measure(figures: &mut Figures) {
    let scratch = Scratch::with_usual_log();
    let platform = Platform::start(WORKSPACES).await;
    let desk = Desk::new(&scratch).await;
    let _host = host_of(&scratch, &platform).await;
    let page = Page::window(&scratch, &desk, &[]).await;
    let there = format!(
        "return [...document.querySelectorAll('.counts-state strong')]\
         .reduce((sum, {{ textContent }}) => sum + Number(textContent), 0) === {WORKSPACES}"
    );
    page.until("the whole org is there", PATIENCE, &there).await;
    let pid = until("the page has a process", PATIENCE, async || {
        let family = proc::family(page.driver());
        family
            .into_iter()
            .find(|pid| proc::command(*pid).contains("WebKitWebProcess"))
    })
    .await;
    tokio::time::sleep(SETTLE).await;

    platform.make_changes(CHANGES);
    page.run(WATCH).await;
    let began = now();
    let thread = Sampled::begin(pid);
    look_around(&desk, &scratch).await;
    let (seconds, thread) = (began.elapsed().as_secs_f64(), thread.end());
    let noted = page.run("return window.frames").await;
    let moved = page.run("return window.moved").await.as_f64().unwrap_or(0.0);
    page.close_window(&scratch).await;

    let (begins, made): (Vec<f64>, Vec<f64>) =
        noted.as_array().into_iter().flatten().filter_map(frame).unzip();
    assert!(begins.len() > 100, "only {} frames were made", begins.len());
    let part = moved / begins.len() as f64;
    assert!(
        part > 0.5,
        "the view moved in a part of {part:.2} of the frames alone"
    );
    // Before and after the hand's moves nothing was read.
    let work: Vec<f64> = begins
        .windows(2)
        .filter(|pair| thread.knows(pair[0], pair[1]))
        .map(|pair| thread.used_ms(pair[0], pair[1]))
        .collect();
    figures.add(
        "webkit_n1000_p95_ms",
        percentile(&work, 95),
        "main-thread work per frame in the real window, 1,000 workspaces, p95, milliseconds",
    );
    figures.add(
        "webkit_n1000_wall_p95_ms",
        percentile(&made, 95),
        "a frame's beginning until it is made, on the wall, p95, milliseconds",
    );
    figures.add(
        "webkit_n1000_fps",
        begins.len() as f64 / seconds,
        "frames per second meanwhile",
    );
}

/// When a frame began, in milliseconds since 1970, and for how long it was made.
fn frame(noted: &Value) -> Option<(f64, f64)> {
    Some((noted.get(0)?.as_f64()?, noted.get(1)?.as_f64()?))
}

/// Looks around as a person does: across, in, across, further in, across, out, across.
async fn look_around(desk: &Desk, scratch: &Scratch) {
    let (x, y) = MIDDLE;
    let mut hand = Hand::default();
    hand.to(x, y);
    for _ in 0..ROUNDS {
        hand.pan((4, -3), 60);
        hand.wheel(NEARER, 16);
        hand.pan((-5, -2), 60);
        hand.wheel(NEARER, 8);
        hand.pan((-5, -4), 60);
        hand.wheel(FURTHER, 26);
        hand.pan((3, -2), 60);
    }
    desk.hand(scratch, &hand.moves).await;
}

/// What the hand does, as words of xdotool's.
#[derive(Default)]
struct Hand {
    moves: Vec<String>,
}

impl Hand {
    fn say(&mut self, words: &[&str]) {
        self.moves.extend(words.iter().map(|word| (*word).to_owned()));
        self.moves.extend(["sleep".to_owned(), STEP.to_owned()]);
    }

    fn to(&mut self, x: i32, y: i32) {
        self.say(&["mousemove", &x.to_string(), &y.to_string()]);
    }

    /// Pans from the middle on, so far with each step.
    fn pan(&mut self, (dx, dy): (i32, i32), steps: i32) {
        let (x, y) = MIDDLE;
        self.say(&["mousedown", PAN]);
        for at in 1..=steps {
            self.to(x + dx * at, y + dy * at);
        }
        self.say(&["mouseup", PAN]);
        self.to(x, y);
    }

    fn wheel(&mut self, button: &str, steps: i32) {
        for _ in 0..steps {
            // Its `click` waits between the two.
            self.say(&["mousedown", button, "mouseup", button]);
        }
    }
}
