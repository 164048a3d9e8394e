#include "client/private_matching/misbehaviour.h"

#include "absl/strings/str_cat.h"

namespace smartcontacts::client {
namespace {

constexpr char kMisbehaviourUrl[] = "smartcontacts/misbehaviour";

}  // namespace

absl::Status Misbehaviour(absl::string_view what) {
  absl::Status status = absl::DataLossError(absl::StrCat(
      what,
      ": the service, or somebody between, misbehaves; nothing was saved. Tell whoever runs "
      "your phone system"));
  status.SetPayload(kMisbehaviourUrl, {});
  return status;
}

bool IsMisbehaviour(const absl::Status& status) {
  return status.GetPayload(kMisbehaviourUrl).has_value();
}

}  // namespace smartcontacts::client
