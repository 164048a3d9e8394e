// What a digest is worth to somebody who has it and the salt: how many numbers one core tries a
// second.

#include <benchmark/benchmark.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "domain/identifier.h"

namespace smartcontacts {
namespace {

// Identifiers as an attacker would make them, one number after the other.
void TryNumbers(benchmark::State& state) {
  crypto::InitializeOrDie();
  const crypto::Digester digester(crypto::EpochSalt{});
  const crypto::Digest wanted{};
  std::int64_t number = 4'915'100'000'000;
  for (auto _ : state) {
    const auto identifier = Identifier::Global(absl::StrCat(number++));
    bool found = digester(*identifier) == wanted;
    benchmark::DoNotOptimize(found);
  }
  state.counters["numbers_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(TryNumbers);

}  // namespace
}  // namespace smartcontacts
