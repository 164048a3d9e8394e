#include "client/directory_file/line_format.h"

#include <algorithm>

namespace smartcontacts::client {

std::optional<DirectoryColumn> FindDirectoryColumn(std::string_view name) {
  const auto* found =
      std::find_if(kDirectoryColumns.begin(), kDirectoryColumns.end(),
                   [name](const DirectoryColumnName& known) { return known.name == name; });
  if (found == kDirectoryColumns.end()) return std::nullopt;
  return found->column;
}

std::optional<MatchingAccess> ParseMatchingAccess(std::string_view text) {
  if (text.empty() || text == "inherit") return MatchingAccess::kTenantDefault;
  if (text == "allowed") return MatchingAccess::kAllowed;
  if (text == "denied") return MatchingAccess::kDenied;
  return std::nullopt;
}

}  // namespace smartcontacts::client
