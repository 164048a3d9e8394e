#include "client/matching/book_matcher.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/matching/match_stream.h"
#include "client/matching/policy.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

class Matcher {
 public:
  Matcher(const Connection& connection, const v1::GetPolicyResponse& policy,
          const crypto::EpochSalt& salt, const std::function<void(const FoundContact&)>& on_found)
      : connection_(connection), policy_(policy), digester_(salt), on_found_(on_found) {}

  absl::StatusOr<BookSummary> Match(std::istream& book) {
    RETURN_IF_ERROR(ReadCandidates(
        DialPlanOf(policy_.dial_plan()), book,
        [this](FoundContact candidate) { return Add(std::move(candidate)); }, summary_));
    RETURN_IF_ERROR(Flush());
    if (stream_ != nullptr) RETURN_IF_ERROR(stream_->Close());
    return std::move(summary_);
  }

 private:
  absl::Status Add(FoundContact candidate) {
    const crypto::Digest digest = digester_(candidate.candidate.identifier);
    digests_.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
    asked_.push_back(std::move(candidate));
    const bool full =
        static_cast<std::int32_t>(asked_.size()) == policy_.limits().digests_per_message_max();
    return full ? Flush() : absl::OkStatus();
  }

  absl::Status Flush() {
    if (asked_.empty()) return absl::OkStatus();
    const auto count = static_cast<std::int64_t>(asked_.size());
    if (stream_ != nullptr && sent_in_stream_ + count > policy_.limits().digests_per_stream_max()) {
      RETURN_IF_ERROR(stream_->Close());
      stream_.reset();
    }
    if (stream_ == nullptr) {
      stream_ = std::make_unique<MatchStream>(connection_, policy_.epoch().number());
      sent_in_stream_ = 0;
    }
    ASSIGN_OR_RETURN(const v1::MatchContactsStreamResponse answer, stream_->Ask(digests_));
    for (const v1::Match& match : answer.matches()) {
      const std::int64_t place = match.index() - sent_in_stream_;
      if (place < 0 || place >= count) {
        return absl::InternalError("the service named a contact that was not asked for");
      }
      FoundContact& found = asked_[static_cast<std::size_t>(place)];
      found.aor = match.aor();
      on_found_(found);
    }
    summary_.matches += answer.matches_size();
    summary_.revision = answer.revision();
    summary_.next_check_delay = absl::Seconds(answer.next_check_delay().seconds());
    sent_in_stream_ += count;
    digests_.clear();
    asked_.clear();
    return absl::OkStatus();
  }

  const Connection& connection_;
  const v1::GetPolicyResponse& policy_;
  const crypto::Digester digester_;
  const std::function<void(const FoundContact&)>& on_found_;
  std::unique_ptr<MatchStream> stream_;
  std::int64_t sent_in_stream_ = 0;
  std::string digests_;
  std::vector<FoundContact> asked_;  // beside digests_; without the address of record
  BookSummary summary_;
};

}  // namespace

absl::StatusOr<BookSummary> MatchBook(const Connection& connection,
                                      const v1::GetPolicyResponse& policy, std::istream& book,
                                      const std::function<void(const FoundContact&)>& on_found) {
  ASSIGN_OR_RETURN(const crypto::EpochSalt salt, SaltOf(policy.epoch()));
  return Matcher(connection, policy, salt, on_found).Match(book);
}

}  // namespace smartcontacts::client
