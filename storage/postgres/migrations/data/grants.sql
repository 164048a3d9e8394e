-- What the service may do. Run at the end of every migration, so that another role can take its place.
GRANT SELECT ON schema_version TO :service;
-- On the parents only: a partition that is named directly has no policy.
GRANT SELECT, INSERT, UPDATE, DELETE
  ON tenants, sip_domains, epochs, subscribers, identifiers, removals TO :service;
GRANT INSERT ON incoming_subscribers, incoming_identifiers TO :service;
GRANT EXECUTE ON FUNCTION clear_staged(uuid) TO :service;
-- DELETE is for the version before, which deletes through the views; a later release takes it away.
GRANT SELECT, DELETE ON staged_subscribers, staged_identifiers TO :service;
GRANT SELECT, INSERT, UPDATE, DELETE ON address_books, sealed_directories, sealed_entries TO :service;
GRANT SELECT, INSERT, DELETE ON retained_contacts, discarded_books, pending_rotations TO :service;
-- Append-only: whoever gets hold of the service's role does not change what was done.
GRANT SELECT, INSERT ON audit_entries TO :service;
GRANT SELECT, INSERT, UPDATE ON audit_heads, leases TO :service;
