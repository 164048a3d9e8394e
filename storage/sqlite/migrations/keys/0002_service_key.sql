-- One row: the key that is the service's own, wrapped by the master key.
CREATE TABLE service_key (
  id                 INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  master_key_version INTEGER NOT NULL,
  sealed             BLOB    NOT NULL
);
