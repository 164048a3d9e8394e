#include "client/text_input/csv_record.h"

namespace smartcontacts::client {

void CsvRecord::Clear() {
  fields_.clear();
  open_ = false;
  bytes_ = 0;
}

CsvRecord::State CsvRecord::Append(std::string_view line) {
  bytes_ += line.size() + 1;
  if (open_) fields_.back().push_back('\n');
  std::size_t i = 0;
  for (;;) {
    if (!open_) {
      fields_.emplace_back();
      open_ = i < line.size() && line[i] == '"';
      if (open_) ++i;
    }
    if (open_) {
      const std::size_t quote = line.find('"', i);
      fields_.back().append(line.substr(i, quote - i));
      if (quote == std::string_view::npos) return State::kOpen;
      i = quote + 1;
      if (i < line.size() && line[i] == '"') {  // a doubled quote is one that belongs to the text
        fields_.back().push_back('"');
        ++i;
        continue;
      }
      open_ = false;
      if (i < line.size() && line[i] != separator_) return State::kMalformed;
    } else {
      const std::size_t end = line.find(separator_, i);
      fields_.back().append(line.substr(i, end - i));
      i = end == std::string_view::npos ? line.size() : end;
    }
    if (i == line.size()) return State::kComplete;
    ++i;
  }
}

}  // namespace smartcontacts::client
