-- Rotations that wait for the sealed directory of their epoch, apart from the directories, which may have to be made anew. The
-- columns of sealed_directories that had them (rotate_overlap, rotate_actor) are of no use any more; a later release takes
-- them away.
CREATE TABLE pending_rotations (
  -- The foreign key keeps a version that does not know this table from finishing the purge of a tenant that has a row here.
  tenant_id text COLLATE "C" PRIMARY KEY REFERENCES tenants,
  overlap   bigint NOT NULL,  -- microseconds
  actor     text   NOT NULL
);

ALTER TABLE pending_rotations ENABLE ROW LEVEL SECURITY;
ALTER TABLE pending_rotations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON pending_rotations
  USING (tenant_id = current_setting('smart_contacts.tenant', true));
