-- How many events the agent streamed, where it streamed its answer.
ALTER TABLE deliveries ADD COLUMN events INTEGER;
