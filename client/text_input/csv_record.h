// One record of a CSV file (RFC 4180), put together from its lines.

#ifndef SMART_CONTACTS_CLIENT_TEXT_INPUT_CSV_RECORD_H_
#define SMART_CONTACTS_CLIENT_TEXT_INPUT_CSV_RECORD_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smartcontacts::client {

// Not safe for concurrent use. One object serves a whole file.
class CsvRecord {
 public:
  enum class State {
    kComplete,
    kOpen,       // a quoted field goes on in the next line
    kMalformed,  // something follows a closing quote
  };

  explicit CsvRecord(char separator) : separator_(separator) {}

  void Clear();
  // The next line of the record, without its end.
  State Append(std::string_view line);

  // Without their quotes; of a kMalformed record, those before the mistake.
  const std::vector<std::string>& fields() const { return fields_; }
  // Of all lines so far.
  std::size_t bytes() const { return bytes_; }

 private:
  char separator_;
  std::vector<std::string> fields_;
  bool open_ = false;
  std::size_t bytes_ = 0;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_TEXT_INPUT_CSV_RECORD_H_
