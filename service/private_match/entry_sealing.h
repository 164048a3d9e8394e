// Makes the entries of subscribers for the sealed directory of one epoch.

#ifndef SMART_CONTACTS_SERVICE_PRIVATE_MATCH_ENTRY_SEALING_H_
#define SMART_CONTACTS_SERVICE_PRIVATE_MATCH_ENTRY_SEALING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "crypto/oprf_server.h"
#include "crypto/secret.h"
#include "crypto/tenant_keys.h"
#include "domain/tenant.h"
#include "storage/sealed_directory_store.h"

namespace smartcontacts::service {

// Entries of padding that make `entry_count` entries a multiple of kPaddingStep, and never none:
// the size of a directory tells how many subscribers there are to within a step.
inline constexpr std::int64_t kPaddingStep = 256;
std::int64_t PaddingFor(std::int64_t entry_count);

// Versions are random: they neither repeat, also when an old backup was restored, nor tell which
// entries came together or are padding. Immutable; safe for concurrent use.
class EntrySealing {
 public:
  // INTERNAL, which nobody will see.
  static absl::StatusOr<EntrySealing> Begin(const crypto::TenantKeys& keys, std::int64_t epoch,
                                            std::size_t label_size);

  // All entries of a subscriber, one evaluation for each identifier; none if the subscriber cannot
  // be found. Nothing if the address of record does not fit into a label of this directory. `tag`
  // is that of the address of record.
  absl::StatusOr<std::optional<storage::SealedSubscriber>> Seal(const crypto::Tag& tag,
                                                                const Subscriber& subscriber) const;
  // What has to happen to `padding_count` entries of padding beside `entry_count` others.
  storage::PaddingChange Pad(std::int64_t entry_count, std::int64_t padding_count) const;

 private:
  EntrySealing(crypto::OprfServer server, crypto::SecretKey padding_key, std::size_t label_size)
      : server_(std::move(server)), padding_key_(std::move(padding_key)), label_size_(label_size) {}

  crypto::OprfServer server_;
  crypto::SecretKey padding_key_;
  std::size_t label_size_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_PRIVATE_MATCH_ENTRY_SEALING_H_
