-- A tenant's data key, wrapped by the master key.
CREATE TABLE wrapped_keys (
  tenant_id          text COLLATE "C" NOT NULL PRIMARY KEY,
  master_key_version bigint NOT NULL,
  sealed             bytea  NOT NULL,
  create_time        bigint NOT NULL  -- microseconds since 1970
);

-- One row: a known value wrapped by the master key, by which a wrong one is found.
CREATE TABLE master_key_check (
  id                 smallint NOT NULL PRIMARY KEY CHECK (id = 1),
  master_key_version bigint NOT NULL,
  sealed             bytea  NOT NULL
);

ALTER TABLE wrapped_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE wrapped_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON wrapped_keys
  USING (tenant_id = current_setting('smart_contacts.tenant', true));
