// One property of a vCard (RFC 6350, section 3.3; vCard 2.1, section 2.1), its lines put together.

#ifndef SMART_CONTACTS_CLIENT_ADDRESS_BOOK_CONTENT_LINE_H_
#define SMART_CONTACTS_CLIENT_ADDRESS_BOOK_CONTENT_LINE_H_

#include <string>
#include <string_view>
#include <vector>

namespace smartcontacts::client {

struct Parameter {
  std::string name;   // upper case; "TYPE" for the bare values of vCard 2.1
  std::string value;  // without quotes; several stand as in the file, with commas between
};

struct ContentLine {
  std::string group;  // "item1" of "item1.TEL"; upper case, because it is compared so
  std::string name;   // upper case
  std::vector<Parameter> parameters;
  std::string value;  // as in the file

  // The value of the first parameter of this name; empty if there is none.
  std::string_view ParameterValue(std::string_view parameter_name) const;
};

// Replaces `parsed`. False if `line` has no name or no colon: then it is no property.
bool ParseContentLine(std::string_view line, ContentLine& parsed);

// Whether the value is quoted-printable, told from a line that may be incomplete.
bool IsQuotedPrintable(std::string_view line);

// The value as UTF-8: without its transfer encoding and charset, but with its backslashes.
std::string DecodedValue(const ContentLine& line);

// `text` without the backslashes that escape.
std::string Unescaped(std::string_view text);

// The components of a structured value such as N, unescaped.
std::vector<std::string> Components(std::string_view text);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_ADDRESS_BOOK_CONTENT_LINE_H_
