#include "storage/book_rows.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "domain/status_macros.h"

namespace smartcontacts::storage {
namespace {

// How many syncs of a device are recognised when they are repeated late.
constexpr std::size_t kRecentSyncsMax = 8;

template <typename Value>
absl::string_view Bytes(const Value& value) {
  return {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()};
}

std::int64_t NewBookId() {
  std::uint64_t id = 0;
  while (id == 0) {
    crypto::RandomBytes({reinterpret_cast<std::uint8_t*>(&id), sizeof id});
    id &= INT64_MAX;
  }
  return static_cast<std::int64_t>(id);
}

BookPlan Refuse(SyncRefusal refusal) {
  return {.kind = BookPlan::Kind::kRefuse, .refusal = refusal};
}

// The place of a sync among the stored book's latest ones; nothing if it is none of them.
std::optional<std::size_t> PlaceOf(const crypto::Tag& sync_tag, const BookHeader& stored) {
  for (std::size_t at = 0; at + crypto::Tag::kSize <= stored.recent_syncs.size();
       at += crypto::Tag::kSize) {
    if (absl::string_view(stored.recent_syncs).substr(at, crypto::Tag::kSize) == Bytes(sync_tag)) {
      return at / crypto::Tag::kSize;
    }
  }
  return std::nullopt;
}

}  // namespace

BookKey BookSealer::KeyOf(const Aor& account, const DeviceId& device) const {
  const crypto::Tag account_tag = TagOf(account);
  return {.account = account_tag,
          .device = keys_.device_tagger(absl::StrCat(Bytes(account_tag), device.value()))};
}

crypto::Tag BookSealer::TagOf(std::int64_t epoch, const crypto::Digest& digest) const {
  return keys_.contact_tagger(absl::StrCat(epoch, "/", Bytes(digest)));
}

std::vector<crypto::Tag> BookSealer::TagsOf(std::int64_t epoch,
                                            const std::vector<crypto::Digest>& digests) const {
  std::vector<crypto::Tag> tags;
  tags.reserve(digests.size());
  for (const crypto::Digest& digest : digests) tags.push_back(TagOf(epoch, digest));
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

crypto::Tag BookSealer::TagOf(const SyncId& sync_id) const {
  return keys_.sync_tagger(absl::StrCat("sync/", Bytes(sync_id)));
}

crypto::Tag BookSealer::ContentTag(const BookSync& sync) const {
  std::string content =
      absl::StrCat("content/", sync.epoch, "/", sync.token.has_value() ? "1" : "0",
                   sync.token.has_value() ? Bytes(*sync.token) : "", "/", sync.added.size(), "/");
  for (const auto* digests : {&sync.added, &sync.removed}) {
    for (const crypto::Digest& digest : *digests) absl::StrAppend(&content, Bytes(digest));
  }
  return keys_.sync_tagger(content);
}

SyncToken BookSealer::TokenOf(const BookHeader& header) const {
  return {keys_.sync_tagger(absl::StrCat("token/", header.book_id, "/", header.version)).bytes};
}

std::string BookSealer::SealDevice(const BookKey& key, const DeviceId& device) const {
  return keys_.sealer.Seal(device.value(),
                           absl::StrCat("address_books.device/", tenant_.value(), "/",
                                        Bytes(key.account), Bytes(key.device)));
}

absl::StatusOr<DeviceId> BookSealer::OpenDevice(const BookKey& key,
                                                absl::string_view sealed) const {
  ASSIGN_OR_RETURN(
      const std::string text,
      keys_.sealer.Open(sealed, absl::StrCat("address_books.device/", tenant_.value(), "/",
                                             Bytes(key.account), Bytes(key.device))));
  absl::StatusOr<DeviceId> device = DeviceId::Parse(text);
  if (!device.ok()) return absl::DataLossError("a stored device is malformed");
  return device;
}

BookPlan PlanSync(const BookSealer& sealer, const BookSync& sync, const BookConditions& conditions,
                  const std::optional<BookHeader>& stored, std::int64_t other_devices,
                  absl::Time now) {
  const crypto::Tag sync_tag = sealer.TagOf(sync.sync_id);
  const crypto::Tag content_tag = sealer.ContentTag(sync);
  if (const auto place = stored ? PlaceOf(sync_tag, *stored) : std::nullopt; place.has_value()) {
    if (*place > 0) return Refuse(SyncRefusal::kTokenInvalid);
    if (stored->content_tag != content_tag) return Refuse(SyncRefusal::kSyncIdReused);
    return {.kind = BookPlan::Kind::kRepeat, .header = *stored};
  }
  if (sync.token.has_value() && (!stored.has_value() || *sync.token != sealer.TokenOf(*stored) ||
                                 sync.epoch != stored->epoch)) {
    return Refuse(SyncRefusal::kTokenInvalid);
  }
  BookPlan plan{.kind = sync.token.has_value() ? BookPlan::Kind::kChange : BookPlan::Kind::kReplace,
                .header = stored.value_or(BookHeader{})};
  if (sync.consent.has_value()) plan.header.consent = *sync.consent;
  if ((!stored.has_value() && !sync.consent.has_value()) ||
      plan.header.consent.privacy_policy_version != conditions.privacy_policy_version) {
    return Refuse(SyncRefusal::kConsentRequired);
  }
  if (!stored.has_value() && other_devices >= conditions.devices_max) {
    return Refuse(SyncRefusal::kTooManyDevices);
  }
  plan.added = sealer.TagsOf(sync.epoch, sync.added);
  if (static_cast<std::int64_t>(plan.added.size()) > conditions.contacts_max) {
    return Refuse(SyncRefusal::kTooManyContacts);
  }
  if (plan.kind == BookPlan::Kind::kChange) {
    plan.removed = sealer.TagsOf(sync.epoch, sync.removed);
  } else {
    plan.header.book_id = NewBookId();
    plan.header.retained_count = static_cast<std::int64_t>(plan.added.size());
  }
  ++plan.header.version;
  plan.header.epoch = sync.epoch;
  plan.header.content_tag = content_tag;
  plan.header.recent_syncs = absl::StrCat(Bytes(sync_tag), plan.header.recent_syncs)
                                 .substr(0, kRecentSyncsMax * crypto::Tag::kSize);
  plan.header.sync_time = now;
  return plan;
}

}  // namespace smartcontacts::storage
