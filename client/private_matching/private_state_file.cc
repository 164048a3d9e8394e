#include "client/private_matching/private_state_file.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/secret.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

// The file is this line, then the sealed state. The line is sealed with it.
constexpr absl::string_view kMagic = "smart-contacts private match state ";
constexpr absl::string_view kFirstLine = "smart-contacts private match state 1\n";

absl::Status Refused(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": ", why, "; ", AdviceToStartAnew(path)));
}

absl::Span<std::uint8_t> MutableBytes(std::string& text) {
  return {reinterpret_cast<std::uint8_t*>(text.data()), text.size()};
}

std::string KeyPath(const std::string& path) { return path + ".key"; }

}  // namespace

std::string AdviceToStartAnew(const std::string& path) {
  return absl::StrCat(
      "the file is left as it is. Restore it from a copy, or move it and ", KeyPath(path),
      " away and run this again: all numbers are then evaluated anew, which counts against the "
      "account's quota");
}

absl::StatusOr<PrivateStateFile> PrivateStateFile::Open(const std::string& path) {
  ASSIGN_OR_RETURN(FileLock lock, FileLock::Take(path));
  PrivateStateFile file(path, std::move(lock));
  RETURN_IF_ERROR(file.ReadKey());
  return file;
}

absl::Status PrivateStateFile::ReadKey() {
  absl::StatusOr<std::string> bytes = ReadOwnersOnly(KeyPath(path_), crypto::SecretKey::kSize);
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
  if (absl::IsOutOfRange(bytes.status())) return Refused(path_, "its key file holds no key");
  RETURN_IF_ERROR(bytes.status());
  absl::StatusOr<crypto::SecretKey> key = crypto::SecretKey::FromBytes(MutableBytes(*bytes));
  crypto::Wipe(MutableBytes(*bytes));
  if (!key.ok()) return Refused(path_, "its key file holds no key");
  sealer_.emplace(*std::move(key));
  return absl::OkStatus();
}

absl::Status PrivateStateFile::MakeKey() {
  crypto::SecretKey key = crypto::SecretKey::Generate();
  const absl::string_view bytes(reinterpret_cast<const char*>(key.bytes().data()),
                                key.bytes().size());
  RETURN_IF_ERROR(ReplaceFile(KeyPath(path_), bytes));
  sealer_.emplace(std::move(key));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<PrivateState>> PrivateStateFile::Read() const {
  const absl::StatusOr<std::string> file = ReadBounded(path_, kPrivateStateFileSizeMax);
  if (absl::IsNotFound(file.status())) return std::optional<PrivateState>();
  if (absl::IsOutOfRange(file.status())) return Refused(path_, "it is too large for a state file");
  RETURN_IF_ERROR(file.status());
  if (!absl::StartsWith(*file, kMagic)) {
    return Refused(path_, "it is no state file of the private mode");
  }
  if (!absl::StartsWith(*file, kFirstLine)) {
    return Refused(path_, "another version of this program wrote it, or it is damaged");
  }
  if (!sealer_.has_value()) {
    return Refused(path_, absl::StrCat("its key, ", KeyPath(path_), ", is gone"));
  }
  absl::StatusOr<std::string> plain =
      sealer_->Open(absl::string_view(*file).substr(kFirstLine.size()), kFirstLine);
  if (!plain.ok()) {
    return Refused(path_, "it does not open: it is damaged or cut off, or its key is another's");
  }
  absl::StatusOr<PrivateState> state = ParsePrivateState(*plain);
  crypto::Wipe(MutableBytes(*plain));
  if (!state.ok()) return Refused(path_, state.status().message());
  return std::optional(*std::move(state));
}

absl::Status PrivateStateFile::Write(const PrivateState& state) {
  if (!sealer_.has_value()) RETURN_IF_ERROR(MakeKey());
  std::string plain = Serialize(state);
  const std::string file = absl::StrCat(kFirstLine, sealer_->Seal(plain, kFirstLine));
  crypto::Wipe(MutableBytes(plain));
  if (file.size() > kPrivateStateFileSizeMax) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_,
                     ": what there is to keep is more than a state file may have; match a "
                     "smaller address book"));
  }
  return ReplaceFile(path_, file);
}

}  // namespace smartcontacts::client
