-- Whether the agent said with its last heartbeat that it judges its status itself.
ALTER TABLE workspaces ADD COLUMN manages_status INTEGER NOT NULL DEFAULT 0;
