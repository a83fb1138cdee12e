//! Which Ligand this is.

/// The commit that it was built from, shortened; none where there was no repository.
pub const COMMIT: Option<&str> = option_env!("LIGAND_BUILT_FROM");

/// Its version and commit, as `--version` says them.
pub const VERSION: &str = env!("LIGAND_VERSION");
