#include "client/address_book/address_book.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "client/address_book/csv_contacts.h"
#include "client/address_book/vcard_contacts.h"
#include "client/text_input/line_reader.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {

absl::StatusOr<AddressBookStatistics> ReadAddressBook(
    std::istream& input, const std::function<absl::Status(const Contact&)>& on_contact) {
  LineReader reader(input, kCsvRecordBytesMax);
  std::string line;
  LineReader::Outcome outcome = LineReader::Outcome::kLine;
  while (outcome == LineReader::Outcome::kLine && absl::StripAsciiWhitespace(line).empty()) {
    outcome = reader.Next(line);
  }
  AddressBookStatistics statistics;
  absl::Status read = absl::OkStatus();
  if (outcome == LineReader::Outcome::kEnd) {
    read = absl::InvalidArgumentError("the address book is empty");
  } else if (IsVCardBegin(line)) {
    read = ReadVCards(reader, on_contact, statistics);
  } else {
    read = ReadCsvContacts(reader, std::move(line), on_contact, statistics);
  }
  if (reader.failed()) return absl::DataLossError("the address book could not be read to its end");
  RETURN_IF_ERROR(read);
  return statistics;
}

}  // namespace smartcontacts::client
