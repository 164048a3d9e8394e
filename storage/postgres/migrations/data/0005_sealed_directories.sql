-- The sealed directories of the private mode (storage/sealed_directory_store.h): what clients download. All of it is new,
-- so that the version before goes on serving.

-- The foreign key keeps a version that does not know this table from finishing the purge of a tenant that has rows here.
CREATE TABLE sealed_directories (
  tenant_id      text COLLATE "C" NOT NULL REFERENCES tenants,
  epoch          bigint  NOT NULL,
  revision       bigint  NOT NULL,
  label_size     bigint  NOT NULL,
  changes_floor  bigint  NOT NULL,  -- changes since an older revision are not known
  complete       boolean NOT NULL,
  sealed_up_to   bytea,
  done_count     bigint  NOT NULL,
  total_count    bigint  NOT NULL,
  entry_count    bigint  NOT NULL,
  padding_count  bigint  NOT NULL,
  rotate_overlap bigint,            -- microseconds; NULL: no rotation waits
  rotate_actor   text,
  dropped        boolean NOT NULL,  -- of no meaning any more; goes when its entries are gone
  PRIMARY KEY (tenant_id, epoch)
);

-- In the order of their subscribers, as they are sealed. Padding has an owner_tag of zeros.
CREATE TABLE sealed_entries (
  tenant_id text COLLATE "C" NOT NULL,
  epoch     bigint NOT NULL,
  owner_tag bytea  NOT NULL,
  locator   bytea  NOT NULL,
  revision  bigint NOT NULL,  -- when it came or went
  entry     bytea,            -- NULL: it went
  PRIMARY KEY (tenant_id, epoch, owner_tag, locator)
) PARTITION BY HASH (tenant_id);
-- Partial, so that the planner takes neither of the two for anything but what it is for: without statistics it thinks
-- them as good as the primary key, and a lookup by owner would go through the whole directory.
CREATE INDEX sealed_entries_by_revision ON sealed_entries (tenant_id, epoch, revision) WHERE revision > 0;
CREATE INDEX sealed_entries_gone ON sealed_entries (tenant_id, epoch, revision, owner_tag, locator)
  WHERE entry IS NULL;

DO $$
BEGIN
  FOR i IN 0..15 LOOP
    EXECUTE format('CREATE TABLE sealed_entries_%s PARTITION OF sealed_entries '
                   'FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i);
  END LOOP;
END
$$;

ALTER TABLE sealed_directories ENABLE ROW LEVEL SECURITY;
ALTER TABLE sealed_directories FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sealed_directories
  USING (tenant_id = current_setting('smart_contacts.tenant', true));

ALTER TABLE sealed_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE sealed_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sealed_entries
  USING (tenant_id = current_setting('smart_contacts.tenant', true));
