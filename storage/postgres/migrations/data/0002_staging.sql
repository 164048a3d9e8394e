-- What a change wants a directory to be, on its way in: written batch by batch, merged in one transaction, deleted.
-- Not logged: after a crash these tables are empty, and an import that was under way finds that out when it commits.
--
-- COPY does not work with row-level security, so the lock is another one here: the service may only insert into these
-- tables, rows of the transaction's tenant only, and sees and deletes them through views that show no other tenant's.
CREATE UNLOGGED TABLE incoming_subscribers (
  tenant_id       text COLLATE "C" NOT NULL CHECK (tenant_id = current_setting('smart_contacts.tenant', true)),
  change_id       uuid     NOT NULL,
  aor_tag         bytea    NOT NULL,
  content_tag     bytea    NOT NULL,
  sealed_aor      bytea    NOT NULL,
  enabled         boolean  NOT NULL,
  discoverable    boolean  NOT NULL,
  matching_access smallint NOT NULL,
  stage_time      bigint   NOT NULL,
  PRIMARY KEY (tenant_id, change_id, aor_tag)
);

CREATE UNLOGGED TABLE incoming_identifiers (
  tenant_id         text COLLATE "C" NOT NULL CHECK (tenant_id = current_setting('smart_contacts.tenant', true)),
  change_id         uuid  NOT NULL,
  aor_tag           bytea NOT NULL,
  identifier_tag    bytea NOT NULL,
  sealed_identifier bytea NOT NULL,
  PRIMARY KEY (tenant_id, change_id, aor_tag, identifier_tag)
);

CREATE VIEW staged_subscribers WITH (security_barrier) AS
  SELECT * FROM incoming_subscribers WHERE tenant_id = current_setting('smart_contacts.tenant', true);
CREATE VIEW staged_identifiers WITH (security_barrier) AS
  SELECT * FROM incoming_identifiers WHERE tenant_id = current_setting('smart_contacts.tenant', true);
