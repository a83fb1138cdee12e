-- The rest of the platform's interface: secrets, approvals, acknowledged activity, delegations that come once.

-- A secret of the whole org has no workspace.
CREATE TABLE secrets (
    workspace_id TEXT NOT NULL DEFAULT '',
    name         TEXT NOT NULL,
    value        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    task_id      TEXT NOT NULL,
    action       TEXT NOT NULL,
    reason       TEXT NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied')),
    decided_by   TEXT,
    decided_at   INTEGER,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX approvals_by_workspace ON approvals (workspace_id, created_at);

ALTER TABLE workspaces ADD COLUMN last_acked_seq INTEGER NOT NULL DEFAULT 0;

ALTER TABLE activity ADD COLUMN idempotency_key TEXT;
CREATE UNIQUE INDEX activity_by_idempotency ON activity (workspace_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
