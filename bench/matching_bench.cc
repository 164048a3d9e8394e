// How fast a batch of digests is matched, beside absl::flat_hash_map doing the same lookups in the
// same run; and what a change to a directory costs. bench/run.sh makes a table of it.

#include <benchmark/benchmark.h>

#include <random>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "service/matching/directory_snapshot.h"

namespace smartcontacts::service {
namespace {

constexpr std::size_t kBatch = 1'000;
// Of an address book, this share are subscribers.
constexpr double kHitShare = 0.05;
constexpr int kIdentifiersPerSubscriber = 2;
constexpr std::int64_t kEpoch = 1;

std::mt19937_64 Generator() { return std::mt19937_64(42); }

storage::DirectoryEntry Entry(std::int64_t number) {
  crypto::Tag tag{};
  std::memcpy(tag.bytes.data(), &number, sizeof number);
  return {
      .tag = tag,
      .subscriber = Subscriber{.aor = *Aor::Parse(absl::StrCat("sip:", number, "@acme.example")),
                               .identifiers = {*Identifier::Global(absl::StrCat("4930", number)),
                                               *Identifier::Global(absl::StrCat("4917", number))}},
      .visible_revisions = std::vector<std::int64_t>(kIdentifiersPerSubscriber, 1)};
}

std::vector<storage::DirectoryEntry> Entries(std::int64_t subscribers) {
  std::vector<storage::DirectoryEntry> entries;
  for (std::int64_t i = 0; i < subscribers; ++i) entries.push_back(Entry(10'000'000 + i));
  return entries;
}

std::vector<storage::EpochRecord> Epochs() {
  crypto::EpochSalt salt{};
  salt.bytes.fill(7);
  return {{.number = kEpoch, .salt = salt}};
}

std::shared_ptr<const DirectorySnapshot> Snapshot(std::int64_t subscribers) {
  return DirectorySnapshot::Build(nullptr, Entries(subscribers), Epochs(), 1);
}

// Many batches, so that none is still in the processor's caches when it comes round again.
std::vector<std::vector<crypto::Digest>> Batches(std::int64_t subscribers) {
  auto generator = Generator();
  std::bernoulli_distribution hit(kHitShare);
  std::uniform_int_distribution<std::int64_t> who(0, subscribers - 1);
  const crypto::Digester digester(Epochs().front().salt);
  std::vector<std::vector<crypto::Digest>> batches(512);
  for (auto& batch : batches) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      // Another area code for those whom nobody knows.
      const char* const area = hit(generator) ? "4930" : "4989";
      batch.push_back(
          digester(*Identifier::Global(absl::StrCat(area, 10'000'000 + who(generator)))));
    }
  }
  return batches;
}

void SetRate(benchmark::State& state) {
  state.counters["digests_per_second"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * kBatch, benchmark::Counter::kIsRate);
}

// The baseline: what one would write without thinking of caches.
void FlatHashMap(benchmark::State& state) {
  absl::flat_hash_map<std::array<std::uint8_t, crypto::Digest::kSize>, std::string> map;
  const crypto::Digester digester(Epochs().front().salt);
  for (const storage::DirectoryEntry& entry : Entries(state.range(0))) {
    for (const Identifier& identifier : entry.subscriber->identifiers) {
      map[digester(identifier).bytes] = entry.subscriber->aor.value();
    }
  }
  const auto batches = Batches(state.range(0));
  std::size_t next = 0;
  for (auto _ : state) {
    std::size_t found = 0;
    const auto& batch = batches[next++ % batches.size()];
    for (std::size_t position = 0; position < batch.size(); ++position) {
      const auto entry = map.find(batch[position].bytes);
      if (entry != map.end()) found += position + static_cast<std::size_t>(entry->second.back());
    }
    benchmark::DoNotOptimize(found);
  }
  SetRate(state);
}

void SnapshotMatch(benchmark::State& state) {
  const auto snapshot = Snapshot(state.range(0));
  const auto batches = Batches(state.range(0));
  std::size_t next = 0;
  for (auto _ : state) {
    std::size_t found = 0;
    snapshot->Match(kEpoch, batches[next++ % batches.size()], 0,
                    [&](std::size_t position, std::string_view aor) {
                      found += position + static_cast<std::size_t>(aor.back());
                    });
    benchmark::DoNotOptimize(found);
  }
  SetRate(state);
  state.counters["bytes_per_identifier"] =
      static_cast<double>(snapshot->bytes()) /
      static_cast<double>(state.range(0) * kIdentifiersPerSubscriber);
}

void LoadSnapshot(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<storage::DirectoryEntry> entries = Entries(state.range(0));
    state.ResumeTiming();
    benchmark::DoNotOptimize(DirectorySnapshot::Build(nullptr, std::move(entries), Epochs(), 1));
  }
}

// One subscriber joins.
void ChangeOfOne(benchmark::State& state) {
  const auto snapshot = Snapshot(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        DirectorySnapshot::Build(snapshot.get(), {Entry(5'000'000)}, Epochs(), 2));
  }
}

#define SIZES RangeMultiplier(10)->Range(1'000, 1'000'000)->Unit(benchmark::kMicrosecond)
BENCHMARK(FlatHashMap)->SIZES;
BENCHMARK(SnapshotMatch)->SIZES;
BENCHMARK(LoadSnapshot)->SIZES;
BENCHMARK(ChangeOfOne)->SIZES;

}  // namespace
}  // namespace smartcontacts::service
