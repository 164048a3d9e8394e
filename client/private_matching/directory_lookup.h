// What a sealed directory has for the identifiers of a book.

#ifndef SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_DIRECTORY_LOOKUP_H_
#define SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_DIRECTORY_LOOKUP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/private_matching/directory_reader.h"
#include "client/private_matching/private_state.h"

namespace smartcontacts::client {

// What one request may ask for.
inline constexpr std::size_t kBucketsPerRequestMax = 4096;
// How often a filter is fetched whose buckets are gone before they can be read.
inline constexpr int kFilterAttemptsMax = 4;

// What the directory has at `revision` for `state.identifiers`, in place of what `state` had: of
// the whole directory if `download_whole`, otherwise of its filter and the buckets of what is
// probably in it, so that the service sees the first bits of matches only. `state` gets `revision`
// and `looked_up` as well; it is unchanged on failure.
//
// Errors are those of DirectoryReader, and Misbehaviour() for an entry under one of our locators
// that does not open; REVISION_EXPIRED (see ReasonOf()) if kFilterAttemptsMax were not enough.
absl::Status LookUpAll(DirectoryReader& reader, bool download_whole, PrivateState& state);

// The same of what changed since `state.revision`; `state.looked_up` must hold. REVISION_EXPIRED if
// the service does not know it any more: LookUpAll() then.
absl::Status LookUpChanges(DirectoryReader& reader, PrivateState& state);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_DIRECTORY_LOOKUP_H_
