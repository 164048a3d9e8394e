#include "service/private_match/blind_evaluator.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "crypto/oprf_server.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/limits.h"
#include "service/private_match/epoch_key.h"

namespace smartcontacts::service {
namespace {

constexpr char kField[] = "blinded_elements";

absl::Status Invalid(absl::string_view what) {
  return MakeError(Reason::kElementInvalid, absl::StrCat(kField, ": ", what), {.field = kField});
}

absl::StatusOr<std::vector<crypto::BlindedElement>> Read(std::string_view packed) {
  constexpr std::size_t kSize = crypto::BlindedElement::kSize;
  if (packed.empty()) return Invalid("required");
  if (packed.size() > kSize * kBlindedElementsPerMessageMax) {
    return MakeError(
        Reason::kBatchTooLarge,
        absl::StrCat(kField, ": at most ", kBlindedElementsPerMessageMax, " in one message"),
        {.field = kField, .metadata = {{"limit", absl::StrCat(kBlindedElementsPerMessageMax)}}});
  }
  absl::StatusOr<std::vector<crypto::BlindedElement>> elements =
      crypto::ParseBlindedElements({packed.data(), packed.size()});
  if (!elements.ok()) return Invalid(absl::StrCat("32 bytes each, not ", packed.size(), " in all"));
  return elements;
}

// What the evaluation refused, in the words of the API.
absl::Status Refused(const absl::Status& status) {
  const std::optional<std::size_t> index = crypto::RefusedIndex(status);
  if (!index.has_value()) return status;
  return MakeError(Reason::kElementInvalid,
                   absl::StrCat(kField, "[", *index,
                                "]: not the canonical encoding of a ristretto255 element, or the "
                                "identity"),
                   {.field = absl::StrCat(kField, "[", *index, "]")});
}

}  // namespace

absl::StatusOr<EvaluatedBatch> BlindEvaluator::Evaluate(const Account& account,
                                                        const LoadedTenant& tenant,
                                                        std::int64_t epoch, std::string_view packed,
                                                        absl::Time now) {
  ASSIGN_OR_RETURN(const std::vector<crypto::BlindedElement> blinded, Read(packed));
  ASSIGN_OR_RETURN(const auto keys, keys_.Get(account.tenant));
  ASSIGN_OR_RETURN(const crypto::OprfServer server, EpochKey(*keys, epoch));
  RETURN_IF_ERROR(quota_.Charge(account, MatchKind::kEvaluation,
                                static_cast<std::int64_t>(blinded.size()),
                                tenant.tenant.policy.match_quota, now));
  EvaluatedBatch batch;
  batch.public_key = server.public_key();
  batch.elements.resize(blinded.size());
  if (const absl::Status status = server.EvaluateElements(blinded, absl::MakeSpan(batch.elements));
      !status.ok()) {
    return Refused(status);
  }
  ASSIGN_OR_RETURN(batch.proof, server.Prove(blinded, batch.elements));
  evaluated_elements_ += static_cast<std::int64_t>(batch.elements.size());
  return batch;
}

}  // namespace smartcontacts::service
