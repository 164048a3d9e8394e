// Domain types as parameters and fields of pqxx.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_VALUES_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_VALUES_H_

#include <algorithm>
#include <cstdint>
#include <pqxx/pqxx>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "crypto/sealing.h"

namespace smartcontacts::storage {

inline pqxx::binarystring Bytes(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline pqxx::binarystring Bytes(const crypto::Tag& tag) {
  return {tag.bytes.data(), tag.bytes.size()};
}
inline std::int64_t Micros(absl::Time time) { return absl::ToUnixMicros(time); }

// bytea as text, for COPY.
inline std::string Bytea(absl::string_view bytes) {
  return absl::StrCat("\\x", absl::BytesToHexString(bytes));
}
inline std::string Bytea(const crypto::Tag& tag) {
  return Bytea({reinterpret_cast<const char*>(tag.bytes.data()), tag.bytes.size()});
}
// bytea[] as text.
inline std::string ByteaArray(absl::Span<const crypto::Tag> tags) {
  return absl::StrCat("{",
                      absl::StrJoin(tags, ",",
                                    [](std::string* text, const crypto::Tag& tag) {
                                      absl::StrAppend(text, "\"\\", Bytea(tag), "\"");
                                    }),
                      "}");
}

inline std::string BytesOf(const pqxx::field& field) { return pqxx::binarystring(field).str(); }
inline std::int64_t IntOf(const pqxx::field& field) { return field.as<std::int64_t>(); }
inline absl::Time TimeOf(const pqxx::field& field) { return absl::FromUnixMicros(IntOf(field)); }

// DATA_LOSS if it has another size than a tag.
inline absl::StatusOr<crypto::Tag> TagOf(const pqxx::field& field) {
  const pqxx::binarystring bytes(field);
  crypto::Tag tag;
  if (bytes.size() != tag.bytes.size()) return absl::DataLossError("a stored tag is malformed");
  std::copy(bytes.begin(), bytes.end(), tag.bytes.begin());
  return tag;
}

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_VALUES_H_
