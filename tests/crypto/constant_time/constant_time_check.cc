// Runs the OPRF with its secrets marked as undefined memory; valgrind's memcheck then reports every
// branch and every address that depends on one. Secrets are the server's key, the seed it comes
// from, blinds, proof nonces, inputs and outputs. What the protocol makes public is declassified in
// the code itself (crypto/declassify.h).
//
// This is a build of its own of the sources under test, because only it has the declassifications.

#include <sodium.h>
#include <valgrind/memcheck.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "crypto/oprf_client.h"
#include "crypto/oprf_server.h"
#include "crypto/sealed_entry.h"

namespace smartcontacts::crypto {
namespace {

constexpr std::size_t kBatchSize = 3;

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

void MakeSecret(const void* bytes, std::size_t size) { VALGRIND_MAKE_MEM_UNDEFINED(bytes, size); }

// Whether any bit is marked; unlike VALGRIND_CHECK_MEM_IS_DEFINED, asking is no error.
bool IsSecret(const void* bytes, std::size_t size) {
  std::vector<unsigned char> marks(size);
  Require(VALGRIND_GET_VBITS(bytes, marks.data(), size) == 1, "reading the marks");
  return std::any_of(marks.begin(), marks.end(), [](unsigned char mark) { return mark != 0; });
}

SecretKey SecretSeed() {
  SecretKey seed = SecretKey::Generate();
  MakeSecret(seed.bytes().data(), seed.bytes().size());
  return seed;
}

SecretScalars SecretBlinds(std::size_t count) {
  SecretScalars scalars = SecretScalars::Random(count);
  MakeSecret(scalars[0], count * SecretScalars::kScalarSize);
  return scalars;
}

// Everything a client does with inputs, blinds and outputs, and a server with its key.
void Run(const OprfServer& server) {
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < kBatchSize; ++i) {
    inputs.push_back("tel:+49302312510" + std::to_string(i));
    MakeSecret(inputs[i].data(), inputs[i].size());
  }
  const std::vector<absl::string_view> views(inputs.begin(), inputs.end());
  const auto client = VoprfClient::Create(server.public_key());
  const auto batch = client->BlindWith(SecretBlinds(kBatchSize), views);
  Require(batch.ok(), "Blind");
  Require(!IsSecret(batch->elements.data(), kBatchSize * BlindedElement::kSize),
          "blinded elements are public");

  std::vector<EvaluatedElement> evaluated(kBatchSize);
  Require(server.EvaluateElements(batch->elements, absl::MakeSpan(evaluated)).ok(), "Evaluate");
  const auto share = server.ShareOfProof(0, batch->elements, evaluated);
  Require(share.ok(), "ShareOfProof");
  const auto proof = server.ProveWith(SecretBlinds(1), {*share});
  Require(proof.ok(), "Prove");
  Require(!IsSecret(proof->bytes.data(), OprfProof::kSize), "proofs are public");

  const auto outputs = client->Finalize(views, *batch, evaluated, *proof);
  Require(outputs.ok(), "Finalize");
  for (std::size_t i = 0; i < kBatchSize; ++i) {
    const auto own = server.Evaluate(inputs[i]);
    Require(own.ok(), "Evaluate for an input");
    Require(IsSecret(own->bytes().data(), OprfOutput::kSize), "outputs are secret");
    bool equal = *own == (*outputs)[i];
    VALGRIND_MAKE_MEM_DEFINED(&equal, sizeof equal);
    Require(equal, "the client's output is the server's");

    const Locator locator = LocatorOf(*own);
    LabelKey key;
    DeriveLabelKey(*own, 1, key);
    Require(IsSecret(locator.bytes.data(), Locator::kSize) && IsSecret(key.data(), key.size()),
            "what is derived from outputs is secret");
  }
}

int Main() {
  InitializeOrDie();
  Require(RUNNING_ON_VALGRIND != 0, "this program says something under valgrind only");
  const auto derived = OprfServer::FromSeed(OprfMode::kVoprf, SecretSeed(), "info");
  Require(derived.ok(), "FromSeed");
  Run(*derived);
  const SecretScalars key = SecretBlinds(1);
  const auto given = OprfServer::FromScalar(OprfMode::kVoprf, {key[0], SecretScalars::kScalarSize});
  Require(given.ok(), "FromScalar");
  Run(*given);
  return 0;
}

}  // namespace
}  // namespace smartcontacts::crypto

int main() { return smartcontacts::crypto::Main(); }
