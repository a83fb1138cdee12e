//! `cargo xtask icons`: every icon file from its drawing. A package of its own does it, so that what draws is built
//! only for that.

use crate::shell::{Failure, cargo, check};
use crate::step::step;

/// Makes them all.
pub(crate) fn icons() -> Result<(), Failure> {
    step("Make the icon files", || {
        check(&mut cargo(&["run", "--quiet", "-p", "xtask-icons"]))
    })
}
