-- Contact data is sealed or tagged (storage/sealed_rows.h); what stands here in the clear is not about a contact.
-- Times are microseconds since 1970. tenant_id leads every key, so that the tables can be distributed by it;
-- sip_domains is the exception: it is what keeps a domain from belonging to two tenants (reference data).
--
-- The large tables have no foreign keys: one is checked row by row, which trebles the time of an import. They are
-- written together, in one transaction, by one piece of code.

CREATE TABLE tenants (
  tenant_id         text COLLATE "C" NOT NULL PRIMARY KEY,
  state             smallint NOT NULL,
  policy            text     NOT NULL,  -- JSON
  version           bigint   NOT NULL DEFAULT 0,  -- grows with every change of anything of the tenant
  revision          bigint   NOT NULL,
  removals_floor    bigint   NOT NULL,  -- removals up to this revision are forgotten
  subscriber_count  bigint   NOT NULL,
  epoch             bigint   NOT NULL,
  create_time       bigint   NOT NULL,
  update_time       bigint   NOT NULL
);

CREATE TABLE sip_domains (
  sip_domain text COLLATE "C" NOT NULL PRIMARY KEY,
  tenant_id  text COLLATE "C" NOT NULL
);
CREATE INDEX sip_domains_by_tenant ON sip_domains (tenant_id);

CREATE TABLE epochs (
  tenant_id   text COLLATE "C" NOT NULL REFERENCES tenants,
  number      bigint NOT NULL,
  sealed_salt bytea  NOT NULL,
  create_time bigint NOT NULL,
  expire_time bigint,
  PRIMARY KEY (tenant_id, number)
);

CREATE TABLE subscribers (
  tenant_id        text COLLATE "C" NOT NULL,
  aor_tag          bytea    NOT NULL,
  content_tag      bytea    NOT NULL,  -- of all of the subscriber, by which a change is found
  sealed_aor       bytea    NOT NULL,
  enabled          boolean  NOT NULL,
  discoverable     boolean  NOT NULL,
  matching_access  smallint NOT NULL,
  visible_revision bigint   NOT NULL,  -- since when enabled and discoverable without a break
  revision         bigint   NOT NULL,  -- of the last change
  PRIMARY KEY (tenant_id, aor_tag)
) PARTITION BY HASH (tenant_id);
CREATE INDEX subscribers_by_revision ON subscribers (tenant_id, revision, aor_tag);

CREATE TABLE identifiers (
  tenant_id         text COLLATE "C" NOT NULL,
  aor_tag           bytea  NOT NULL,
  identifier_tag    bytea  NOT NULL,
  sealed_identifier bytea  NOT NULL,
  revision          bigint NOT NULL,  -- when the subscriber got it
  PRIMARY KEY (tenant_id, aor_tag, identifier_tag)
) PARTITION BY HASH (tenant_id);

CREATE TABLE removals (
  tenant_id   text COLLATE "C" NOT NULL,
  aor_tag     bytea  NOT NULL,
  revision    bigint NOT NULL,
  remove_time bigint NOT NULL,
  PRIMARY KEY (tenant_id, aor_tag)
) PARTITION BY HASH (tenant_id);
CREATE INDEX removals_by_revision ON removals (tenant_id, revision);

DO $$
BEGIN
  FOR i IN 0..15 LOOP
    EXECUTE format('CREATE TABLE subscribers_%s PARTITION OF subscribers '
                   'FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i);
    EXECUTE format('CREATE TABLE identifiers_%s PARTITION OF identifiers '
                   'FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i);
    EXECUTE format('CREATE TABLE removals_%s PARTITION OF removals '
                   'FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i);
  END LOOP;
END
$$;

-- The second lock behind the code. The service names the tenant of each transaction; '*' stands for work on the list
-- of tenants itself and opens no table with contact data. Without the setting there are no rows at all.
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenants
  USING (tenant_id = current_setting('smart_contacts.tenant', true)
         OR current_setting('smart_contacts.tenant', true) = '*');

ALTER TABLE sip_domains ENABLE ROW LEVEL SECURITY;
ALTER TABLE sip_domains FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sip_domains
  USING (tenant_id = current_setting('smart_contacts.tenant', true)
         OR current_setting('smart_contacts.tenant', true) = '*');

ALTER TABLE epochs ENABLE ROW LEVEL SECURITY;
ALTER TABLE epochs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON epochs
  USING (tenant_id = current_setting('smart_contacts.tenant', true));

ALTER TABLE subscribers ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscribers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON subscribers
  USING (tenant_id = current_setting('smart_contacts.tenant', true));

ALTER TABLE identifiers ENABLE ROW LEVEL SECURITY;
ALTER TABLE identifiers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON identifiers
  USING (tenant_id = current_setting('smart_contacts.tenant', true));

ALTER TABLE removals ENABLE ROW LEVEL SECURITY;
ALTER TABLE removals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON removals
  USING (tenant_id = current_setting('smart_contacts.tenant', true));
