#include "client/private_matching/private_book_matcher.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/matching/policy.h"
#include "client/private_matching/directory_lookup.h"
#include "client/private_matching/directory_reader.h"
#include "client/private_matching/evaluation.h"
#include "client/private_matching/misbehaviour.h"
#include "client/private_matching/private_state.h"
#include "client/private_matching/private_state_file.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

// How often a run begins again because the epoch ended meanwhile.
constexpr int kEpochAttemptsMax = 3;

absl::StatusOr<crypto::Signer::PublicKey> DirectoryKeyOf(const v1::GetPolicyResponse& policy) {
  if (policy.private_mode() != v1::PRIVATE_MODE_OFFERED &&
      policy.private_mode() != v1::PRIVATE_MODE_REQUIRED) {
    return absl::FailedPreconditionError(
        "this phone system does not offer the private mode; nothing was sent");
  }
  const std::string& bytes = policy.private_match().directory_public_key();
  crypto::Signer::PublicKey key;
  if (bytes.size() != key.size() || policy.epoch().number() < 1) {
    return Misbehaviour("the policy lacks what the private mode needs");
  }
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

bool IsOfTheEpoch(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  return reason == "EPOCH_EXPIRED" || reason == "EPOCH_UNKNOWN";
}

class PrivateMatcher {
 public:
  PrivateMatcher(const Connection& connection, PrivateStateFile file,
                 const crypto::Signer::PublicKey& directory_key)
      : connection_(connection), file_(std::move(file)), directory_key_(directory_key) {}

  absl::StatusOr<PrivateBookSummary> Match(
      v1::GetPolicyResponse policy, std::istream& book,
      const std::function<void(const FoundContact&)>& on_found) {
    ASSIGN_OR_RETURN(std::optional<PrivateState> kept, file_.Read());
    RETURN_IF_ERROR(CheckKept(kept, policy));
    RETURN_IF_ERROR(ReadBook(policy, book));
    RETURN_IF_ERROR(WorkInEpoch(policy, std::move(kept)));
    Report(on_found);
    summary_.book.next_check_delay = absl::Seconds(policy.refresh_delay().seconds());
    return std::move(summary_);
  }

 private:
  // Whether the state on disk is this tenant's.
  absl::Status CheckKept(const std::optional<PrivateState>& kept,
                         const v1::GetPolicyResponse& policy) const {
    if (!kept.has_value()) return absl::OkStatus();
    if (kept->directory_key != directory_key_) {
      return absl::FailedPreconditionError(absl::StrCat(
          file_.path(), ": it is of another tenant (last reached at ", kept->server,
          "), or somebody stands between you and the service. For each tenant use a state file of "
          "its own; ",
          AdviceToStartAnew(file_.path())));
    }
    if (kept->epoch > policy.epoch().number()) {
      return absl::FailedPreconditionError(absl::StrCat(
          file_.path(), ": it is of epoch ", kept->epoch, " and the service is back at epoch ",
          policy.epoch().number(),
          ": a replica that is behind, or somebody who replays old "
          "answers. Try again in a minute. If the operator says that the service was set back, ",
          AdviceToStartAnew(file_.path())));
    }
    return absl::OkStatus();
  }

  absl::Status ReadBook(const v1::GetPolicyResponse& policy, std::istream& book) {
    RETURN_IF_ERROR(ReadCandidates(
        DialPlanOf(policy.dial_plan()), book,
        [this](FoundContact candidate) -> absl::Status {
          identifiers_.insert(candidate.candidate.identifier.value());
          if (identifiers_.size() > kPrivateIdentifiersMax) {
            return absl::ResourceExhaustedError(
                absl::StrCat("the address book has more than ", kPrivateIdentifiersMax,
                             " numbers, which is the most that the private mode does"));
          }
          asked_.push_back(std::move(candidate));
          return absl::OkStatus();
        },
        summary_.book));
    summary_.identifiers = static_cast<std::int64_t>(identifiers_.size());
    return absl::OkStatus();
  }

  // Begins again when the epoch ends before the work does.
  absl::Status WorkInEpoch(v1::GetPolicyResponse& policy, std::optional<PrivateState> kept) {
    for (int attempt = 1;; ++attempt) {
      const std::int64_t epoch = policy.epoch().number();
      std::optional<PrivateState> before = std::exchange(kept, std::nullopt);
      const bool goes_on = before.has_value() && before->epoch == epoch;
      state_ = goes_on ? *std::move(before) : NewState(epoch);
      absl::Status status = Work(policy, /*new_epoch=*/!goes_on);
      if (!IsOfTheEpoch(status) || attempt == kEpochAttemptsMax) return status;
      ASSIGN_OR_RETURN(v1::GetPolicyResponse fresh, FetchPolicy(connection_));
      if (fresh.epoch().number() <= epoch) return status;
      ASSIGN_OR_RETURN(const crypto::Signer::PublicKey key, DirectoryKeyOf(fresh));
      if (key != directory_key_) {
        return Misbehaviour("the tenant's key changed while this ran, which it never does");
      }
      if (fresh.dial_plan().SerializeAsString() != policy.dial_plan().SerializeAsString()) {
        return absl::AbortedError("the tenant's dial plan changed while this ran: run it again");
      }
      policy = std::move(fresh);
    }
  }

  PrivateState NewState(std::int64_t epoch) const {
    return {.directory_key = directory_key_, .epoch = epoch};
  }

  // All the work in one epoch, from state_ and into it and the file.
  absl::Status Work(const v1::GetPolicyResponse& policy, bool new_epoch) {
    state_.server = connection_.server();
    summary_.evaluated = 0;
    summary_.waiting = 0;
    summary_.waiting_for = absl::OkStatus();
    ForgetWhatIsInTheBookNoMore();
    DirectoryTrust trust{.directory_key = directory_key_, .epoch = state_.epoch};
    if (!new_epoch) {
      trust.oprf_key = state_.oprf_key;
      trust.revision_min = state_.revision;
    }
    DirectoryReader reader(connection_, trust);
    absl::Status status = WorkWith(reader, policy, new_epoch);
    summary_.downloaded_bytes += reader.downloaded_bytes();
    if (!status.ok() && summary_.evaluated > 0 && !IsMisbehaviour(status) &&
        !IsOfTheEpoch(status)) {
      status = KeepEvaluated(status);
    }
    return status;
  }

  absl::Status WorkWith(DirectoryReader& reader, const v1::GetPolicyResponse& policy,
                        bool new_epoch) {
    const bool download_whole = policy.private_match().download_whole();
    if (new_epoch) {
      // Before anything is paid for: whether there is a directory, and what the tenant signs to be
      // the epoch's key.
      const absl::StatusOr<crypto::SealedDirectoryHeader> header =
          reader.ReadHeader({.part = download_whole ? crypto::SealedDirectoryPart::kWhole
                                                    : crypto::SealedDirectoryPart::kFilter});
      if (ReasonOf(header.status()) == "SERVICE_UNAVAILABLE") {
        return Reworded(
            header.status(),
            absl::StrCat(header.status().message(),
                         "; the service may be sealing the directory of this epoch for the first "
                         "time. Nothing was evaluated yet"));
      }
      RETURN_IF_ERROR(header.status());
      state_.oprf_key = header->public_key;
      reader.Pin(header->public_key);
    }
    RETURN_IF_ERROR(Evaluate(policy));
    RETURN_IF_ERROR(LookUp(reader, download_whole));
    return file_.Write(state_);
  }

  void ForgetWhatIsInTheBookNoMore() {
    for (auto it = state_.identifiers.begin(); it != state_.identifiers.end();) {
      it = identifiers_.contains(it->first) ? std::next(it) : state_.identifiers.erase(it);
    }
  }

  // Gives each identifier of the book an output, or says in the summary how many wait for quota.
  absl::Status Evaluate(const v1::GetPolicyResponse& policy) {
    std::vector<std::string> missing;
    for (const std::string& identifier : identifiers_) {
      if (!state_.identifiers.contains(identifier)) missing.push_back(identifier);
    }
    const auto missing_count = static_cast<std::int64_t>(missing.size());
    absl::Status status =
        EvaluateIdentifiers(connection_, policy, state_.oprf_key, std::move(missing),
                            [this](const std::string& identifier, crypto::OprfOutput output) {
                              state_.identifiers[identifier].output = std::move(output);
                              state_.looked_up = false;
                              ++summary_.evaluated;
                            });
    summary_.waiting = missing_count - summary_.evaluated;
    const bool used_up = ReasonOf(status) == "QUOTA_EXCEEDED";
    if (!used_up || state_.identifiers.empty()) return status;
    summary_.waiting_for = status;
    return absl::OkStatus();
  }

  absl::Status LookUp(DirectoryReader& reader, bool download_whole) {
    if (state_.looked_up) {
      absl::Status status = LookUpChanges(reader, state_);
      if (ReasonOf(status) != "REVISION_EXPIRED") return status;
    }
    return LookUpAll(reader, download_whole, state_);
  }

  // Evaluations are proven and paid for, whatever went wrong after them.
  absl::Status KeepEvaluated(const absl::Status& error) {
    if (!file_.Write(state_).ok()) return error;
    return Reworded(error, absl::StrCat(error.message(), "; ", summary_.evaluated,
                                        " numbers were evaluated before that, and are kept"));
  }

  void Report(const std::function<void(const FoundContact&)>& on_found) {
    summary_.book.revision = state_.revision;
    for (FoundContact& contact : asked_) {
      const auto found = state_.identifiers.find(contact.candidate.identifier.value());
      if (found == state_.identifiers.end()) continue;
      std::set<absl::string_view> aors;  // in byte order, each once
      for (const auto& [version, aor] : found->second.aors) aors.insert(aor);
      std::size_t count = 0;
      for (auto aor = aors.begin(); aor != aors.end() && count < kMatchesPerIdentifierMax;
           ++aor, ++count) {
        contact.aor = std::string(*aor);
        on_found(contact);
        ++summary_.book.matches;
      }
    }
  }

  const Connection& connection_;
  PrivateStateFile file_;
  const crypto::Signer::PublicKey directory_key_;
  std::vector<FoundContact> asked_;  // without the address of record
  std::set<std::string> identifiers_;
  PrivateState state_;
  PrivateBookSummary summary_;
};

}  // namespace

absl::StatusOr<PrivateBookSummary> MatchBookPrivately(
    const Connection& connection, const v1::GetPolicyResponse& policy, std::istream& book,
    const std::string& state_path, const std::function<void(const FoundContact&)>& on_found) {
  ASSIGN_OR_RETURN(const crypto::Signer::PublicKey directory_key, DirectoryKeyOf(policy));
  ASSIGN_OR_RETURN(PrivateStateFile file, PrivateStateFile::Open(state_path));
  return PrivateMatcher(connection, std::move(file), directory_key).Match(policy, book, on_found);
}

}  // namespace smartcontacts::client
