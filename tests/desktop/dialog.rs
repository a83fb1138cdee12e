//! The dialogs in which the tray asks what the window may not decide, and says what no window can.

/// The title of one that asks.
pub(crate) const DIALOG: &str = "Ligand asks";
/// The keys of somebody in a hurry, which mean no.
pub(crate) const NO: &[&str] = &["Return"];
/// The keys of somebody who means it.
pub(crate) const YES: &[&str] = &["Tab", "Return"];
/// The title of one that says something.
pub(crate) const SAYS: &str = "Ligand says";
