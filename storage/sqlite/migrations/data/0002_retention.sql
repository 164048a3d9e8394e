-- What subscribers chose for themselves, address books they had retained, and the log of who did what.

ALTER TABLE subscribers ADD COLUMN own_discoverable INTEGER;  -- NULL: not chosen
ALTER TABLE subscribers ADD COLUMN announced INTEGER NOT NULL DEFAULT 1;

ALTER TABLE tenants ADD COLUMN books_version INTEGER NOT NULL DEFAULT 0;  -- grows when books are erased

CREATE TABLE address_books (
  tenant_id              TEXT    NOT NULL,
  account_tag            BLOB    NOT NULL,
  device_tag             BLOB    NOT NULL,
  sealed_device          BLOB    NOT NULL,
  book_id                INTEGER NOT NULL,  -- random, new with every replacement
  version                INTEGER NOT NULL,
  epoch                  INTEGER NOT NULL,
  retained_count         INTEGER NOT NULL,
  recent_syncs           BLOB    NOT NULL,  -- tags, the newest first
  content_tag            BLOB    NOT NULL,
  privacy_policy_version TEXT    NOT NULL,
  agree_time             INTEGER NOT NULL,
  sync_time              INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, account_tag, device_tag),
  UNIQUE (tenant_id, book_id),
  FOREIGN KEY (tenant_id, account_tag) REFERENCES subscribers
) WITHOUT ROWID;

CREATE INDEX address_books_by_sync_time ON address_books (tenant_id, sync_time);

-- The contacts of a book. Of no meaning unless address_books has the book: a book is erased at once, its
-- contacts in batches.
CREATE TABLE retained_contacts (
  tenant_id   TEXT    NOT NULL REFERENCES tenants,
  book_id     INTEGER NOT NULL,
  contact_tag BLOB    NOT NULL,
  PRIMARY KEY (tenant_id, book_id, contact_tag)
) WITHOUT ROWID;

CREATE INDEX retained_contacts_by_tag ON retained_contacts (tenant_id, contact_tag);

-- Books that were erased and may have contacts left.
CREATE TABLE discarded_books (
  tenant_id TEXT    NOT NULL REFERENCES tenants,
  book_id   INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, book_id)
) WITHOUT ROWID;

-- The audit log refers to no table, because it outlives its tenant.
CREATE TABLE audit_entries (
  tenant_id TEXT    NOT NULL,
  sequence  INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  actor     TEXT    NOT NULL,
  action    TEXT    NOT NULL,
  counts    TEXT    NOT NULL,  -- JSON
  hash      BLOB    NOT NULL,
  PRIMARY KEY (tenant_id, sequence)
) WITHOUT ROWID;

-- The latest entry of each tenant's log, so that its end cannot be cut off unnoticed.
CREATE TABLE audit_heads (
  tenant_id TEXT    NOT NULL PRIMARY KEY,
  sequence  INTEGER NOT NULL,
  hash      BLOB    NOT NULL
) WITHOUT ROWID;

CREATE TABLE leases (
  name        TEXT    NOT NULL PRIMARY KEY,
  holder      TEXT    NOT NULL,
  expire_time INTEGER NOT NULL
) WITHOUT ROWID;
