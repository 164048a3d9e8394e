#include "service/private_match/sealed_directory.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "crypto/locator_filter.h"
#include "crypto/sealed_entry.h"

namespace smartcontacts::service {
namespace {

using EntryChange = storage::SealedDirectoryStore::EntryChange;

constexpr std::size_t kOneBucketEntriesMax = 65'536;
constexpr std::size_t kBucketEntriesMin = 64;

crypto::Locator LocatorAt(std::string_view entry) {
  crypto::Locator locator;
  std::memcpy(locator.bytes.data(), entry.data(), crypto::Locator::kSize);
  return locator;
}

std::string_view BytesOf(const crypto::Locator& locator) {
  return {reinterpret_cast<const char*>(locator.bytes.data()), crypto::Locator::kSize};
}

std::uint32_t BucketBits(std::size_t entry_count) {
  if (entry_count <= kOneBucketEntriesMax) return 0;
  return static_cast<std::uint32_t>(std::bit_width(entry_count / kBucketEntriesMin)) - 1;
}

// The first `bits` bits.
std::uint64_t Prefix(std::string_view locator, std::uint32_t bits) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number = number << 8 | static_cast<std::uint8_t>(locator[i]);
  }
  return bits == 0 ? 0 : number >> (64 - bits);
}

}  // namespace

// Puts together what stays of the directory before and what changed.
class SealedDirectory::Builder {
 public:
  Builder(const SealedDirectory* previous, std::vector<EntryChange> changes,
          SealedDirectory& result)
      : previous_(previous), changes_(std::move(changes)), result_(result) {}

  void Run() {
    std::sort(changes_.begin(), changes_.end(), [](const EntryChange& a, const EntryChange& b) {
      return a.bytes != b.bytes ? a.bytes < b.bytes : Key(a) < Key(b);
    });
    if (previous_ != nullptr) {
      for (const EntryChange& change : changes_) changed_.insert(Key(change));
    }
    MergeEntries();
    MergeRemovals();
  }

 private:
  using EntryKey = std::pair<crypto::Locator, crypto::Tag>;

  static EntryKey Key(const EntryChange& change) { return {change.locator, change.owner}; }

  void Add(std::string_view entry, const Mark& mark) {
    result_.entries_.append(entry);
    result_.marks_.push_back(mark);
  }

  void MergeEntries() {
    const std::size_t old_count = previous_ == nullptr ? 0 : previous_->entry_count();
    result_.entries_.reserve((old_count + changes_.size()) * result_.entry_size_);
    result_.marks_.reserve(old_count + changes_.size());
    // Those that went have no bytes and so come first.
    auto change = std::find_if(changes_.begin(), changes_.end(),
                               [](const EntryChange& entry) { return !entry.bytes.empty(); });
    for (std::size_t i = 0; i < old_count; ++i) {
      const std::string_view entry = previous_->Entry(i);
      const Mark& mark = previous_->marks_[i];
      if (changed_.contains(EntryKey(LocatorAt(entry), mark.owner))) continue;
      for (; change != changes_.end() && std::string_view(change->bytes) < entry; ++change) {
        Add(change->bytes, {change->owner, change->revision});
      }
      Add(entry, mark);
    }
    for (; change != changes_.end(); ++change) {
      Add(change->bytes, {change->owner, change->revision});
    }
  }

  void MergeRemovals() {
    if (previous_ != nullptr) {
      for (const Removal& removal : previous_->removals_) {
        if (removal.revision > result_.state_.changes_floor &&
            !changed_.contains(EntryKey(removal.locator, removal.owner))) {
          result_.removals_.push_back(removal);
        }
      }
    }
    for (const EntryChange& change : changes_) {
      if (!change.bytes.empty()) break;
      result_.removals_.push_back({change.locator, change.owner, change.revision});
    }
  }

  const SealedDirectory* const previous_;
  std::vector<EntryChange> changes_;
  SealedDirectory& result_;
  absl::flat_hash_set<EntryKey> changed_;
};

std::shared_ptr<const SealedDirectory> SealedDirectory::Build(
    const SealedDirectory* previous, std::vector<EntryChange> changes,
    const storage::SealedDirectoryState& state) {
  std::shared_ptr<SealedDirectory> result(new SealedDirectory);
  result->state_ = state;
  result->entry_size_ = crypto::SealedEntrySize(state.label_size);
  Builder(previous, std::move(changes), *result).Run();
  result->bucket_bits_ = BucketBits(result->entry_count());
  return result;
}

std::size_t SealedDirectory::LowerBound(std::uint64_t prefix, std::uint32_t bits) const {
  std::size_t begin = 0;
  std::size_t end = entry_count();
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (Prefix(Entry(middle), bits) < prefix) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

std::string_view SealedDirectory::Bucket(std::uint32_t bucket) const {
  const std::size_t begin = LowerBound(bucket, bucket_bits_);
  const std::size_t end = LowerBound(std::uint64_t{bucket} + 1, bucket_bits_);
  return entries().substr(begin * entry_size_, (end - begin) * entry_size_);
}

const crypto::Sha256::Hash& SealedDirectory::entries_hash() const {
  absl::call_once(hash_once_, [this] {
    crypto::Sha256 hash;
    hash.Update(entries_);
    hash_ = hash.Finish();
  });
  return hash_;
}

std::string_view SealedDirectory::Filter() const {
  absl::call_once(filter_once_, [this] {
    std::vector<crypto::Locator> locators;
    locators.reserve(entry_count());
    for (std::size_t i = 0; i < entry_count(); ++i) {
      const crypto::Locator locator = LocatorAt(Entry(i));
      if (locators.empty() || locators.back() != locator) locators.push_back(locator);
    }
    filter_ = *crypto::EncodeLocatorFilter(locators);
  });
  return filter_;
}

SealedChanges SealedDirectory::ChangesSince(std::int64_t since_revision) const {
  std::vector<crypto::Locator> touched;
  for (const Removal& removal : removals_) {
    if (removal.revision > since_revision) touched.push_back(removal.locator);
  }
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    if (marks_[i].revision > since_revision) touched.push_back(LocatorAt(Entry(i)));
  }
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());

  SealedChanges changes;
  for (const crypto::Locator& locator : touched) {
    changes.removed.append(BytesOf(locator));
    // All that is there now under this locator, not only what is new.
    std::size_t i = LowerBound(Prefix(BytesOf(locator), 64), 64);
    for (; i < entry_count() && Entry(i).substr(0, crypto::Locator::kSize) <= BytesOf(locator);
         ++i) {
      if (LocatorAt(Entry(i)) == locator) changes.entries.append(Entry(i));
    }
  }
  return changes;
}

std::size_t SealedDirectory::bytes() const {
  return entries_.capacity() + marks_.capacity() * sizeof(Mark) +
         removals_.capacity() * sizeof(Removal);
}

}  // namespace smartcontacts::service
