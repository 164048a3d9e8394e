// Files with secrets: keys and tokens are never arguments, which other users of a machine can see.

#ifndef SMART_CONTACTS_CLI_SECRET_FILE_H_
#define SMART_CONTACTS_CLI_SECRET_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace smartcontacts::cli {

inline constexpr std::size_t kSecretFileSizeMax = 64 * 1024;

// The content of a file, without white space around it. UNAVAILABLE, naming the file, if it cannot
// be read; INVALID_ARGUMENT if it is empty or larger than kSecretFileSizeMax.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

// Makes a file that only its owner can read (mode 0600). ALREADY_EXISTS if there is one: a secret
// is never overwritten. UNAVAILABLE if it cannot be written; then there is none.
absl::Status WriteSecretFile(const std::string& path, const std::string& content);

}  // namespace smartcontacts::cli

#endif  // SMART_CONTACTS_CLI_SECRET_FILE_H_
