#include "client/private_matching/directory_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/private_matching/misbehaviour.h"
#include "crypto/locator_filter.h"
#include "crypto/sealed_entry.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

using crypto::Locator;
using crypto::SealedDirectoryPart;

constexpr std::size_t kEntryKeySize = Locator::kSize + sizeof(crypto::EntryHeader::version);
static_assert(kEntryKeySize == 24);

// The most bytes that a filter over so many locators can have: five of its head, and of each
// locator P bits, the zero that ends a quotient, and the quotients' ones, of which there are no
// more than locators.
std::size_t FilterSizeMax(std::int64_t locators) {
  return 5 + (static_cast<std::size_t>(locators) * (crypto::kRiceParameter + 2) + 7) / 8;
}

Locator LocatorAt(absl::string_view bytes) {
  Locator locator;
  std::copy_n(bytes.begin(), Locator::kSize, locator.bytes.begin());
  return locator;
}

// The message in the signed form. Misbehaviour() if it cannot be put so.
absl::StatusOr<crypto::SealedDirectoryHeader> Convert(const v1::SealedDirectoryHeader& message) {
  crypto::SealedDirectoryHeader header;
  header.part = static_cast<SealedDirectoryPart>(message.part());
  header.epoch = message.epoch();
  header.revision = message.revision();
  header.since_revision = message.since_revision();
  header.entry_count = message.entry_count();
  header.entry_size = static_cast<std::uint32_t>(message.entry_size());
  header.bucket_bits = static_cast<std::uint32_t>(message.bucket_bits());
  header.buckets.assign(message.buckets().begin(), message.buckets().end());
  const absl::StatusOr<crypto::OprfPublicKey> key =
      crypto::ParseOprfPublicKey(message.public_key());
  if (!key.ok()) return Misbehaviour("the sealed directory's public key is none");
  header.public_key = *key;
  if (message.content_hash().size() != header.content_hash.size()) {
    return Misbehaviour("the sealed directory's content hash has a wrong size");
  }
  std::copy(message.content_hash().begin(), message.content_hash().end(),
            header.content_hash.begin());
  return header;
}

bool IsEntrySize(std::uint32_t size) {
  return std::any_of(crypto::kLabelSizes.begin(), crypto::kLabelSizes.end(),
                     [size](std::size_t label) { return size == crypto::SealedEntrySize(label); });
}

absl::Status CheckSizes(const crypto::SealedDirectoryHeader& header) {
  if (!IsEntrySize(header.entry_size)) {
    return Misbehaviour("the sealed directory's entry size is none that there is");
  }
  if (header.entry_count < 0 || header.entry_count > kDirectoryEntriesMax) {
    return Misbehaviour(absl::StrCat("the sealed directory claims to have ", header.entry_count,
                                     " entries, and there can be ", kDirectoryEntriesMax));
  }
  if (header.bucket_bits > kBucketBitsMax) {
    return Misbehaviour("the sealed directory's buckets have more bits than a number of one");
  }
  return absl::OkStatus();
}

absl::Status CheckAsked(const crypto::SealedDirectoryHeader& header, const AskedPart& asked,
                        const DirectoryTrust& trust) {
  if (header.part != asked.part) {
    return Misbehaviour("another part of the sealed directory was sent than was asked for");
  }
  if (header.epoch != trust.epoch) {
    return Misbehaviour("the sealed directory is of another epoch than was asked for");
  }
  if (header.since_revision != asked.since_revision) {
    return Misbehaviour("changes since another revision were sent than were asked for");
  }
  if (header.buckets != asked.buckets) {
    return Misbehaviour("other buckets were sent than were asked for");
  }
  if (asked.revision.has_value() && header.revision != *asked.revision) {
    return Misbehaviour("buckets of another revision were sent than were asked for");
  }
  if (asked.bucket_bits.has_value() && header.bucket_bits != *asked.bucket_bits) {
    return Misbehaviour("the buckets are numbered in another way than the filter said");
  }
  return absl::OkStatus();
}

}  // namespace

std::uint32_t BucketOf(const Locator& locator, std::uint32_t bucket_bits) {
  std::uint64_t first = 0;
  for (int i = 0; i < 4; ++i) first = first << 8 | locator.bytes[i];
  return static_cast<std::uint32_t>(first >> (kBucketBitsMax - bucket_bits));
}

absl::StatusOr<crypto::SealedDirectoryHeader> CheckHeader(const v1::SealedDirectoryHeader& message,
                                                          const AskedPart& asked,
                                                          const DirectoryTrust& trust) {
  ASSIGN_OR_RETURN(crypto::SealedDirectoryHeader header, Convert(message));
  if (!crypto::Signer::Verify(crypto::SignaturePurpose::kSealedDirectory,
                              crypto::SignedBytes(header), message.signature(),
                              trust.directory_key)) {
    return Misbehaviour("the sealed directory is not signed by the tenant's key");
  }
  RETURN_IF_ERROR(CheckSizes(header));
  RETURN_IF_ERROR(CheckAsked(header, asked, trust));
  if (trust.oprf_key.has_value() && header.public_key != *trust.oprf_key) {
    return Misbehaviour("the sealed directory is of another public key than the epoch's");
  }
  if (header.revision < std::max(trust.revision_min, asked.since_revision)) {
    return Misbehaviour(absl::StrCat("the sealed directory is at revision ", header.revision,
                                     " and was at ", trust.revision_min,
                                     " before: it was set back"));
  }
  return header;
}

ContentCheck::ContentCheck(const crypto::SealedDirectoryHeader& header)
    : header_(header), buckets_(header.buckets.begin(), header.buckets.end()) {}

absl::Status ContentCheck::Add(const v1::SealedDirectoryChunk& chunk, const ContentSink& sink) {
  RETURN_IF_ERROR(AddRemoved(chunk.removed_locators(), sink));
  RETURN_IF_ERROR(AddEntries(chunk.entries(), sink));
  return AddFilter(chunk.filter(), sink);
}

absl::Status ContentCheck::AddRemoved(absl::string_view removed, const ContentSink& sink) {
  if (removed.empty()) return absl::OkStatus();
  if (header_.part != SealedDirectoryPart::kChanges || entry_count_ > 0) {
    return Misbehaviour("locators are removed where none can be");
  }
  if (removed.size() % Locator::kSize != 0) {
    return Misbehaviour("the removed locators do not come whole");
  }
  hash_.Update(removed);
  for (; !removed.empty(); removed.remove_prefix(Locator::kSize)) {
    const absl::string_view locator = removed.substr(0, Locator::kSize);
    if (removed_count_ > 0 && locator <= last_removed_) {
      return Misbehaviour("the removed locators are not in their order");
    }
    if (++removed_count_ > kDirectoryEntriesMax) {
      return Misbehaviour("more locators are removed than there can be");
    }
    last_removed_.assign(locator.data(), locator.size());
    sink.on_removed(LocatorAt(locator));
  }
  return absl::OkStatus();
}

absl::Status ContentCheck::AddEntries(absl::string_view entries, const ContentSink& sink) {
  if (entries.empty()) return absl::OkStatus();
  if (header_.part == SealedDirectoryPart::kFilter) {
    return Misbehaviour("there are entries beside the filter");
  }
  if (entries.size() % header_.entry_size != 0) {
    return Misbehaviour("the sealed entries do not come whole");
  }
  hash_.Update(entries);
  for (; !entries.empty(); entries.remove_prefix(header_.entry_size)) {
    const absl::string_view entry = entries.substr(0, header_.entry_size);
    // One version of one locator has one key, which seals once: a second would be a forgery.
    const absl::string_view key = entry.substr(0, kEntryKeySize);
    if (entry_count_ > 0 && key <= last_entry_) {
      return Misbehaviour("the sealed entries are not in their order, or one is there twice");
    }
    if (++entry_count_ > header_.entry_count) {
      return Misbehaviour("there are more sealed entries than the header says");
    }
    const Locator locator = LocatorAt(entry);
    if (header_.part == SealedDirectoryPart::kBuckets &&
        !buckets_.contains(BucketOf(locator, header_.bucket_bits))) {
      return Misbehaviour("a sealed entry is of another bucket than was asked for");
    }
    last_entry_.assign(key.data(), key.size());
    sink.on_entry(locator, entry);
  }
  return absl::OkStatus();
}

absl::Status ContentCheck::AddFilter(absl::string_view filter, const ContentSink& sink) {
  if (filter.empty()) return absl::OkStatus();
  if (header_.part != SealedDirectoryPart::kFilter) {
    return Misbehaviour("there is a filter where none was asked for");
  }
  filter_size_ += filter.size();
  if (filter_size_ > FilterSizeMax(header_.entry_count)) {
    return Misbehaviour("the filter is larger than one of so many entries can be");
  }
  hash_.Update(filter);
  sink.on_filter(filter);
  return absl::OkStatus();
}

absl::Status ContentCheck::Finish() {
  if (header_.part != SealedDirectoryPart::kFilter && entry_count_ != header_.entry_count) {
    return Misbehaviour("there are fewer sealed entries than the header says");
  }
  if (hash_.Finish() != header_.content_hash) {
    return Misbehaviour("the sealed directory's content is not what was signed");
  }
  return absl::OkStatus();
}

}  // namespace smartcontacts::client
