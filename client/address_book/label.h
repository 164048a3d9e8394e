// What a number is for, in the words of every program, brought to ours.

#ifndef SMART_CONTACTS_CLIENT_ADDRESS_BOOK_LABEL_H_
#define SMART_CONTACTS_CLIENT_ADDRESS_BOOK_LABEL_H_

#include <string>
#include <string_view>

namespace smartcontacts::client {

// "mobile", "work", "home fax", ... for a label made of words that are known: "CELL VOICE", "Work
// Fax", "Mobile Phone 2", "Telefon geschäftlich". Empty if they say nothing ("VOICE"). Any other
// text is the user's own label and is given back as it is, without the white space around it.
std::string CanonicalLabel(std::string_view text);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_ADDRESS_BOOK_LABEL_H_
