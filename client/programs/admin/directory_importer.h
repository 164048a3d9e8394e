// Brings a directory file to the server: normalises, checks, streams, commits.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_DIRECTORY_IMPORTER_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_DIRECTORY_IMPORTER_H_

#include <cstdint>
#include <functional>
#include <istream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/connection/connection.h"
#include "client/directory_file/directory_file.h"
#include "client/normalization/normalizer.h"
#include "smartcontacts/admin/v1/directory_service.pb.h"
#include "smartcontacts/admin/v1/tenant_service.pb.h"

namespace smartcontacts::client {

struct ImportOptions {
  std::string tenant;
  bool dry_run = false;
  bool allow_large_removal = false;
  // Import the other lines although some were rejected.
  bool skip_rejected = false;
};

struct ImportResult {
  std::int64_t lines = 0;     // that describe a subscriber
  std::int64_t rejected = 0;  // were handed to `on_rejected`
  // Unset if nothing was committed because of rejected lines.
  std::optional<admin::v1::ImportDirectoryResponse> counts;
};

// Reads `file` to its end in memory bounded by the number of addresses. Calls `on_rejected` for
// each line that describes no subscriber of the tenant, in the file's order, and `on_progress` now
// and then with the number of lines so far. Unless all is well (or rejected lines are to be
// skipped) nothing is committed and the directory stays as it was. Errors are ReadDirectoryFile()'s
// and ToStatus()'s.
absl::StatusOr<ImportResult> ImportDirectory(
    const Connection& connection, const ImportOptions& options, std::istream& file,
    const std::function<void(const RejectedLine&)>& on_rejected,
    const std::function<void(std::int64_t)>& on_progress);

// A line of a directory file as a subscriber. The error says, without repeating contact data, why
// it is none: also of numbers given on a command line.
absl::StatusOr<admin::v1::Subscriber> ToSubscriber(const DirectoryLine& line,
                                                   const admin::v1::Tenant& tenant,
                                                   const Normalizer& normalizer);

// The tenant and a normaliser for its dial plan.
struct TenantNumbers {
  admin::v1::Tenant tenant;
  Normalizer normalizer;
};
absl::StatusOr<TenantNumbers> FetchTenantNumbers(const Connection& connection,
                                                 const std::string& tenant);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_DIRECTORY_IMPORTER_H_
