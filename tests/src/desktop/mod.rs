//! A desktop of a test's own, and Ligand's faces on it: the tray that the test plays, the window and the browser
//! through WebDriver.

mod desk;
mod notifications;
mod page;
mod panel;
mod signals;
mod tree;

pub use desk::{Desk, ENDS_WITHIN, arguments_of, browser, kill, window_is, window_of};
pub use notifications::{Notifications, Notified};
pub use page::{PAINTED_WITHIN, Page};
pub use panel::{FOLLOWS_WITHIN, Icon, Line, Panel};
pub use signals::Signals;
pub use tree::Part;
