// How one line of a directory file becomes a DirectoryLine. Errors are INVALID_ARGUMENT; a line's
// repeat nothing of what it says of a person.

#ifndef SMART_CONTACTS_CLIENT_DIRECTORY_FILE_LINE_FORMAT_H_
#define SMART_CONTACTS_CLIENT_DIRECTORY_FILE_LINE_FORMAT_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/directory_file/directory_file.h"
#include "client/text_input/csv_record.h"

namespace smartcontacts::client {

enum class DirectoryColumn { kAor, kNumbers, kExtension, kEnabled, kDiscoverable, kMatching };

struct DirectoryColumnName {
  std::string_view name;  // of the column in CSV and of the member in JSON
  DirectoryColumn column;
};

inline constexpr std::array<DirectoryColumnName, 6> kDirectoryColumns = {{
    {"aor", DirectoryColumn::kAor},
    {"numbers", DirectoryColumn::kNumbers},
    {"extension", DirectoryColumn::kExtension},
    {"enabled", DirectoryColumn::kEnabled},
    {"discoverable", DirectoryColumn::kDiscoverable},
    {"matching", DirectoryColumn::kMatching},
}};

// Nothing if there is no column of this name.
std::optional<DirectoryColumn> FindDirectoryColumn(std::string_view name);

std::optional<MatchingAccess> ParseMatchingAccess(std::string_view text);

// Not safe for concurrent use.
class CsvLineFormat {
 public:
  static absl::StatusOr<CsvLineFormat> FromHeader(std::string_view header);

  absl::StatusOr<DirectoryLine> Parse(std::string_view text);

 private:
  CsvLineFormat() : record_(',') {}

  CsvRecord record_;
  std::vector<DirectoryColumn> columns_;
};

absl::StatusOr<DirectoryLine> ParseJsonLine(std::string_view text);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_DIRECTORY_FILE_LINE_FORMAT_H_
