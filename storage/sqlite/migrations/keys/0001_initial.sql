-- A tenant's data key, wrapped by the master key.
CREATE TABLE wrapped_keys (
  tenant_id          TEXT    NOT NULL PRIMARY KEY,
  master_key_version INTEGER NOT NULL,
  sealed             BLOB    NOT NULL,
  create_time        INTEGER NOT NULL  -- microseconds since 1970
) WITHOUT ROWID;

-- One row: a known value wrapped by the master key, by which a wrong one is found.
CREATE TABLE master_key_check (
  id                 INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  master_key_version INTEGER NOT NULL,
  sealed             BLOB    NOT NULL
);
