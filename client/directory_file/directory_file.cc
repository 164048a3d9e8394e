#include "client/directory_file/directory_file.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/directory_file/line_format.h"
#include "client/text_input/charset.h"
#include "client/text_input/line_reader.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

class DirectoryFileReader {
 public:
  DirectoryFileReader(std::istream& input, const DirectoryFileSink& sink)
      : reader_(input, kDirectoryLineBytesMax), sink_(sink) {}

  absl::Status Run() {
    bool empty = true;
    for (auto outcome = reader_.Next(line_); outcome != LineReader::Outcome::kEnd;
         outcome = reader_.Next(line_)) {
      RETURN_IF_ERROR(CheckFile());
      if (absl::StripAsciiWhitespace(line_).empty()) continue;
      if (std::exchange(empty, false)) {
        json_ = absl::StripLeadingAsciiWhitespace(line_).front() == '{';
        if (!json_) {
          RETURN_IF_ERROR(ReadHeader(outcome));
          continue;
        }
      }
      has_lines_ = true;
      RETURN_IF_ERROR(Deliver(outcome));
    }
    if (reader_.failed()) return Failed();
    if (empty) return absl::InvalidArgumentError("the directory file is empty");
    if (!has_lines_) return absl::InvalidArgumentError("the directory file has only a header");
    return absl::OkStatus();
  }

 private:
  static absl::Status Failed() {
    return absl::DataLossError("the directory file could not be read to its end");
  }

  absl::Status CheckFile() const {
    if (reader_.failed()) return Failed();
    if (reader_.utf16()) {
      return absl::InvalidArgumentError("the directory file is UTF-16; it must be UTF-8");
    }
    if (!reader_.terminated()) {
      return absl::InvalidArgumentError(absl::StrCat("the directory file is cut off: line ",
                                                     reader_.line_number(),
                                                     " does not end in a newline"));
    }
    return absl::OkStatus();
  }

  absl::Status ReadHeader(LineReader::Outcome outcome) {
    RETURN_IF_ERROR(CheckText(outcome));
    ASSIGN_OR_RETURN(csv_, CsvLineFormat::FromHeader(line_));
    return absl::OkStatus();
  }

  absl::Status CheckText(LineReader::Outcome outcome) const {
    if (outcome == LineReader::Outcome::kTooLong) {
      return absl::InvalidArgumentError(
          absl::StrCat("the line is longer than ", kDirectoryLineBytesMax, " bytes"));
    }
    if (!IsValidUtf8(line_)) return absl::InvalidArgumentError("the line is not valid UTF-8");
    return absl::OkStatus();
  }

  absl::StatusOr<DirectoryLine> Parse(LineReader::Outcome outcome) {
    RETURN_IF_ERROR(CheckText(outcome));
    return json_ ? ParseJsonLine(line_) : csv_->Parse(line_);
  }

  absl::Status Deliver(LineReader::Outcome outcome) {
    absl::StatusOr<DirectoryLine> parsed = Parse(outcome);
    if (!parsed.ok()) {
      return sink_.on_rejected({reader_.line_number(), std::string(parsed.status().message())});
    }
    parsed->line = reader_.line_number();
    return sink_.on_line(*parsed);
  }

  LineReader reader_;
  const DirectoryFileSink& sink_;
  std::string line_;
  bool json_ = false;
  std::optional<CsvLineFormat> csv_;  // set behind the header of CSV
  bool has_lines_ = false;
};

}  // namespace

absl::Status ReadDirectoryFile(std::istream& input, const DirectoryFileSink& sink) {
  return DirectoryFileReader(input, sink).Run();
}

}  // namespace smartcontacts::client
