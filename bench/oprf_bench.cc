// The private mode's cryptography, beside the one operation that it cannot do without: a scalar
// multiplication. Everything but the client's part is run on one thread and on all.

#include <benchmark/benchmark.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/locator_filter.h"
#include "crypto/oprf_client.h"
#include "crypto/oprf_server.h"
#include "crypto/sealed_entry.h"

namespace smartcontacts::crypto {
namespace {

int AllThreads() { return static_cast<int>(std::thread::hardware_concurrency()); }

const OprfServer& Server() {
  static const OprfServer* const server = [] {
    InitializeOrDie();
    return new OprfServer(
        *OprfServer::FromSeed(OprfMode::kVoprf, SecretKey::Generate(), "benchmark"));
  }();
  return *server;
}

std::vector<std::string> Identifiers(std::int64_t count) {
  std::vector<std::string> identifiers;
  for (std::int64_t i = 0; i < count; ++i) {
    identifiers.push_back(absl::StrCat("tel:+", 4'930'231'250'000 + i));
  }
  return identifiers;
}

// A batch as it arrives at the server.
struct Batch {
  explicit Batch(std::int64_t size)
      : client(*VoprfClient::Create(Server().public_key())),
        identifiers(Identifiers(size)),
        inputs(identifiers.begin(), identifiers.end()),
        blinded(*client.Blind(inputs)),
        evaluated(inputs.size()) {}

  VoprfClient client;
  std::vector<std::string> identifiers;
  std::vector<absl::string_view> inputs;
  BlindedBatch blinded;
  std::vector<EvaluatedElement> evaluated;
};

// Counts elements a second, of all threads together.
void CountElements(benchmark::State& state, std::int64_t a_iteration) {
  state.SetItemsProcessed(state.iterations() * a_iteration);
}

void BareScalarMultiplication(benchmark::State& state) {
  Server();
  std::array<unsigned char, crypto_core_ristretto255_SCALARBYTES> scalar;
  std::array<unsigned char, crypto_core_ristretto255_BYTES> element;
  std::array<unsigned char, crypto_core_ristretto255_BYTES> product;
  crypto_core_ristretto255_scalar_random(scalar.data());
  crypto_core_ristretto255_random(element.data());
  for (auto _ : state) {
    int result = crypto_scalarmult_ristretto255(product.data(), scalar.data(), element.data());
    benchmark::DoNotOptimize(result);
  }
  CountElements(state, 1);
}
BENCHMARK(BareScalarMultiplication)->UseRealTime()->Threads(1)->Threads(AllThreads());

void EvaluateWithoutProof(benchmark::State& state) {
  Batch batch(state.range(0));
  for (auto _ : state) {
    const absl::Status status =
        Server().EvaluateElements(batch.blinded.elements, absl::MakeSpan(batch.evaluated));
    if (!status.ok()) state.SkipWithError(status.ToString().c_str());
  }
  CountElements(state, state.range(0));
}
BENCHMARK(EvaluateWithoutProof)
    ->Arg(100)
    ->Arg(1000)
    ->UseRealTime()
    ->Threads(1)
    ->Threads(AllThreads());

void EvaluateWithProof(benchmark::State& state) {
  Batch batch(state.range(0));
  for (auto _ : state) {
    absl::Status status =
        Server().EvaluateElements(batch.blinded.elements, absl::MakeSpan(batch.evaluated));
    if (status.ok()) status = Server().Prove(batch.blinded.elements, batch.evaluated).status();
    if (!status.ok()) state.SkipWithError(status.ToString().c_str());
  }
  CountElements(state, state.range(0));
}
BENCHMARK(EvaluateWithProof)->Arg(100)->Arg(1000)->UseRealTime()->Threads(1)->Threads(AllThreads());

// What is left to do alone when the pieces of a batch were evaluated elsewhere.
void ProveFromShares(benchmark::State& state) {
  Batch batch(100);
  const auto evaluated =
      Server().EvaluateElements(batch.blinded.elements, absl::MakeSpan(batch.evaluated));
  const std::vector<ProofShare> shares = {
      *Server().ShareOfProof(0, batch.blinded.elements, batch.evaluated)};
  for (auto _ : state) {
    auto proof = Server().Prove(shares);
    benchmark::DoNotOptimize(proof);
  }
  if (!evaluated.ok()) state.SkipWithError(evaluated.ToString().c_str());
}
BENCHMARK(ProveFromShares);

void EvaluateDirectory(benchmark::State& state) {
  const std::vector<std::string> identifiers = Identifiers(1000);
  std::size_t i = 0;
  for (auto _ : state) {
    auto output = Server().Evaluate(identifiers[i++ % identifiers.size()]);
    benchmark::DoNotOptimize(output);
  }
  CountElements(state, 1);
}
BENCHMARK(EvaluateDirectory)->UseRealTime()->Threads(1)->Threads(AllThreads());

void ClientBlind(benchmark::State& state) {
  const Batch batch(state.range(0));
  for (auto _ : state) {
    auto blinded = batch.client.Blind(batch.inputs);
    benchmark::DoNotOptimize(blinded);
  }
  CountElements(state, state.range(0));
}
BENCHMARK(ClientBlind)->Arg(100)->Arg(1000);

void ClientFinalize(benchmark::State& state) {
  Batch batch(state.range(0));
  absl::Status status =
      Server().EvaluateElements(batch.blinded.elements, absl::MakeSpan(batch.evaluated));
  const OprfProof proof = *Server().Prove(batch.blinded.elements, batch.evaluated);
  for (auto _ : state) {
    auto outputs = batch.client.Finalize(batch.inputs, batch.blinded, batch.evaluated, proof);
    status.Update(outputs.status());
  }
  if (!status.ok()) state.SkipWithError(status.ToString().c_str());
  CountElements(state, state.range(0));
}
BENCHMARK(ClientFinalize)->Arg(100)->Arg(1000);

void SealAnEntry(benchmark::State& state) {
  const OprfOutput output = *Server().Evaluate("tel:+493023125103");
  std::uint64_t version = 0;
  for (auto _ : state) {
    auto entry = SealEntry(output, ++version, "sip:103@acme.example", 64);
    benchmark::DoNotOptimize(entry);
  }
  CountElements(state, 1);
}
BENCHMARK(SealAnEntry);

std::vector<Locator> RandomLocators(std::size_t count) {
  InitializeOrDie();
  std::vector<Locator> locators(count);
  for (Locator& locator : locators) RandomBytes(absl::MakeSpan(locator.bytes));
  std::sort(locators.begin(), locators.end());
  return locators;
}

// A filter of a large tenant, read and asked for an address book of a thousand.
void AskAFilter(benchmark::State& state) {
  const auto bytes = EncodeLocatorFilter(RandomLocators(static_cast<std::size_t>(state.range(0))));
  const std::vector<Locator> book = RandomLocators(1000);
  for (auto _ : state) {
    auto found = LocatorFilter::Parse(*bytes)->ProbablyContained(book);
    benchmark::DoNotOptimize(found);
  }
  CountElements(state, state.range(0));
}
BENCHMARK(AskAFilter)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace smartcontacts::crypto
