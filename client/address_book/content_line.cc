#include "client/address_book/content_line.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "client/text_input/charset.h"

namespace smartcontacts::client {
namespace {

absl::string_view Absl(std::string_view text) { return {text.data(), text.size()}; }

std::string Upper(std::string_view text) { return absl::AsciiStrToUpper(Absl(text)); }

// Where the first of `ends` stands outside double quotes, or the end.
std::size_t FindUnquoted(std::string_view text, std::string_view ends, std::size_t from) {
  bool quoted = false;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && ends.find(text[i]) != std::string_view::npos) return i;
  }
  return text.size();
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char upper = absl::ascii_toupper(static_cast<unsigned char>(c));
  return upper >= 'A' && upper <= 'F' ? upper - 'A' + 10 : -1;
}

// What is no escape is kept as it is: nothing is gained by losing a name over it.
std::string DecodeQuotedPrintable(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '=' && i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = high >= 0 ? HexValue(text[i + 2]) : -1;
    if (low < 0) {
      decoded.push_back(text[i]);
      continue;
    }
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

// A label of the user's own as Android phones write it in vCard 2.1: "X-=42=C3=BC=72=6F", or
// "X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=42=C3=BC=72=6F)".
bool IsEncodedLabel(std::string_view text) {
  return absl::StartsWithIgnoreCase(Absl(text), "X-=") ||
         absl::StartsWithIgnoreCase(Absl(text), "X-CUSTOM(");
}

std::string DecodeLabel(std::string_view text) {
  const std::size_t comma = text.rfind(',');
  std::string_view encoded = text.substr(comma == std::string_view::npos ? 2 : comma + 1);
  if (encoded.ends_with(')')) encoded.remove_suffix(1);
  return DecodeQuotedPrintable(encoded);
}

Parameter ParseParameter(std::string_view text) {
  if (IsEncodedLabel(text)) return {"TYPE", "X-" + DecodeLabel(text)};
  const std::size_t equals = text.find('=');
  // "TEL;CELL:" is vCard 2.1's way.
  const bool bare = equals == std::string_view::npos;
  std::string value(bare ? text : text.substr(equals + 1));
  std::erase(value, '"');
  if (!bare) return {Upper(text.substr(0, equals)), std::move(value)};
  for (const absl::string_view encoding : {"QUOTED-PRINTABLE", "BASE64"}) {
    if (absl::EqualsIgnoreCase(value, encoding)) return {"ENCODING", std::move(value)};
  }
  return {"TYPE", std::move(value)};
}

}  // namespace

std::string_view ContentLine::ParameterValue(std::string_view parameter_name) const {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(),
                   [parameter_name](const Parameter& p) { return p.name == parameter_name; });
  return found == parameters.end() ? std::string_view() : std::string_view(found->value);
}

bool ParseContentLine(std::string_view line, ContentLine& parsed) {
  parsed = {};
  std::size_t end = line.find_first_of(";:");
  if (end == std::string_view::npos) return false;
  std::string_view name = line.substr(0, end);
  const std::size_t dot = name.find('.');
  if (dot != std::string_view::npos) {
    parsed.group = Upper(name.substr(0, dot));
    name.remove_prefix(dot + 1);
  }
  parsed.name = Upper(name);
  absl::StripAsciiWhitespace(&parsed.name);
  while (end < line.size() && line[end] == ';') {
    const std::size_t begin = end + 1;
    end = FindUnquoted(line, ";:", begin);
    // A quote that is never closed would swallow the colon.
    if (end == line.size()) end = std::min(line.find_first_of(";:", begin), line.size());
    parsed.parameters.push_back(ParseParameter(line.substr(begin, end - begin)));
  }
  if (end == line.size() || parsed.name.empty()) return false;
  parsed.value = line.substr(end + 1);
  return true;
}

bool IsQuotedPrintable(std::string_view line) {
  return absl::StrContains(Upper(line.substr(0, line.find(':'))), "QUOTED-PRINTABLE");
}

std::string DecodedValue(const ContentLine& line) {
  const std::string encoding = Upper(line.ParameterValue("ENCODING"));
  const std::string_view charset = line.ParameterValue("CHARSET");
  if (encoding == "QUOTED-PRINTABLE") {
    return TextToUtf8(DecodeQuotedPrintable(line.value), charset);
  }
  std::string bytes;
  if ((encoding == "B" || encoding == "BASE64") && absl::Base64Unescape(line.value, &bytes)) {
    return TextToUtf8(bytes, charset);
  }
  return TextToUtf8(line.value, charset);
}

std::string Unescaped(std::string_view text) {
  std::string unescaped;
  unescaped.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      unescaped.push_back(text[i]);
      continue;
    }
    ++i;
    unescaped.push_back(text[i] == 'n' || text[i] == 'N' ? '\n' : text[i]);
  }
  return unescaped;
}

std::vector<std::string> Components(std::string_view text) {
  std::vector<std::string> components;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i + 1 < text.size() && text[i] == '\\') {
      ++i;
    } else if (i == text.size() || text[i] == ';') {
      components.push_back(Unescaped(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  return components;
}

}  // namespace smartcontacts::client
