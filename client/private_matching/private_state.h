// What a device keeps of the private mode between runs, and the bytes that it is kept as.

#ifndef SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_PRIVATE_STATE_H_
#define SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_PRIVATE_STATE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "crypto/oprf.h"
#include "crypto/signing.h"

namespace smartcontacts::client {

// An identifier of the book that was evaluated. What stands in the directory under its locator,
// which is LocatorOf(output): addresses of record by the version of their entries.
struct EvaluatedIdentifier {
  crypto::OprfOutput output;
  std::map<std::uint64_t, std::string> aors;

  friend bool operator==(const EvaluatedIdentifier&, const EvaluatedIdentifier&) = default;
};

struct PrivateState {
  std::string server;  // as it was last reached: tells a person whose state this is
  crypto::Signer::PublicKey directory_key{};  // of the tenant: tells the program
  std::int64_t epoch = 0;
  crypto::OprfPublicKey oprf_key{};  // of the epoch
  // The epoch's directory was seen at this revision, and at none that is higher.
  std::int64_t revision = 0;
  // Whether `identifiers` have all that the directory had for them at `revision`. False: there were
  // evaluations since, or only evaluations.
  bool looked_up = false;
  std::map<std::string, EvaluatedIdentifier> identifiers;

  friend bool operator==(const PrivateState&, const PrivateState&) = default;
};

// Has contact data and secrets: the caller wipes it.
std::string Serialize(const PrivateState& state);

// Strict: INVALID_ARGUMENT, without contact data, for anything Serialize() does not write.
absl::StatusOr<PrivateState> ParsePrivateState(absl::string_view bytes);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_PRIVATE_STATE_H_
