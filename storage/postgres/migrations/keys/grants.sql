-- What the service may do. Run at the end of every migration, so that another role can take its place.
GRANT SELECT ON schema_version TO :service;
GRANT SELECT, INSERT, UPDATE, DELETE ON wrapped_keys, master_key_check TO :service;
GRANT SELECT, INSERT, UPDATE ON service_key TO :service;
