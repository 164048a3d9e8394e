#include "client/programs/confirmation.h"

#include <unistd.h>

#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/programs/options.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

std::string Ask(const std::string& question) {
  std::cerr << question << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  absl::StripAsciiWhitespace(&answer);
  return answer;
}

}  // namespace

bool CanAsk() { return isatty(STDIN_FILENO) == 1; }

bool AskYesNo(const std::string& question) {
  const std::string answer = Ask(question + " [y/N] ");
  return absl::EqualsIgnoreCase(answer, "y") || absl::EqualsIgnoreCase(answer, "yes");
}

absl::Status CheckCanConfirm(bool yes) {
  if (yes || CanAsk()) return absl::OkStatus();
  return UsageError(
      "standard input is no terminal on which to ask whether this is meant: give --yes to do it "
      "without being asked");
}

absl::Status Confirm(bool yes, const std::string& question, const std::string& phrase) {
  if (yes) return absl::OkStatus();
  RETURN_IF_ERROR(CheckCanConfirm(yes));
  const bool agreed =
      phrase.empty() ? AskYesNo(question)
                     : Ask(absl::StrCat(question, " Type \"", phrase, "\" to go on: ")) == phrase;
  return agreed ? absl::OkStatus() : absl::CancelledError("not confirmed; nothing was removed");
}

}  // namespace smartcontacts::client
