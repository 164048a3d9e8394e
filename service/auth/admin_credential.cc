#include "service/auth/admin_credential.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "crypto/secret.h"
#include "domain/status_macros.h"
#include "service/auth/bearer.h"
#include "service/error.h"

namespace smartcontacts::service {
namespace {

constexpr char kOnlyName[] = "admin";

bool IsName(absl::string_view text) {
  return !text.empty() && text.size() <= AdminCredential::kNameLengthMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '_' ||
                  c == '-';
         });
}

// The lines that are neither empty nor comments, each with what a message calls it.
std::vector<std::pair<std::string, absl::string_view>> Lines(absl::string_view text) {
  std::vector<std::pair<std::string, absl::string_view>> lines;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || absl::StartsWith(line, "#")) continue;
    lines.emplace_back(absl::StrCat("line ", number), line);
  }
  return lines;
}

}  // namespace

absl::StatusOr<AdminCredential::NamedTokens> AdminCredential::Parse(absl::string_view text) {
  NamedTokens tokens;
  const auto lines = Lines(text);
  if (lines.empty()) return absl::InvalidArgumentError("there is no token in it");
  const bool only_token = lines.size() == 1 && !absl::StrContains(lines.front().second, ':');
  for (const auto& [where, line] : lines) {
    const std::size_t colon = line.find(':');
    if (!only_token && colon == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": expected NAME:TOKEN, as there is more than one line"));
    }
    const absl::string_view name = only_token ? kOnlyName : line.substr(0, colon);
    const absl::string_view token =
        only_token ? line : absl::StripAsciiWhitespace(line.substr(colon + 1));
    if (!IsName(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": an administrator's name is 1 to ", kNameLengthMax,
                       " characters of a-z, 0-9, '.', '_' and '-', in front of ':'"));
    }
    if (token.size() < kLengthMin || token.size() > kLengthMax) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": an administrator's token has ", kLengthMin, " to ", kLengthMax,
                       " characters; make one with `openssl rand -hex 32`"));
    }
    for (const NamedToken& other : tokens) {
      if (other.name == name || other.token == token) {
        return absl::InvalidArgumentError(absl::StrCat(
            where,
            ": this name or token is there before; each administrator has one of their own"));
      }
    }
    tokens.push_back({std::string(name), std::string(token)});
  }
  return tokens;
}

absl::StatusOr<bool> AdminCredential::ReadFile() const {
  ASSIGN_OR_RETURN(std::optional<std::string> text, file_.ReadIfChanged(clock_()));
  if (!text.has_value()) return false;
  std::string content = *std::move(text);
  absl::StatusOr<NamedTokens> tokens = Parse(content);
  crypto::Wipe({reinterpret_cast<std::uint8_t*>(content.data()), content.size()});
  if (!tokens.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file_.path(), ": ", tokens.status().message()));
  }
  tokens_ = std::make_shared<const NamedTokens>(*std::move(tokens));
  return true;
}

absl::StatusOr<std::unique_ptr<AdminCredential>> AdminCredential::Load(const std::string& path,
                                                                       Clock clock,
                                                                       const Log& log) {
  std::unique_ptr<AdminCredential> credential(new AdminCredential(path, std::move(clock), log));
  MutexLock lock(credential->mutex_);
  RETURN_IF_ERROR(credential->ReadFile().status());
  return credential;
}

std::shared_ptr<const AdminCredential::NamedTokens> AdminCredential::CurrentTokens() const {
  MutexLock lock(mutex_);
  const absl::StatusOr<bool> changed = ReadFile();
  if (!changed.ok()) {
    file_refused_ = true;
    log_.Warning("the administrators' tokens stay as they were: the new ones cannot be used",
                 {{"error", std::string(changed.status().message())}});
  } else if (*changed) {
    file_refused_ = false;
    log_.Info("the administrators' tokens were read again");
  }
  return tokens_;
}

absl::StatusOr<std::string> AdminCredential::Check(absl::string_view header) const {
  const std::optional<absl::string_view> token = BearerCredential(header);
  const std::shared_ptr<const NamedTokens> tokens = CurrentTokens();
  const NamedToken* owner = nullptr;
  for (const NamedToken& one : *tokens) {
    // All are compared, so that the time does not tell whose it is.
    if (crypto::ConstantTimeEqual(token.value_or(""), one.token)) owner = &one;
  }
  if (owner != nullptr) return owner->name;
  return MakeError(Reason::kAdminCredentialInvalid,
                   "send an administrator's token as the metadata `authorization: Bearer TOKEN`");
}

}  // namespace smartcontacts::service
