// The file from which an operator imports a directory, read as a stream: bounded memory whatever
// its size. Numbers stay as they were typed; normalising them needs the tenant's dial plan.
//
// CSV (RFC 4180; separated by commas, no line breaks inside fields) with a header line that names
// these columns, in any order. `matching` may be left out:
//
//   aor,numbers,extension,enabled,discoverable,matching
//   sip:101@acme.example,+49 30 23125 101;0171 3920012,101,true,true,inherit
//
// or JSON, one object a line, of the same members; `numbers`, `extension` and `matching` may be
// left out:
//
//   {"aor":"sip:101@acme.example","numbers":["+493023125101"],"extension":"101","enabled":true,
//    "discoverable":true,"matching":"denied"}                                   (one line, in
//    truth)
//
// `numbers` of CSV are separated by ';'. `enabled` and `discoverable` of CSV are true or false, yes
// or no, 1 or 0, in any case. `matching` is inherit, allowed or denied; empty is inherit. Blank
// lines mean nothing. The file is UTF-8, with or without a byte-order mark, and its last line ends
// in a newline: that is how a file that was cut off is told from a whole one.

#ifndef SMART_CONTACTS_CLIENT_DIRECTORY_FILE_DIRECTORY_FILE_H_
#define SMART_CONTACTS_CLIENT_DIRECTORY_FILE_DIRECTORY_FILE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "domain/tenant.h"

namespace smartcontacts::client {

inline constexpr std::size_t kDirectoryLineBytesMax = 64 << 10;

struct DirectoryLine {
  std::int64_t line = 0;  // its number in the file; the header of CSV is 1
  std::string aor;        // never empty; whether it is an address of record is not looked at
  std::vector<std::string> numbers;  // none empty
  std::string extension;             // empty: none
  bool enabled = false;
  bool discoverable = false;
  MatchingAccess matching_access = MatchingAccess::kTenantDefault;

  friend bool operator==(const DirectoryLine&, const DirectoryLine&) = default;
};

// A line that describes no subscriber.
struct RejectedLine {
  std::int64_t line = 0;
  std::string reason;  // for the operator; repeats nothing of what the line says of a person

  friend bool operator==(const RejectedLine&, const RejectedLine&) = default;
};

struct DirectoryFileSink {
  std::function<absl::Status(const DirectoryLine&)> on_line;
  std::function<absl::Status(const RejectedLine&)> on_rejected;
};

// Safe for concurrent use on different streams. Reads `input` to its end and gives each line to
// `sink`, in the file's order. A file whose first character is '{' is JSON, any other CSV. Nothing
// is compared between lines: that one address stands twice is for the caller to find.
//
// INVALID_ARGUMENT if the file is empty, has only a header, has a header with a column that is
// missing, unknown or named twice, is UTF-16, or is cut off (a line that has no end is not given).
// DATA_LOSS if `input` fails (std::ios::badbit) before its end. Also the first error that `sink`
// returns. Whatever was read before an error stays delivered, so only OK means the whole file.
absl::Status ReadDirectoryFile(std::istream& input, const DirectoryFileSink& sink);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_DIRECTORY_FILE_DIRECTORY_FILE_H_
