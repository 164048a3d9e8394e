#include "client/text_input/charset.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace smartcontacts::client {
namespace {

constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";
constexpr std::size_t kCharsetNameBytesMax = 32;
// The longest character of any charset; more than that is not incomplete but wrong.
constexpr std::size_t kCharacterBytesMax = 16;

// iconv_open() says so that it failed.
const iconv_t kNoDescriptor = reinterpret_cast<iconv_t>(-1);  // NOLINT(performance-no-int-to-ptr)

// The bounds of the second byte depend on the first; those of the others do not (Unicode, table
// 3-7).
struct Utf8Lead {
  std::size_t size;
  std::uint8_t second_min;
  std::uint8_t second_max;
};

constexpr Utf8Lead LeadOf(std::uint8_t byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xc2) return {0, 0, 0};
  if (byte < 0xe0) return {2, 0x80, 0xbf};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte < 0xf0) return {3, 0x80, 0xbf};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte < 0xf4) return {4, 0x80, 0xbf};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

// "//TRANSLIT" and its like are iconv's, not the file's, to ask for.
bool IsCharsetName(std::string_view name) {
  return !name.empty() && name.size() <= kCharsetNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == ':';
         });
}

bool NamesUtf8(std::string_view charset) {
  return absl::EqualsIgnoreCase({charset.data(), charset.size()}, "utf-8") ||
         absl::EqualsIgnoreCase({charset.data(), charset.size()}, "utf8");
}

std::size_t UnitBytes(std::string_view charset) {
  const auto begins_with = [charset](std::string_view name) {
    return absl::StartsWithIgnoreCase({charset.data(), charset.size()}, {name.data(), name.size()});
  };
  if (begins_with("UTF-16") || begins_with("UCS-2")) return 2;
  if (begins_with("UTF-32") || begins_with("UCS-4")) return 4;
  return 1;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const Utf8Lead lead = LeadOf(static_cast<std::uint8_t>(text[i]));
    if (lead.size == 0 || text.size() - i < lead.size) return false;
    if (lead.size > 1) {
      const auto second = static_cast<std::uint8_t>(text[i + 1]);
      if (second < lead.second_min || second > lead.second_max) return false;
    }
    for (std::size_t k = 2; k < lead.size; ++k) {
      if ((static_cast<std::uint8_t>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += lead.size;
  }
  return true;
}

std::optional<CharsetDecoder> CharsetDecoder::Open(std::string_view charset) {
  if (!IsCharsetName(charset)) return std::nullopt;
  const iconv_t descriptor = iconv_open("UTF-8", std::string(charset).c_str());
  if (descriptor == kNoDescriptor) return std::nullopt;
  return CharsetDecoder(descriptor, UnitBytes(charset));
}

CharsetDecoder::~CharsetDecoder() {
  if (descriptor_ != kNoDescriptor) iconv_close(descriptor_);
}

CharsetDecoder::CharsetDecoder(CharsetDecoder&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, kNoDescriptor)),
      unit_bytes_(other.unit_bytes_),
      incomplete_(std::move(other.incomplete_)) {}

CharsetDecoder& CharsetDecoder::operator=(CharsetDecoder&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(unit_bytes_, other.unit_bytes_);
  incomplete_.swap(other.incomplete_);
  return *this;
}

void CharsetDecoder::Decode(std::string_view bytes, std::string& utf8) {
  std::string input = std::exchange(incomplete_, {});
  input.append(bytes);
  char* in = input.data();
  std::size_t in_left = input.size();
  while (in_left > 0) {
    std::array<char, 4096> buffer;
    char* out = buffer.data();
    std::size_t out_left = buffer.size();
    const std::size_t result = iconv(descriptor_, &in, &in_left, &out, &out_left);
    const int error = result == static_cast<std::size_t>(-1) ? errno : 0;
    utf8.append(buffer.data(), buffer.size() - out_left);
    if (error == EINVAL && in_left < kCharacterBytesMax) {
      incomplete_.assign(in, in_left);
      return;
    }
    if (error == EILSEQ || error == EINVAL) {
      utf8.append(kReplacementCharacter);
      const std::size_t skipped = std::min(unit_bytes_, in_left);
      in += skipped;
      in_left -= skipped;
    }
  }
}

void CharsetDecoder::Finish(std::string& utf8) {
  if (!std::exchange(incomplete_, {}).empty()) utf8.append(kReplacementCharacter);
}

std::string TextToUtf8(std::string_view bytes, std::string_view charset) {
  std::optional<CharsetDecoder> decoder;
  if (!charset.empty() && !NamesUtf8(charset)) decoder = CharsetDecoder::Open(charset);
  if (!decoder) {
    if (IsValidUtf8(bytes)) return std::string(bytes);
    decoder = CharsetDecoder::Open("WINDOWS-1252");
  }
  std::string utf8;
  if (!decoder) return utf8;  // an iconv without Windows-1252
  decoder->Decode(bytes, utf8);
  decoder->Finish(utf8);
  return utf8;
}

}  // namespace smartcontacts::client
