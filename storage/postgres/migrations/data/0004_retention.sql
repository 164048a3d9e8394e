-- Retained address books, subscribers' own choices, the audit log, and leases. All of it has defaults or is new, so that
-- the version before goes on serving.

ALTER TABLE subscribers
  ADD COLUMN own_discoverable boolean,  -- what the subscriber chose; until then as `discoverable` says
  ADD COLUMN announced        boolean NOT NULL DEFAULT true;

ALTER TABLE tenants
  ADD COLUMN books_version bigint NOT NULL DEFAULT 0;  -- grows when retained address books are erased

-- One for each account and device that retains contacts, with the consent to that.
CREATE TABLE address_books (
  tenant_id              text COLLATE "C" NOT NULL,
  account_tag            bytea  NOT NULL,
  device_tag             bytea  NOT NULL,
  sealed_device          bytea  NOT NULL,
  book_id                bigint NOT NULL,  -- of the contacts' rows; new with every replacement
  version                bigint NOT NULL,  -- grows with every sync
  epoch                  bigint NOT NULL,  -- of the contacts' digests
  retained_count         bigint NOT NULL,
  recent_syncs           bytea  NOT NULL,  -- tags of the latest syncs, the newest first, back to back
  content_tag            bytea  NOT NULL,  -- of what the latest sync consisted of
  privacy_policy_version text   NOT NULL,
  agree_time             bigint NOT NULL,
  sync_time              bigint NOT NULL,
  PRIMARY KEY (tenant_id, account_tag, device_tag),
  UNIQUE (tenant_id, book_id)
) PARTITION BY HASH (tenant_id);
CREATE INDEX address_books_by_sync_time ON address_books (tenant_id, sync_time);

-- Of no meaning without the row of their book: a book is erased by deleting that, and these rows follow in batches.
CREATE TABLE retained_contacts (
  tenant_id   text COLLATE "C" NOT NULL,
  book_id     bigint NOT NULL,
  contact_tag bytea  NOT NULL,
  PRIMARY KEY (tenant_id, book_id, contact_tag)
) PARTITION BY HASH (tenant_id);
CREATE INDEX retained_contacts_by_tag ON retained_contacts (tenant_id, contact_tag);

-- Books that were erased and may still have contacts.
CREATE TABLE discarded_books (
  tenant_id text COLLATE "C" NOT NULL,
  book_id   bigint NOT NULL,
  PRIMARY KEY (tenant_id, book_id)
);

DO $$
BEGIN
  FOR i IN 0..15 LOOP
    EXECUTE format('CREATE TABLE address_books_%s PARTITION OF address_books '
                   'FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i);
    EXECUTE format('CREATE TABLE retained_contacts_%s PARTITION OF retained_contacts '
                   'FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i);
  END LOOP;
END
$$;

-- The audit log (storage/audit_chain.h): append-only, and there when its tenant is not any more.
CREATE TABLE audit_entries (
  tenant_id text COLLATE "C" NOT NULL,
  sequence  bigint NOT NULL,
  time      bigint NOT NULL,
  actor     text   NOT NULL,
  action    text   NOT NULL,
  counts    text   NOT NULL,  -- JSON
  hash      bytea  NOT NULL,
  PRIMARY KEY (tenant_id, sequence)
);

-- The end of each chain, kept apart so that it cannot be cut off unnoticed.
CREATE TABLE audit_heads (
  tenant_id text COLLATE "C" NOT NULL PRIMARY KEY,
  sequence  bigint NOT NULL,
  hash      bytea  NOT NULL
);

-- Which server does what only one of them may do. Not a tenant's (reference data).
CREATE TABLE leases (
  name        text   NOT NULL PRIMARY KEY,
  holder      text   NOT NULL,
  expire_time bigint NOT NULL
);

ALTER TABLE address_books ENABLE ROW LEVEL SECURITY;
ALTER TABLE address_books FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON address_books
  USING (tenant_id = current_setting('smart_contacts.tenant', true));

ALTER TABLE retained_contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE retained_contacts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON retained_contacts
  USING (tenant_id = current_setting('smart_contacts.tenant', true));

ALTER TABLE discarded_books ENABLE ROW LEVEL SECURITY;
ALTER TABLE discarded_books FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON discarded_books
  USING (tenant_id = current_setting('smart_contacts.tenant', true));

ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_entries
  USING (tenant_id = current_setting('smart_contacts.tenant', true));

ALTER TABLE audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_heads
  USING (tenant_id = current_setting('smart_contacts.tenant', true));

ALTER TABLE leases ENABLE ROW LEVEL SECURITY;
ALTER TABLE leases FORCE ROW LEVEL SECURITY;
CREATE POLICY every_tenant ON leases
  USING (current_setting('smart_contacts.tenant', true) = '*');
