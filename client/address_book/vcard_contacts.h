// vCard 2.1, 3.0 and 4.0, as phones and web mailers write them.

#ifndef SMART_CONTACTS_CLIENT_ADDRESS_BOOK_VCARD_CONTACTS_H_
#define SMART_CONTACTS_CLIENT_ADDRESS_BOOK_VCARD_CONTACTS_H_

#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "client/address_book/address_book.h"
#include "client/text_input/line_reader.h"

namespace smartcontacts::client {

bool IsVCardBegin(std::string_view line);

// Reads cards to the end of the file. The first one's BEGIN:VCARD must have been read from `reader`
// already. Fails only with the error of `on_contact`.
absl::Status ReadVCards(LineReader& reader,
                        const std::function<absl::Status(const Contact&)>& on_contact,
                        AddressBookStatistics& statistics);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_ADDRESS_BOOK_VCARD_CONTACTS_H_
