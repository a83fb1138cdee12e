//! What is kept beside the picture, and what is told of it.

mod arrangement;
mod calls;
mod delta;
mod detail;
mod history;
mod snapshot;
mod thread;
