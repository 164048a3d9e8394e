#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/directory_file/line_format.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

using Json = nlohmann::json;

// Fills a DirectoryLine from the parser's events. No tree of the line is built: it would forget
// which members stood there twice.
class LineHandler : public nlohmann::json_sax<Json> {
 public:
  absl::StatusOr<DirectoryLine> Finish() && {
    RETURN_IF_ERROR(status_);
    for (const DirectoryColumn required :
         {DirectoryColumn::kAor, DirectoryColumn::kEnabled, DirectoryColumn::kDiscoverable}) {
      if (!seen_[Index(required)]) {
        return absl::InvalidArgumentError(absl::StrCat(Name(required), " is missing"));
      }
    }
    if (line_.aor.empty()) return absl::InvalidArgumentError("aor is empty");
    return std::move(line_);
  }

  bool start_object(std::size_t) override {
    if (in_object_) return WrongType();
    in_object_ = true;
    return true;
  }

  bool end_object() override { return true; }

  bool key(string_t& name) override {
    const auto column = FindDirectoryColumn(name);
    if (!column) return Fail("the object has an unknown member");
    if (seen_[Index(*column)]) return Fail(absl::StrCat(Name(*column), " stands there twice"));
    seen_[Index(*column)] = true;
    member_ = *column;
    return true;
  }

  bool start_array(std::size_t) override {
    if (!in_object_ || in_numbers_ || member_ != DirectoryColumn::kNumbers) return WrongType();
    in_numbers_ = true;
    return true;
  }

  bool end_array() override {
    in_numbers_ = false;
    return true;
  }

  bool string(string_t& value) override {
    if (!in_object_) return WrongType();
    switch (member_) {
      case DirectoryColumn::kAor:
        line_.aor = std::move(value);
        return true;
      case DirectoryColumn::kNumbers:
        if (!in_numbers_) return WrongType();
        if (value.empty()) return Fail("a number is empty");
        line_.numbers.push_back(std::move(value));
        return true;
      case DirectoryColumn::kExtension:
        line_.extension = std::move(value);
        return true;
      case DirectoryColumn::kMatching: {
        const auto access = ParseMatchingAccess(value);
        if (!access) return WrongType();
        line_.matching_access = *access;
        return true;
      }
      case DirectoryColumn::kEnabled:
      case DirectoryColumn::kDiscoverable:
        return WrongType();
    }
    return WrongType();
  }

  bool boolean(bool value) override {
    if (in_object_ && member_ == DirectoryColumn::kEnabled) {
      line_.enabled = value;
    } else if (in_object_ && member_ == DirectoryColumn::kDiscoverable) {
      line_.discoverable = value;
    } else {
      return WrongType();
    }
    return true;
  }

  bool null() override { return WrongType(); }
  bool number_integer(number_integer_t) override { return WrongType(); }
  bool number_unsigned(number_unsigned_t) override { return WrongType(); }
  bool number_float(number_float_t, const string_t&) override { return WrongType(); }
  bool binary(binary_t&) override { return WrongType(); }

  // The parser's own message repeats what it read.
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    return Fail(absl::StrCat("the line is no JSON from character ", position, " on"));
  }

 private:
  static std::size_t Index(DirectoryColumn column) { return static_cast<std::size_t>(column); }

  static std::string Name(DirectoryColumn column) {
    return std::string(kDirectoryColumns[Index(column)].name);
  }

  // Always false: that stops the parser.
  bool Fail(const std::string& reason) {
    status_ = absl::InvalidArgumentError(reason);
    return false;
  }

  bool WrongType() {
    if (!in_object_) return Fail("the line is no JSON object");
    switch (member_) {
      case DirectoryColumn::kNumbers:
        return Fail("numbers must be an array of strings");
      case DirectoryColumn::kEnabled:
      case DirectoryColumn::kDiscoverable:
        return Fail(absl::StrCat(Name(member_), " must be true or false"));
      case DirectoryColumn::kMatching:
        return Fail("matching must be \"inherit\", \"allowed\" or \"denied\"");
      case DirectoryColumn::kAor:
      case DirectoryColumn::kExtension:
        break;
    }
    return Fail(absl::StrCat(Name(member_), " must be a string"));
  }

  DirectoryLine line_;
  absl::Status status_;
  std::array<bool, kDirectoryColumns.size()> seen_ = {};
  DirectoryColumn member_ = DirectoryColumn::kAor;  // the one whose value is being read
  bool in_object_ = false;
  bool in_numbers_ = false;
};

}  // namespace

absl::StatusOr<DirectoryLine> ParseJsonLine(std::string_view text) {
  LineHandler handler;
  Json::sax_parse(text.begin(), text.end(), &handler);
  return std::move(handler).Finish();
}

}  // namespace smartcontacts::client
