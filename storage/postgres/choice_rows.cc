#include "storage/postgres/choice_rows.h"

#include "domain/status_macros.h"
#include "storage/postgres/directory_rows.h"
#include "storage/postgres/tenant_rows.h"
#include "storage/postgres/values.h"

namespace smartcontacts::storage::postgres {

absl::StatusOr<Subscriber> WriteChoice(pqxx::transaction_base& transaction, const Tenant& tenant,
                                       const Aor& aor, std::optional<bool> discoverable,
                                       std::optional<bool> announced, const RowSealer& sealer) {
  ASSIGN_OR_RETURN(Subscriber subscriber, ReadSubscriber(transaction, tenant.id, aor, sealer));
  const SubscriberChoice before = subscriber.choice;
  const bool was_visible = subscriber.visible();
  if (discoverable.has_value()) subscriber.choice.discoverable = discoverable;
  if (announced.has_value()) subscriber.choice.announced = *announced;
  if (subscriber.choice == before) return subscriber;

  const std::int64_t revision = tenant.revision + 1;
  // What is not chosen is no parameter: NULL has no type. It cannot be taken back either.
  transaction.exec_params(
      "UPDATE subscribers SET own_discoverable = CASE WHEN $3 THEN $4 ELSE own_discoverable END, "
      "announced = $5, revision = $6, visible_revision = CASE WHEN $7 THEN visible_revision "
      "  ELSE $6 END WHERE tenant_id = $1 AND aor_tag = $2",
      tenant.id.value(), Bytes(sealer.TagOf(aor)), subscriber.choice.discoverable.has_value(),
      subscriber.choice.discoverable.value_or(false), subscriber.choice.announced, revision,
      was_visible);
  transaction.exec_params("UPDATE tenants SET revision = $2 WHERE tenant_id = $1",
                          tenant.id.value(), revision);
  Announce(transaction, tenant.id);
  return subscriber;
}

}  // namespace smartcontacts::storage::postgres
