// Address books as phones export them, read as a stream: bounded memory whatever the file's size.
// Names and everything else in the file never leave this process; only digests of numbers travel.

#ifndef SMART_CONTACTS_CLIENT_ADDRESS_BOOK_ADDRESS_BOOK_H_
#define SMART_CONTACTS_CLIENT_ADDRESS_BOOK_ADDRESS_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace smartcontacts::client {

struct PhoneNumber {
  std::string typed;  // UTF-8, as in the file after decoding; "tel:" URIs keep their scheme
  std::string
      label;  // lower case: "mobile", "work", "home", ... or the user's own label; may be empty
  bool preferred = false;
};

struct Contact {
  std::string name;                  // UTF-8, for display; may be empty
  std::vector<PhoneNumber> numbers;  // at most kNumbersPerContactMax; may be empty
};

inline constexpr std::size_t kNumbersPerContactMax = 64;

struct AddressBookStatistics {
  std::int64_t contacts = 0;  // given to the callback
  std::int64_t damaged = 0;   // cards or lines that could not be read and were passed over
};

// Safe for concurrent use on different streams. Reads `input` to its end and calls `on_contact` for
// each contact, in the file's order. The format is told from the content: a file that begins with
// BEGIN:VCARD (after an optional byte-order mark) is vCard 2.1, 3.0 or 4.0 (RFC 2425, RFC 2426, RFC
// 6350); anything else is CSV with a header line (RFC 4180; Google, Outlook, Thunderbird, or any
// header with recognisable name and phone columns).
//
// INVALID_ARGUMENT if the file is empty, is neither format, or has no phone column; whatever was
// read before stays delivered. DATA_LOSS if `input` fails (std::ios::badbit) before its end. A
// damaged card is counted and passed over, never a reason to stop. The error from `on_contact`, if
// it returns one, ends the reading and is returned.
absl::StatusOr<AddressBookStatistics> ReadAddressBook(
    std::istream& input, const std::function<absl::Status(const Contact&)>& on_contact);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_ADDRESS_BOOK_ADDRESS_BOOK_H_
