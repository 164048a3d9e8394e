-- Deletes what a change of the transaction's tenant has staged, with the owner's rights: the service has none to delete
-- from these tables. Which tenant that is cannot be passed, so that nobody can pass another one; without the setting
-- nothing is deleted. PL/pgSQL, because Citus does not pass parameters on from functions in SQL.
CREATE FUNCTION clear_staged(change uuid) RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = smart_contacts, pg_temp
  -- A plan is made for the transaction's own planner settings, not kept from those of another one.
  SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
  tenant CONSTANT text := current_setting('smart_contacts.tenant', true);
BEGIN
  DELETE FROM incoming_identifiers WHERE tenant_id = tenant AND change_id = change;
  DELETE FROM incoming_subscribers WHERE tenant_id = tenant AND change_id = change;
END
$$;
REVOKE ALL ON FUNCTION clear_staged(uuid) FROM PUBLIC;
