#include "storage/sealed_rows.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "storage/matching_access_number.h"

namespace smartcontacts::storage {
namespace {

absl::string_view Bytes(const crypto::Tag& tag) {
  return {reinterpret_cast<const char*>(tag.bytes.data()), crypto::Tag::kSize};
}

}  // namespace

// Tags have a fixed size and tenants no '/', so that no two places share a context.
std::string RowSealer::AorContext(const crypto::Tag& tag) const {
  return absl::StrCat("subscribers.aor/", tenant_.value(), "/", Bytes(tag));
}

std::string RowSealer::IdentifierContext(const crypto::Tag& aor_tag, const crypto::Tag& tag) const {
  return absl::StrCat("identifiers.identifier/", tenant_.value(), "/", Bytes(aor_tag), Bytes(tag));
}

std::string RowSealer::SaltContext(std::int64_t epoch) const {
  return absl::StrCat("epochs.salt/", tenant_.value(), "/", epoch);
}

SealedSubscriberRow RowSealer::Seal(const Subscriber& subscriber) const {
  SealedSubscriberRow row;
  row.tag = TagOf(subscriber.aor);
  row.sealed_aor = keys_.sealer.Seal(subscriber.aor.value(), AorContext(row.tag));
  row.identifiers.reserve(subscriber.identifiers.size());
  std::string content = absl::StrCat("content/", Bytes(row.tag), subscriber.enabled ? "1" : "0",
                                     subscriber.discoverable ? "1" : "0", "/",
                                     NumberOf(subscriber.matching_access), "/");
  for (const Identifier& identifier : subscriber.identifiers) {
    row.identifiers.push_back({TagOf(identifier), SealIdentifier(row.tag, identifier)});
    absl::StrAppend(&content, Bytes(row.identifiers.back().tag));
  }
  row.content_tag = keys_.aor_tagger(content);
  return row;
}

std::string RowSealer::SealIdentifier(const crypto::Tag& aor_tag,
                                      const Identifier& identifier) const {
  return keys_.sealer.Seal(identifier.value(), IdentifierContext(aor_tag, TagOf(identifier)));
}

std::string RowSealer::SealSalt(std::int64_t epoch, const crypto::EpochSalt& salt) const {
  return keys_.sealer.Seal(
      {reinterpret_cast<const char*>(salt.bytes.data()), crypto::EpochSalt::kSize},
      SaltContext(epoch));
}

absl::StatusOr<Aor> RowSealer::OpenAor(const crypto::Tag& tag, absl::string_view sealed) const {
  ASSIGN_OR_RETURN(const std::string text, keys_.sealer.Open(sealed, AorContext(tag)));
  absl::StatusOr<Aor> aor = Aor::Parse(text);
  if (!aor.ok()) return absl::DataLossError("a stored address of record is malformed");
  return aor;
}

absl::StatusOr<Identifier> RowSealer::OpenIdentifier(const crypto::Tag& aor_tag,
                                                     const crypto::Tag& tag,
                                                     absl::string_view sealed) const {
  ASSIGN_OR_RETURN(const std::string text,
                   keys_.sealer.Open(sealed, IdentifierContext(aor_tag, tag)));
  absl::StatusOr<Identifier> identifier = Identifier::Parse(text);
  if (!identifier.ok()) return absl::DataLossError("a stored identifier is malformed");
  return identifier;
}

absl::StatusOr<crypto::EpochSalt> RowSealer::OpenSalt(std::int64_t epoch,
                                                      absl::string_view sealed) const {
  ASSIGN_OR_RETURN(const std::string bytes, keys_.sealer.Open(sealed, SaltContext(epoch)));
  if (bytes.size() != crypto::EpochSalt::kSize)
    return absl::DataLossError("a stored salt is malformed");
  crypto::EpochSalt salt{};
  std::copy(bytes.begin(), bytes.end(), salt.bytes.begin());
  return salt;
}

}  // namespace smartcontacts::storage
