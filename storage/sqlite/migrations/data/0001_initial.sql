-- Contact data is sealed or tagged (storage/sealed_rows.h); what stands here in the clear is not about
-- a contact. tenant_id leads every key, so that the schema can be partitioned by tenant.
-- Times are microseconds since 1970.

CREATE TABLE tenants (
  tenant_id         TEXT    NOT NULL PRIMARY KEY,
  state             INTEGER NOT NULL,
  policy            TEXT    NOT NULL,  -- JSON
  version           INTEGER NOT NULL,  -- grows with every change of anything of the tenant
  revision          INTEGER NOT NULL,
  removals_floor    INTEGER NOT NULL,  -- removals up to this revision are forgotten
  subscriber_count  INTEGER NOT NULL,
  epoch             INTEGER NOT NULL,
  create_time       INTEGER NOT NULL,
  update_time       INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE tenant_sip_domains (
  tenant_id  TEXT NOT NULL REFERENCES tenants,
  sip_domain TEXT NOT NULL UNIQUE,
  PRIMARY KEY (tenant_id, sip_domain)
) WITHOUT ROWID;

CREATE TABLE epochs (
  tenant_id   TEXT    NOT NULL REFERENCES tenants,
  number      INTEGER NOT NULL,
  sealed_salt BLOB    NOT NULL,
  create_time INTEGER NOT NULL,
  expire_time INTEGER,
  PRIMARY KEY (tenant_id, number)
) WITHOUT ROWID;

CREATE TABLE subscribers (
  tenant_id        TEXT    NOT NULL REFERENCES tenants,
  aor_tag          BLOB    NOT NULL,
  sealed_aor       BLOB    NOT NULL,
  enabled          INTEGER NOT NULL,
  discoverable     INTEGER NOT NULL,
  matching_access  INTEGER NOT NULL,
  visible_revision INTEGER NOT NULL,  -- since when enabled and discoverable without a break
  revision         INTEGER NOT NULL,  -- of the last change
  PRIMARY KEY (tenant_id, aor_tag)
) WITHOUT ROWID;

CREATE INDEX subscribers_by_revision ON subscribers (tenant_id, revision);

CREATE TABLE identifiers (
  tenant_id         TEXT    NOT NULL,
  aor_tag           BLOB    NOT NULL,
  identifier_tag    BLOB    NOT NULL,
  sealed_identifier BLOB    NOT NULL,
  revision          INTEGER NOT NULL,  -- when the subscriber got it
  PRIMARY KEY (tenant_id, aor_tag, identifier_tag),
  FOREIGN KEY (tenant_id, aor_tag) REFERENCES subscribers
) WITHOUT ROWID;

CREATE TABLE removals (
  tenant_id   TEXT    NOT NULL REFERENCES tenants,
  aor_tag     BLOB    NOT NULL,
  revision    INTEGER NOT NULL,
  remove_time INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, aor_tag)
) WITHOUT ROWID;

CREATE INDEX removals_by_revision ON removals (tenant_id, revision);
