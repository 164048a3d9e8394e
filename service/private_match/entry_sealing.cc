#include "service/private_match/entry_sealing.h"

#include <array>
#include <bit>
#include <string>

#include "absl/strings/str_cat.h"
#include "crypto/oprf.h"
#include "crypto/sealed_entry.h"
#include "domain/status_macros.h"
#include "service/private_match/epoch_key.h"

namespace smartcontacts::service {
namespace {

storage::SealedEntry EntryOf(std::string bytes) {
  storage::SealedEntry entry;
  entry.locator = crypto::ParseEntryHeader(bytes)->locator;
  entry.bytes = std::move(bytes);
  return entry;
}

std::uint64_t RandomVersion() {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
  crypto::RandomBytes(absl::MakeSpan(bytes));
  return std::bit_cast<std::uint64_t>(bytes);
}

}  // namespace

std::int64_t PaddingFor(std::int64_t entry_count) {
  return kPaddingStep - entry_count % kPaddingStep;
}

absl::StatusOr<EntrySealing> EntrySealing::Begin(const crypto::TenantKeys& keys, std::int64_t epoch,
                                                 std::size_t label_size) {
  ASSIGN_OR_RETURN(crypto::OprfServer server, EpochKey(keys, epoch));
  return EntrySealing(std::move(server), keys.padding_key.Derive(absl::StrCat("epoch ", epoch)),
                      label_size);
}

absl::StatusOr<std::optional<storage::SealedSubscriber>> EntrySealing::Seal(
    const crypto::Tag& tag, const Subscriber& subscriber) const {
  storage::SealedSubscriber sealed{.tag = tag, .entries = {}};
  if (!subscriber.visible()) return sealed;
  const std::string& aor = subscriber.aor.value();
  if (aor.size() > crypto::LabelLengthMax(label_size_)) return std::nullopt;
  for (const Identifier& identifier : subscriber.identifiers) {
    ASSIGN_OR_RETURN(const crypto::OprfOutput output, server_.Evaluate(identifier.value()));
    ASSIGN_OR_RETURN(std::string bytes,
                     crypto::SealEntry(output, RandomVersion(), aor, label_size_));
    sealed.entries.push_back(EntryOf(std::move(bytes)));
  }
  return sealed;
}

storage::PaddingChange EntrySealing::Pad(std::int64_t entry_count,
                                         std::int64_t padding_count) const {
  const auto entry = [this](std::int64_t index) {
    return EntryOf(*crypto::PaddingEntry(padding_key_, static_cast<std::uint64_t>(index),
                                         RandomVersion(), label_size_));
  };
  const std::int64_t wanted = PaddingFor(entry_count);
  storage::PaddingChange change;
  for (std::int64_t i = padding_count; i < wanted; ++i) change.added.push_back(entry(i));
  for (std::int64_t i = wanted; i < padding_count; ++i) change.removed.push_back(entry(i).locator);
  return change;
}

}  // namespace smartcontacts::service
