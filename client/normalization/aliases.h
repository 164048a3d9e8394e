// Lines that are written in two ways, both in use. The directory holds both, because a server
// cannot repair a digest.

#ifndef SMART_CONTACTS_CLIENT_NORMALIZATION_ALIASES_H_
#define SMART_CONTACTS_CLIENT_NORMALIZATION_ALIASES_H_

#include <optional>
#include <string>
#include <string_view>

namespace smartcontacts::client {

// The form that is matched, for digits in the form of E.164 without '+'. Mexican mobiles lose the 1
// that was dialled after +52 until 2019; every other number stays as it is.
std::string CanonicalForm(std::string_view digits);

// The other way to write the line with these canonical digits; nothing if there is none.
//   Argentina   mobiles have a 9 after +54, and people leave it out
//   Brazil      mobiles have a ninth digit 9 since 2016, and old books lack it
//   Mexico      mobiles had a 1 after +52 until 2019
std::optional<std::string> OtherForm(std::string_view digits);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_NORMALIZATION_ALIASES_H_
