#include "client/address_book/vcard_contacts.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "client/address_book/content_line.h"
#include "client/address_book/label.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

// A longer property is a photo, a sound or a key, and nothing of it is wanted.
constexpr std::size_t kPropertyBytesMax = 16 << 10;
constexpr int kNoPreference = std::numeric_limits<int>::max();

bool IsMarker(std::string_view line, absl::string_view name) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const auto trimmed = [](std::string_view text) {
    return absl::StripAsciiWhitespace({text.data(), text.size()});
  };
  return absl::EqualsIgnoreCase(trimmed(line.substr(0, colon)), name) &&
         absl::EqualsIgnoreCase(trimmed(line.substr(colon + 1)), "VCARD");
}

std::string Trimmed(std::string text) {
  absl::StripAsciiWhitespace(&text);
  return text;
}

// The parts that are not empty, with `separator` between.
std::string Joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string joined;
  for (const std::string& part : parts) {
    std::string trimmed = Trimmed(part);
    if (trimmed.empty()) continue;
    if (!joined.empty()) joined.append(separator);
    joined.append(trimmed);
  }
  return joined;
}

// N is family; given; additional; prefixes; suffixes.
std::string DisplayName(std::vector<std::string> components) {
  components.resize(5);
  return Joined({components[3], components[1], components[2], components[0], components[4]}, " ");
}

// Apple writes its own labels as _$!<Mobile>!$_.
std::string AppleLabel(std::string_view text) {
  constexpr std::string_view kBegin = "_$!<";
  constexpr std::string_view kEnd = ">!$_";
  if (text.starts_with(kBegin) && text.ends_with(kEnd)) {
    text.remove_prefix(kBegin.size());
    text.remove_suffix(kEnd.size());
  }
  return CanonicalLabel(text);
}

// The contact that a card's properties make.
class Card {
 public:
  void Add(const ContentLine& line) {
    if (line.name == "TEL") {
      AddNumber(line);
    } else if (line.name == "X-ABLABEL" && !line.group.empty()) {
      Label(line);
    } else if (line.name == "FN") {
      SetOnce(formatted_name_, Unescaped(DecodedValue(line)));
    } else if (line.name == "N") {
      SetOnce(name_, DisplayName(Components(DecodedValue(line))));
    } else if (line.name == "NICKNAME") {
      SetOnce(nickname_, Unescaped(DecodedValue(line)));
    } else if (line.name == "ORG") {
      SetOnce(organization_, Joined(Components(DecodedValue(line)), ", "));
    }
  }

  Contact ToContact() && {
    Contact contact;
    for (std::string* name : {&formatted_name_, &name_, &nickname_, &organization_}) {
      if (contact.name.empty()) contact.name = std::move(*name);
    }
    int most_preferred = kNoPreference - 1;
    for (const Number& number : numbers_) {
      most_preferred = std::min(most_preferred, number.preference);
    }
    for (Number& number : numbers_) {
      number.number.preferred = number.preference == most_preferred;
      contact.numbers.push_back(std::move(number.number));
    }
    return contact;
  }

 private:
  struct Number {
    PhoneNumber number;
    std::string group;
    int preference = kNoPreference;  // the smaller, the better
  };

  static void SetOnce(std::string& field, std::string value) {
    if (field.empty()) field = Trimmed(std::move(value));
  }

  void AddNumber(const ContentLine& line) {
    if (numbers_.size() == kNumbersPerContactMax) return;
    Number number;
    number.number.typed = Trimmed(Unescaped(DecodedValue(line)));
    if (number.number.typed.empty()) return;
    number.group = line.group;
    std::string types;
    for (const Parameter& parameter : line.parameters) {
      if (parameter.name == "PREF" && !absl::SimpleAtoi(parameter.value, &number.preference)) {
        number.preference = kNoPreference;
      }
      if (parameter.name != "TYPE") continue;
      for (const absl::string_view type : absl::StrSplit(parameter.value, ',')) {
        if (absl::EqualsIgnoreCase(type, "pref")) number.preference = 1;
        if (absl::StartsWithIgnoreCase(type, "X-")) {
          number.number.label = CanonicalLabel({type.data() + 2, type.size() - 2});
        }
        types.append(absl::AsciiStrToLower(type)).push_back(' ');
      }
    }
    if (number.number.label.empty()) number.number.label = CanonicalLabel(types);
    numbers_.push_back(std::move(number));
  }

  // Every program writes a group's label after what it labels.
  void Label(const ContentLine& line) {
    for (Number& number : numbers_) {
      if (number.group == line.group) {
        number.number.label = AppleLabel(Trimmed(Unescaped(DecodedValue(line))));
      }
    }
  }

  std::string formatted_name_;
  std::string name_;
  std::string nickname_;
  std::string organization_;
  std::vector<Number> numbers_;
};

class VCardReader {
 public:
  VCardReader(LineReader& reader, const std::function<absl::Status(const Contact&)>& on_contact,
              AddressBookStatistics& statistics)
      : reader_(reader), on_contact_(on_contact), statistics_(statistics) {}

  absl::Status Run() {
    while (NextProperty()) {
      if (IsMarker(property_, "BEGIN")) {
        Begin();
      } else if (IsMarker(property_, "END")) {
        RETURN_IF_ERROR(End());
      } else if (card_ && !in_agent_ && property_fits_ &&
                 ParseContentLine(property_, content_line_)) {
        Read();
      }
    }
    if (card_) ++statistics_.damaged;  // the file was cut off
    return absl::OkStatus();
  }

 private:
  void Begin() {
    // vCard 2.1 puts the card of somebody's secretary inside, behind an empty AGENT property.
    if (card_ && agent_announced_) {
      in_agent_ = true;
    } else {
      if (card_) ++statistics_.damaged;
      card_.emplace();
      old_folding_ = false;
      in_agent_ = false;
    }
    agent_announced_ = false;
  }

  absl::Status End() {
    agent_announced_ = false;
    if (std::exchange(in_agent_, false) || !card_) return absl::OkStatus();
    const Contact contact = std::move(*card_).ToContact();
    card_.reset();
    ++statistics_.contacts;
    return on_contact_(contact);
  }

  void Read() {
    agent_announced_ = content_line_.name == "AGENT" && content_line_.value.empty();
    if (content_line_.name == "VERSION") {
      old_folding_ = Trimmed(content_line_.value) == "2.1";
    } else {
      card_->Add(content_line_);
    }
  }

  // Puts the next property together from its lines. False at the end of the file.
  bool NextProperty() {
    property_.clear();
    property_fits_ = true;
    if (!AppendLine(0)) return false;
    for (std::optional<char> next = reader_.Peek(); next; next = reader_.Peek()) {
      if (line_.ends_with('=') && IsQuotedPrintable(property_)) {
        // A quoted-printable line goes on after '=', whatever the next one begins with.
        if (property_fits_) property_.pop_back();
        if (!AppendLine(0)) break;
      } else if (*next == ' ' || *next == '\t') {
        // vCard 2.1 breaks lines before white space that belongs to the text; later versions add
        // some.
        if (!AppendLine(old_folding_ ? 0 : 1)) break;
      } else {
        break;
      }
    }
    return true;
  }

  bool AppendLine(std::size_t skipped) {
    const LineReader::Outcome outcome = reader_.Next(line_);
    if (outcome == LineReader::Outcome::kEnd) return false;
    const std::size_t room = kPropertyBytesMax - property_.size();
    property_fits_ =
        property_fits_ && outcome == LineReader::Outcome::kLine && line_.size() - skipped <= room;
    property_.append(line_, skipped, room);
    return true;
  }

  LineReader& reader_;
  const std::function<absl::Status(const Contact&)>& on_contact_;
  AddressBookStatistics& statistics_;
  std::optional<Card> card_ = Card();  // the one being read
  bool old_folding_ = false;
  bool agent_announced_ = false;
  bool in_agent_ = false;
  std::string line_;
  std::string property_;
  bool property_fits_ = true;  // otherwise property_ is only its beginning
  ContentLine content_line_;
};

}  // namespace

bool IsVCardBegin(std::string_view line) { return IsMarker(line, "BEGIN"); }

absl::Status ReadVCards(LineReader& reader,
                        const std::function<absl::Status(const Contact&)>& on_contact,
                        AddressBookStatistics& statistics) {
  return VCardReader(reader, on_contact, statistics).Run();
}

}  // namespace smartcontacts::client
