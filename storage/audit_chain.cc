#include "storage/audit_chain.h"

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace smartcontacts::storage {
namespace {

using Json = nlohmann::ordered_json;

// Each field with its length, so that no two entries read the same.
std::string Text(const TenantId& tenant, const AuditHash& previous, const AuditEntry& entry) {
  std::string text(reinterpret_cast<const char*>(previous.data()), previous.size());
  const auto append = [&text](absl::string_view field) {
    absl::StrAppend(&text, field.size(), ":", field);
  };
  append(tenant.value());
  append(absl::StrCat(entry.sequence));
  append(absl::StrCat(absl::ToUnixMicros(entry.time)));
  append(entry.actor);
  append(entry.action);
  append(CountsToJson(entry.counts));
  return text;
}

}  // namespace

AuditEntry NextEntry(const crypto::KeyedHash& chain, const TenantId& tenant, const AuditHead& head,
                     const Act& act, const std::string& action, absl::Span<const Count> counts) {
  AuditEntry entry{.sequence = head.sequence + 1,
                   .time = absl::FromUnixMicros(absl::ToUnixMicros(act.time)),
                   .actor = act.actor,
                   .action = action};
  for (const Count& count : counts) {
    if (count.count != 0) entry.counts.push_back(count);
  }
  entry.hash = chain(Text(tenant, head.hash, entry));
  return entry;
}

void AuditVerifier::Check(const AuditEntry& entry) {
  ++verdict_.entry_count;
  if (verdict_.first_invalid_sequence != 0) return;
  ++expected_.sequence;
  const AuditHash hash = chain_(Text(tenant_, expected_.hash, entry));
  if (entry.sequence != expected_.sequence || entry.hash != hash) {
    verdict_.first_invalid_sequence = expected_.sequence;
  }
  expected_.hash = hash;
}

AuditVerdict AuditVerifier::Finish(const AuditHead& head) const {
  AuditVerdict verdict = verdict_;
  if (verdict.first_invalid_sequence != 0) return verdict;
  if (head.sequence > expected_.sequence) {
    verdict.first_invalid_sequence = expected_.sequence + 1;
  } else if (head.sequence != expected_.sequence || head.hash != expected_.hash) {
    verdict.first_invalid_sequence = expected_.sequence;
  }
  return verdict;
}

std::string CountsToJson(absl::Span<const Count> counts) {
  Json json = Json::object();
  for (const Count& count : counts) json[count.kind] = count.count;
  return json.dump();
}

absl::StatusOr<std::vector<Count>> CountsFromJson(absl::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  std::vector<Count> counts;
  if (!json.is_object()) return absl::DataLossError("a stored audit entry is malformed");
  for (const auto& [kind, count] : json.items()) {
    if (!count.is_number_integer()) {
      return absl::DataLossError("a stored audit entry is malformed");
    }
    counts.push_back({kind, count.get<std::int64_t>()});
  }
  return counts;
}

}  // namespace smartcontacts::storage
