-- What a migration that expands may do: tables that are in use get a column with a default and an index.
ALTER TABLE subscribers ADD COLUMN next_release bigint NOT NULL DEFAULT 0;
CREATE INDEX subscribers_next_release ON subscribers (tenant_id, next_release);
