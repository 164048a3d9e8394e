// Which columns of a CSV address book hold names and numbers.

#ifndef SMART_CONTACTS_CLIENT_ADDRESS_BOOK_CSV_COLUMNS_H_
#define SMART_CONTACTS_CLIENT_ADDRESS_BOOK_CSV_COLUMNS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace smartcontacts::client {

struct CsvPhoneColumn {
  std::size_t index = 0;
  std::string label;  // from the header
  bool preferred = false;
  std::optional<std::size_t> label_index;  // the column that says what the number is for (Google)
};

struct CsvColumns {
  std::optional<std::size_t> display_name;
  // Those that make up a name, in the order in which they are written: prefix, given, middle,
  // family, suffix.
  std::vector<std::size_t> name_parts;
  // For contacts without a name: nickname, then organisation.
  std::vector<std::size_t> substitutes;
  std::vector<CsvPhoneColumn> phones;

  bool has_names() const {
    return display_name.has_value() || !name_parts.empty() || !substitutes.empty();
  }
};

// Knows what Google Contacts, Outlook and Thunderbird write, in English, German, French, Spanish
// and Italian; columns that it does not know are no part of the answer.
CsvColumns ReadCsvHeader(const std::vector<std::string>& header);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_ADDRESS_BOOK_CSV_COLUMNS_H_
