#include "client/address_book/csv_contacts.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "client/address_book/csv_columns.h"
#include "client/address_book/label.h"
#include "client/text_input/charset.h"
#include "client/text_input/csv_record.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

// Google puts several values into one field so.
constexpr absl::string_view kValueSeparator = " ::: ";

class CsvRecords {
 public:
  enum class Outcome { kRecord, kDamaged, kEnd };

  CsvRecords(LineReader& reader, char separator) : reader_(reader), record_(separator) {}

  Outcome Next() {
    const LineReader::Outcome outcome = reader_.Next(line_);
    if (outcome == LineReader::Outcome::kEnd) return Outcome::kEnd;
    return Read(outcome);
  }

  // The record that begins with `first_line`.
  Outcome Begin(std::string first_line) {
    line_ = std::move(first_line);
    return Read(LineReader::Outcome::kLine);
  }

  const std::vector<std::string>& fields() const { return record_.fields(); }

 private:
  Outcome Read(LineReader::Outcome outcome) {
    record_.Clear();
    for (; outcome == LineReader::Outcome::kLine; outcome = reader_.Next(line_)) {
      const CsvRecord::State state = record_.Append(line_);
      if (state == CsvRecord::State::kComplete) return Outcome::kRecord;
      if (state == CsvRecord::State::kMalformed || record_.bytes() > kCsvRecordBytesMax) break;
    }
    return Outcome::kDamaged;
  }

  LineReader& reader_;
  CsvRecord record_;
  std::string line_;
};

// The candidate that stands most often in the header.
char SeparatorOf(std::string_view header) {
  char best = ',';
  for (const char candidate : {';', '\t'}) {
    if (std::count(header.begin(), header.end(), candidate) >
        std::count(header.begin(), header.end(), best)) {
      best = candidate;
    }
  }
  return best;
}

std::string Text(const std::vector<std::string>& fields, std::size_t index) {
  if (index >= fields.size()) return {};
  std::string text = TextToUtf8(fields[index], {});
  absl::StripAsciiWhitespace(&text);
  return text;
}

std::string NameOf(const CsvColumns& columns, const std::vector<std::string>& fields) {
  std::string name;
  if (columns.display_name) name = Text(fields, *columns.display_name);
  if (!name.empty()) return name;
  for (const std::size_t index : columns.name_parts) {
    const std::string part = Text(fields, index);
    if (!name.empty() && !part.empty()) name.push_back(' ');
    name.append(part);
  }
  for (const std::size_t index : columns.substitutes) {
    if (name.empty()) name = Text(fields, index);
  }
  return name;
}

void AddNumbers(const CsvPhoneColumn& column, const std::vector<std::string>& fields,
                Contact& contact) {
  const std::string values = Text(fields, column.index);
  std::string label = column.label;
  bool preferred = column.preferred;
  if (column.label_index) {
    const std::string own = Text(fields, *column.label_index);
    // Google marks the preferred one with a star: "* Mobile".
    preferred = absl::StartsWith(own, "*");
    label = CanonicalLabel(std::string_view(own).substr(preferred ? 1 : 0));
  }
  for (const absl::string_view value : absl::StrSplit(values, kValueSeparator)) {
    const absl::string_view typed = absl::StripAsciiWhitespace(value);
    if (typed.empty() || contact.numbers.size() == kNumbersPerContactMax) continue;
    contact.numbers.push_back({std::string(typed), label, preferred});
  }
}

Contact ToContact(const CsvColumns& columns, const std::vector<std::string>& fields) {
  Contact contact;
  contact.name = NameOf(columns, fields);
  for (const CsvPhoneColumn& column : columns.phones) AddNumbers(column, fields, contact);
  return contact;
}

bool IsBlank(const std::vector<std::string>& fields) {
  return std::all_of(fields.begin(), fields.end(), [](const std::string& field) {
    return absl::StripAsciiWhitespace(field).empty();
  });
}

// Programs leave out the empty fields at a record's end, and some add a separator there.
bool HasFieldsWithoutColumn(const std::vector<std::string>& fields, std::size_t column_count) {
  return fields.size() > column_count &&
         !IsBlank({fields.begin() + static_cast<std::ptrdiff_t>(column_count), fields.end()});
}

// Excel's "sep=;" before the header.
bool IsSeparatorLine(std::string_view line) {
  return line.size() == 5 && absl::StartsWithIgnoreCase({line.data(), line.size()}, "sep=");
}

absl::Status NeitherFormat() {
  return absl::InvalidArgumentError(
      "the file is neither vCard nor CSV with a header line that names columns with phone numbers");
}

absl::StatusOr<CsvColumns> ReadColumns(const std::vector<std::string>& fields) {
  std::vector<std::string> header;
  header.reserve(fields.size());
  for (const std::string& field : fields) header.push_back(TextToUtf8(field, {}));
  CsvColumns columns = ReadCsvHeader(header);
  if (!columns.phones.empty()) return columns;
  if (columns.has_names()) {
    return absl::InvalidArgumentError("the address book has no column with phone numbers");
  }
  return NeitherFormat();
}

}  // namespace

absl::Status ReadCsvContacts(LineReader& reader, std::string first_line,
                             const std::function<absl::Status(const Contact&)>& on_contact,
                             AddressBookStatistics& statistics) {
  char separator = SeparatorOf(first_line);
  if (IsSeparatorLine(first_line)) {
    separator = first_line.back();
    reader.Next(first_line);
  }
  CsvRecords records(reader, separator);
  if (records.Begin(std::move(first_line)) != CsvRecords::Outcome::kRecord) return NeitherFormat();
  ASSIGN_OR_RETURN(const CsvColumns columns, ReadColumns(records.fields()));
  const std::size_t column_count = records.fields().size();
  for (;;) {
    const CsvRecords::Outcome outcome = records.Next();
    if (outcome == CsvRecords::Outcome::kEnd) return absl::OkStatus();
    if (outcome == CsvRecords::Outcome::kDamaged ||
        HasFieldsWithoutColumn(records.fields(), column_count)) {
      ++statistics.damaged;
    } else if (!IsBlank(records.fields())) {
      ++statistics.contacts;
      RETURN_IF_ERROR(on_contact(ToContact(columns, records.fields())));
    }
  }
}

}  // namespace smartcontacts::client
