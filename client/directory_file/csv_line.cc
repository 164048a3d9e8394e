#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "client/directory_file/line_format.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

absl::string_view Name(DirectoryColumn column) {
  const std::string_view name = kDirectoryColumns[static_cast<std::size_t>(column)].name;
  return {name.data(), name.size()};
}

absl::StatusOr<bool> ParseBool(absl::string_view text, DirectoryColumn column) {
  const auto is_any_of = [text](std::initializer_list<absl::string_view> words) {
    return std::any_of(words.begin(), words.end(), [text](absl::string_view word) {
      return absl::EqualsIgnoreCase(text, word);
    });
  };
  if (is_any_of({"true", "yes", "1"})) return true;
  if (is_any_of({"false", "no", "0"})) return false;
  return absl::InvalidArgumentError(absl::StrCat(Name(column), " must be true or false"));
}

absl::Status SetField(DirectoryColumn column, absl::string_view text, DirectoryLine& line) {
  switch (column) {
    case DirectoryColumn::kAor:
      line.aor = std::string(text);
      break;
    case DirectoryColumn::kNumbers:
      for (const absl::string_view number : absl::StrSplit(text, ';', absl::SkipWhitespace())) {
        line.numbers.emplace_back(absl::StripAsciiWhitespace(number));
      }
      break;
    case DirectoryColumn::kExtension:
      line.extension = std::string(text);
      break;
    case DirectoryColumn::kEnabled: {
      ASSIGN_OR_RETURN(line.enabled, ParseBool(text, column));
      break;
    }
    case DirectoryColumn::kDiscoverable: {
      ASSIGN_OR_RETURN(line.discoverable, ParseBool(text, column));
      break;
    }
    case DirectoryColumn::kMatching: {
      const auto access = ParseMatchingAccess({text.data(), text.size()});
      if (!access) {
        return absl::InvalidArgumentError("matching must be inherit, allowed or denied");
      }
      line.matching_access = *access;
      break;
    }
  }
  return absl::OkStatus();
}

absl::Status CheckComplete(CsvRecord::State state) {
  if (state == CsvRecord::State::kOpen) {
    return absl::InvalidArgumentError("a quoted field does not end in its line");
  }
  if (state == CsvRecord::State::kMalformed) {
    return absl::InvalidArgumentError("something follows a closing quote");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CsvLineFormat> CsvLineFormat::FromHeader(std::string_view header) {
  CsvLineFormat format;
  RETURN_IF_ERROR(CheckComplete(format.record_.Append(header)));
  std::vector<DirectoryColumn>& columns = format.columns_;
  for (const std::string& field : format.record_.fields()) {
    const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(field));
    const auto column = FindDirectoryColumn(name);
    if (!column) {
      // Unnamed, because a file without a header has somebody's address there.
      return absl::InvalidArgumentError(absl::StrCat(
          "the header's column ", columns.size() + 1,
          " is unknown; there are aor, numbers, extension, enabled, discoverable and matching"));
    }
    if (std::find(columns.begin(), columns.end(), *column) != columns.end()) {
      return absl::InvalidArgumentError(absl::StrCat("the header names a column twice: ", name));
    }
    columns.push_back(*column);
  }
  for (const DirectoryColumnName& known : kDirectoryColumns) {
    if (known.column != DirectoryColumn::kMatching &&
        std::find(columns.begin(), columns.end(), known.column) == columns.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the header lacks the column ", Name(known.column)));
    }
  }
  return format;
}

absl::StatusOr<DirectoryLine> CsvLineFormat::Parse(std::string_view text) {
  record_.Clear();
  RETURN_IF_ERROR(CheckComplete(record_.Append(text)));
  if (record_.fields().size() != columns_.size()) {
    return absl::InvalidArgumentError(absl::StrCat("the line has ", record_.fields().size(),
                                                   " fields, the header ", columns_.size()));
  }
  DirectoryLine line;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    RETURN_IF_ERROR(SetField(columns_[i], absl::StripAsciiWhitespace(record_.fields()[i]), line));
  }
  if (line.aor.empty()) return absl::InvalidArgumentError("aor is empty");
  return line;
}

}  // namespace smartcontacts::client
