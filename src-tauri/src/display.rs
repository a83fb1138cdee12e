//! Whether there is anything to show a tray or a window on. Asked first: the libraries below Tauri panic where there
//! is not.

use crate::failure::Failure;

/// Opens the display.
#[cfg(all(unix, not(target_os = "macos")))]
pub(crate) fn open() -> Result<(), Failure> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
        return Err(Failure::NoDisplay(
            " (neither DISPLAY nor WAYLAND_DISPLAY is set)",
        ));
    }
    // What panels and window lists call us.
    gtk::glib::set_application_name("Ligand");
    gtk::init()
        .map_err(|_| Failure::NoDisplay(" (the one that DISPLAY or WAYLAND_DISPLAY names does not answer)"))
}

/// Here every login has one.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(crate) fn open() -> Result<(), Failure> {
    Ok(())
}
