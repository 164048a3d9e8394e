#include "client/private_matching/directory_lookup.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "client/private_matching/misbehaviour.h"
#include "crypto/locator_filter.h"
#include "crypto/sealed_entry.h"
#include "domain/names.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

using crypto::Locator;
using crypto::SealedDirectoryHeader;
using crypto::SealedDirectoryPart;

// Collects what of the contents is ours. Nothing of it is looked into before all was checked.
class OurEntries {
 public:
  explicit OurEntries(PrivateState& state) : state_(state) {
    locators_.reserve(state.identifiers.size());
    for (auto& [identifier, evaluated] : state.identifiers) {
      const Locator locator = LocatorOf(evaluated.output);
      locators_.push_back(locator);
      by_locator_.emplace(locator, &evaluated);
    }
  }

  const std::vector<Locator>& locators() const { return locators_; }

  ContentSink Sink() {
    return {.on_removed =
                [this](const Locator& locator) {
                  const auto ours = by_locator_.find(locator);
                  if (ours != by_locator_.end()) removed_.push_back(ours->second);
                },
            .on_entry =
                [this](const Locator& locator, absl::string_view entry) {
                  const auto ours = by_locator_.find(locator);
                  if (ours != by_locator_.end()) entries_.emplace_back(ours->second, entry);
                }};
  }

  // Of what was read so far and checked. Opens the entries, then changes the state.
  absl::Status Apply(bool changes_only, std::int64_t revision) {
    std::vector<std::pair<std::uint64_t, std::string>> opened;  // beside entries_
    opened.reserve(entries_.size());
    for (const auto& [evaluated, entry] : entries_) {
      const absl::StatusOr<std::string> aor = crypto::OpenEntry(evaluated->output, entry);
      if (!aor.ok()) return Misbehaviour(aor.status().message());
      const absl::StatusOr<Aor> parsed = Aor::Parse(*aor);
      if (!parsed.ok() || parsed->value() != *aor) {
        return Misbehaviour("a sealed entry holds no address of record");
      }
      ASSIGN_OR_RETURN(const crypto::EntryHeader header, crypto::ParseEntryHeader(entry));
      opened.emplace_back(header.version, *aor);
    }
    if (changes_only) {
      for (EvaluatedIdentifier* const evaluated : removed_) evaluated->aors.clear();
    } else {
      for (auto& [identifier, evaluated] : state_.identifiers) evaluated.aors.clear();
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      entries_[i].first->aors[opened[i].first] = std::move(opened[i].second);
    }
    state_.revision = revision;
    state_.looked_up = true;
    return absl::OkStatus();
  }

 private:
  PrivateState& state_;
  std::vector<Locator> locators_;
  absl::flat_hash_map<Locator, EvaluatedIdentifier*> by_locator_;
  std::vector<EvaluatedIdentifier*> removed_;
  std::vector<std::pair<EvaluatedIdentifier*, std::string>> entries_;
};

// The filter, and the header that it came with.
struct ReceivedFilter {
  SealedDirectoryHeader header;
  crypto::LocatorFilter filter;
};

absl::StatusOr<ReceivedFilter> ReadFilter(DirectoryReader& reader) {
  std::string bytes;
  ASSIGN_OR_RETURN(SealedDirectoryHeader header,
                   reader.Read({.part = SealedDirectoryPart::kFilter},
                               {.on_filter = [&bytes](absl::string_view part) {
                                 bytes.append(part.data(), part.size());
                               }}));
  absl::StatusOr<crypto::LocatorFilter> filter = crypto::LocatorFilter::Parse(std::move(bytes));
  if (!filter.ok()) return Misbehaviour(filter.status().message());
  // Entries may share a locator.
  if (static_cast<std::int64_t>(filter->size()) > header.entry_count) {
    return Misbehaviour("the filter has more locators than there are entries");
  }
  return ReceivedFilter{std::move(header), *std::move(filter)};
}

// Reads the buckets of what `filter` has, all at its revision.
absl::Status ReadBuckets(DirectoryReader& reader, const ReceivedFilter& filter, OurEntries& ours) {
  std::set<std::uint32_t> wanted;
  for (const std::size_t i : filter.filter.ProbablyContained(ours.locators())) {
    wanted.insert(BucketOf(ours.locators()[i], filter.header.bucket_bits));
  }
  const std::vector<std::uint32_t> buckets(wanted.begin(), wanted.end());
  for (absl::Span<const std::uint32_t> rest(buckets); !rest.empty();) {
    const absl::Span<const std::uint32_t> part = rest.subspan(0, kBucketsPerRequestMax);
    RETURN_IF_ERROR(reader
                        .Read({.part = SealedDirectoryPart::kBuckets,
                               .revision = filter.header.revision,
                               .bucket_bits = filter.header.bucket_bits,
                               .buckets = {part.begin(), part.end()}},
                              ours.Sink())
                        .status());
    rest.remove_prefix(part.size());
  }
  return absl::OkStatus();
}

absl::Status LookUpWhole(DirectoryReader& reader, PrivateState& state) {
  OurEntries ours(state);
  ASSIGN_OR_RETURN(const SealedDirectoryHeader header,
                   reader.Read({.part = SealedDirectoryPart::kWhole}, ours.Sink()));
  return ours.Apply(/*changes_only=*/false, header.revision);
}

absl::Status LookUpBuckets(DirectoryReader& reader, PrivateState& state) {
  OurEntries ours(state);
  ASSIGN_OR_RETURN(const ReceivedFilter filter, ReadFilter(reader));
  RETURN_IF_ERROR(ReadBuckets(reader, filter, ours));
  return ours.Apply(/*changes_only=*/false, filter.header.revision);
}

}  // namespace

absl::Status LookUpAll(DirectoryReader& reader, bool download_whole, PrivateState& state) {
  if (download_whole) return LookUpWhole(reader, state);
  for (int attempt = 1;; ++attempt) {
    absl::Status status = LookUpBuckets(reader, state);
    const bool moved_on = ReasonOf(status) == "REVISION_EXPIRED";
    if (!moved_on || attempt == kFilterAttemptsMax) return status;
  }
}

absl::Status LookUpChanges(DirectoryReader& reader, PrivateState& state) {
  OurEntries ours(state);
  ASSIGN_OR_RETURN(
      const SealedDirectoryHeader header,
      reader.Read({.part = SealedDirectoryPart::kChanges, .since_revision = state.revision},
                  ours.Sink()));
  return ours.Apply(/*changes_only=*/true, header.revision);
}

}  // namespace smartcontacts::client
