-- Times are microseconds since the Unix epoch, identifiers are UUIDs in text, bodies are JSON in text.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workspaces (
    id                   TEXT PRIMARY KEY,
    name                 TEXT NOT NULL,
    role                 TEXT,
    tier                 INTEGER NOT NULL,
    status               TEXT NOT NULL,
    runtime              TEXT NOT NULL,
    agent_card           TEXT,
    url                  TEXT NOT NULL DEFAULT '',
    delivery_mode        TEXT,
    parent_id            TEXT,
    workspace_dir        TEXT,
    max_concurrent_tasks INTEGER NOT NULL DEFAULT 1,
    budget_limit         INTEGER,
    monthly_spend        INTEGER NOT NULL DEFAULT 0,
    active_tasks         INTEGER NOT NULL DEFAULT 0,
    error_rate           REAL NOT NULL DEFAULT 0,
    sample_error         TEXT NOT NULL DEFAULT '',
    uptime_seconds       INTEGER NOT NULL DEFAULT 0,
    current_task         TEXT NOT NULL DEFAULT '',
    -- What the last heartbeat declared; absent means the platform's own.
    idle_timeout_s       INTEGER,
    owns_sessions        INTEGER NOT NULL DEFAULT 0,
    inbound_secret       TEXT,
    x                    REAL NOT NULL DEFAULT 0,
    y                    REAL NOT NULL DEFAULT 0,
    collapsed            INTEGER NOT NULL DEFAULT 0,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    last_heartbeat_at    INTEGER,
    last_outbound_at     INTEGER,
    register_failed_at   INTEGER,
    removed_at           INTEGER
) STRICT;
CREATE INDEX workspaces_by_parent ON workspaces (parent_id);

CREATE TABLE tokens (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    -- 'instance': what an agent holds.
    kind         TEXT NOT NULL DEFAULT 'instance',
    digest       BLOB NOT NULL UNIQUE,
    prefix       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;
CREATE INDEX live_tokens ON tokens (workspace_id) WHERE revoked_at IS NULL;

CREATE TABLE org_tokens (
    id           TEXT PRIMARY KEY,
    name         TEXT,
    created_by   TEXT NOT NULL,
    digest       BLOB NOT NULL UNIQUE,
    prefix       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;

CREATE TABLE events (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL,
    kind         TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    payload      TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX events_by_time ON events (at);

CREATE TABLE activity (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    activity_type TEXT NOT NULL,
    source_id     TEXT,
    target_id     TEXT,
    method        TEXT,
    summary       TEXT,
    request_body  TEXT,
    response_body TEXT,
    tool_trace    TEXT,
    duration_ms   INTEGER,
    status        TEXT NOT NULL,
    error_detail  TEXT,
    message_id    TEXT,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX activity_by_workspace ON activity (workspace_id, seq);
CREATE INDEX activity_by_time ON activity (created_at);
CREATE UNIQUE INDEX activity_by_message ON activity (workspace_id, message_id) WHERE message_id IS NOT NULL;

-- Messages that wait for their agent.
CREATE TABLE messages (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    caller_id     TEXT,
    from_canvas   INTEGER NOT NULL,
    priority      INTEGER NOT NULL,
    method        TEXT NOT NULL,
    body          BLOB NOT NULL,
    message_id    TEXT,
    state         TEXT NOT NULL CHECK (state IN ('queued', 'dispatched', 'completed', 'failed', 'dropped')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT,
    response_body BLOB,
    enqueued_at   INTEGER NOT NULL,
    dispatched_at INTEGER,
    completed_at  INTEGER,
    expires_at    INTEGER,
    not_before    INTEGER
) STRICT;
CREATE INDEX waiting_messages ON messages (workspace_id, priority DESC, seq) WHERE state = 'queued';
CREATE UNIQUE INDEX one_waiting_per_message ON messages (workspace_id, message_id)
    WHERE message_id IS NOT NULL AND state IN ('queued', 'dispatched');
