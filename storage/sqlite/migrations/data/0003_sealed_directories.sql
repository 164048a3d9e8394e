-- The sealed directories of the private mode (storage/sealed_directory_store.h): what clients download.

CREATE TABLE sealed_directories (
  tenant_id      TEXT    NOT NULL REFERENCES tenants,
  epoch          INTEGER NOT NULL,
  revision       INTEGER NOT NULL,
  label_size     INTEGER NOT NULL,
  changes_floor  INTEGER NOT NULL,  -- changes since an older revision are not known
  complete       INTEGER NOT NULL,
  sealed_up_to   BLOB,
  done_count     INTEGER NOT NULL,
  total_count    INTEGER NOT NULL,
  entry_count    INTEGER NOT NULL,
  padding_count  INTEGER NOT NULL,
  rotate_overlap INTEGER,           -- microseconds; NULL: no rotation waits
  rotate_actor   TEXT,
  dropped        INTEGER NOT NULL,  -- of no meaning any more; goes when its entries are gone
  PRIMARY KEY (tenant_id, epoch)
) WITHOUT ROWID;

-- In the order of their subscribers, as they are sealed. Padding has an owner_tag of zeros.
CREATE TABLE sealed_entries (
  tenant_id TEXT    NOT NULL,
  epoch     INTEGER NOT NULL,
  owner_tag BLOB    NOT NULL,
  locator   BLOB    NOT NULL,
  revision  INTEGER NOT NULL,  -- when it came or went
  entry     BLOB,              -- NULL: it went
  PRIMARY KEY (tenant_id, epoch, owner_tag, locator),
  FOREIGN KEY (tenant_id, epoch) REFERENCES sealed_directories
) WITHOUT ROWID;

CREATE INDEX sealed_entries_by_revision ON sealed_entries (tenant_id, epoch, revision);
CREATE INDEX sealed_entries_gone ON sealed_entries (tenant_id, epoch, revision, owner_tag, locator)
  WHERE entry IS NULL;
