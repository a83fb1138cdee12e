-- One row per delivery, newest last. Of the ones that never reached the agent it says only that they came.
CREATE TABLE deliveries (
    -- Only the oldest are ever removed, so the next number is always the highest.
    seq            INTEGER PRIMARY KEY,
    workspace      TEXT    NOT NULL,
    -- By which the same delivery is known again; null when it may come as a new one.
    key            BLOB,
    door           TEXT    NOT NULL,
    method         TEXT    NOT NULL,
    message_id     TEXT,
    -- A JSON array of name and value, without credentials.
    headers        TEXT    NOT NULL,
    bytes          INTEGER NOT NULL,
    -- Only where the profile records bodies.
    request        BLOB,
    recorded       INTEGER NOT NULL,
    arrived_ms     INTEGER NOT NULL,
    took_ms        INTEGER,
    -- Null while the agent works on it.
    outcome        TEXT,
    words          TEXT,
    -- The JSON-RPC id under which the agent was asked.
    call_id        TEXT,
    status         INTEGER,
    answer_headers TEXT,
    answer         BLOB,
    answer_bytes   INTEGER NOT NULL DEFAULT 0,
    -- To whom a fetched message's answer is still to be sent, as JSON.
    owed           TEXT
);
CREATE UNIQUE INDEX deliveries_known ON deliveries (workspace, key) WHERE key IS NOT NULL;
CREATE INDEX deliveries_owed ON deliveries (workspace) WHERE owed IS NOT NULL;

-- Up to which row of the platform's log a workspace has fetched its messages.
CREATE TABLE cursors (
    workspace TEXT PRIMARY KEY,
    row_id    TEXT NOT NULL
) WITHOUT ROWID;
