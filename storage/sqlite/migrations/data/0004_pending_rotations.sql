-- Rotations that wait for the sealed directory of their epoch, apart from the directories, which may have to be made anew. The
-- columns of sealed_directories that had them are of no use any more.
CREATE TABLE pending_rotations (
  tenant_id TEXT    NOT NULL PRIMARY KEY REFERENCES tenants,
  overlap   INTEGER NOT NULL,  -- microseconds
  actor     TEXT    NOT NULL
) WITHOUT ROWID;
