//! Single values that the whole org has one of, each under a name.

use rusqlite::OptionalExtension;

use super::Tx;

impl Tx<'_> {
    /// What was kept under a name that has a meaning for one route alone.
    pub(crate) fn meta(&self, key: &str) -> rusqlite::Result<Option<String>> {
        self.prepare_cached("SELECT value FROM meta WHERE key = ?1")?
            .query_row([key], |row| row.get(0))
            .optional()
    }

    /// Keeps something under such a name.
    pub(crate) fn set_meta(&self, key: &str, value: &str) -> rusqlite::Result<()> {
        self.prepare_cached(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?
        .execute((key, value))?;
        Ok(())
    }
}
