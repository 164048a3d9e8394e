// CSV as Google Contacts, Outlook and Thunderbird write it (RFC 4180, with their liberties).

#ifndef SMART_CONTACTS_CLIENT_ADDRESS_BOOK_CSV_CONTACTS_H_
#define SMART_CONTACTS_CLIENT_ADDRESS_BOOK_CSV_CONTACTS_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "client/address_book/address_book.h"
#include "client/text_input/line_reader.h"

namespace smartcontacts::client {

// A longer record has lost its closing quote: it is passed over, and the next one is looked for in
// the line behind.
inline constexpr std::size_t kCsvRecordBytesMax = 256 << 10;

// Reads contacts to the end of the file. `first_line` is the header's, already read from `reader`.
// INVALID_ARGUMENT if the header names no column with numbers; otherwise fails only with the error
// of `on_contact`.
absl::Status ReadCsvContacts(LineReader& reader, std::string first_line,
                             const std::function<absl::Status(const Contact&)>& on_contact,
                             AddressBookStatistics& statistics);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_ADDRESS_BOOK_CSV_CONTACTS_H_
