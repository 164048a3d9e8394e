#include "crypto/master_key.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "domain/status_macros.h"

namespace smartcontacts::crypto {
namespace {

constexpr absl::string_view kWrapPurpose = "smart-contacts/master/wrap/v1";

absl::Span<std::uint8_t> Bytes(std::string& text) {
  return {reinterpret_cast<std::uint8_t*>(text.data()), text.size()};
}

// Reads the key of one line and wipes what it decoded on the way.
absl::StatusOr<SecretKey> DecodeKey(absl::string_view base64) {
  std::string decoded;
  if (!absl::Base64Unescape(base64, &decoded)) {
    return absl::InvalidArgumentError("the key is no base64");
  }
  absl::StatusOr<SecretKey> key = SecretKey::FromBytes(Bytes(decoded));
  Wipe(Bytes(decoded));
  return key;
}

}  // namespace

absl::StatusOr<MasterKey> MasterKey::Parse(absl::string_view text) {
  MasterKey master_key;
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++line_number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    const auto fail = [line_number](absl::string_view what) {
      return absl::InvalidArgumentError(absl::StrCat("master key, line ", line_number, ": ", what));
    };
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    std::int32_t version = 0;
    if (!absl::SimpleAtoi(parts.first, &version) || version < 1) {
      return fail("expected VERSION:KEY with a version from 1 to 2147483647");
    }
    const absl::StatusOr<SecretKey> key = DecodeKey(parts.second);
    if (!key.ok()) return fail(key.status().message());
    if (!master_key.sealers_.try_emplace(version, key->Derive(kWrapPurpose)).second) {
      return fail("this version is there twice");
    }
  }
  if (master_key.sealers_.empty())
    return absl::InvalidArgumentError("master key: the file has no key");
  return master_key;
}

std::string MasterKey::GenerateText(std::int64_t version) {
  const SecretKey key = SecretKey::Generate();
  return absl::StrCat(
      version, ":",
      absl::Base64Escape({reinterpret_cast<const char*>(key.bytes().data()), SecretKey::kSize}),
      "\n");
}

std::int64_t MasterKey::version() const { return sealers_.rbegin()->first; }

std::vector<std::int64_t> MasterKey::versions() const {
  std::vector<std::int64_t> versions;
  for (const auto& [version, sealer] : sealers_) versions.push_back(version);
  return versions;
}

WrappedKey MasterKey::Wrap(const SecretKey& key, absl::string_view context) const {
  const auto& [version, sealer] = *sealers_.rbegin();
  return {
      version,
      sealer.Seal({reinterpret_cast<const char*>(key.bytes().data()), SecretKey::kSize}, context)};
}

absl::StatusOr<SecretKey> MasterKey::Unwrap(const WrappedKey& wrapped,
                                            absl::string_view context) const {
  const auto found = sealers_.find(wrapped.master_key_version);
  if (found == sealers_.end()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the master key has no version ", wrapped.master_key_version));
  }
  ASSIGN_OR_RETURN(std::string bytes, found->second.Open(wrapped.sealed, context));
  absl::StatusOr<SecretKey> key = SecretKey::FromBytes(Bytes(bytes));
  Wipe(Bytes(bytes));
  return key;
}

}  // namespace smartcontacts::crypto
