-- One row: the service's own key, of no tenant, wrapped by the master key.
CREATE TABLE service_key (
  id                 smallint NOT NULL PRIMARY KEY CHECK (id = 1),
  master_key_version bigint NOT NULL,
  sealed             bytea  NOT NULL
);
