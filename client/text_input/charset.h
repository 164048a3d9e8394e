// Text in the charsets of old phones and office programs, turned into UTF-8.

#ifndef SMART_CONTACTS_CLIENT_TEXT_INPUT_CHARSET_H_
#define SMART_CONTACTS_CLIENT_TEXT_INPUT_CHARSET_H_

#include <iconv.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace smartcontacts::client {

// True if `text` is UTF-8 as the Unicode standard defines it (table 3-7): no overlong forms, no
// surrogates, nothing above U+10FFFF.
bool IsValidUtf8(std::string_view text);

// Decodes a stream of bytes, piece by piece; a character may lie across two pieces. Not safe for
// concurrent use.
class CharsetDecoder {
 public:
  // Nothing if `charset` is no name of a charset that this machine knows. The name may come from a
  // file that nobody vouches for.
  static std::optional<CharsetDecoder> Open(std::string_view charset);
  ~CharsetDecoder();
  CharsetDecoder(CharsetDecoder&& other) noexcept;
  CharsetDecoder& operator=(CharsetDecoder&& other) noexcept;

  // Appends what `bytes` mean to `utf8`; what means nothing becomes U+FFFD.
  void Decode(std::string_view bytes, std::string& utf8);
  // The stream has ended: what was left of a character becomes U+FFFD.
  void Finish(std::string& utf8);

 private:
  CharsetDecoder(iconv_t descriptor, std::size_t unit_bytes)
      : descriptor_(descriptor), unit_bytes_(unit_bytes) {}
  iconv_t descriptor_;
  std::size_t unit_bytes_;  // passed over together where a character makes no sense
  std::string incomplete_;  // the beginning of a character
};

// `bytes` as UTF-8. `charset` is what the file claims, or empty. Where the claim is absent, unknown
// or UTF-8, valid UTF-8 is taken as it is, and anything else is read as Windows-1252: that is what
// programs wrote that did not say.
std::string TextToUtf8(std::string_view bytes, std::string_view charset);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_TEXT_INPUT_CHARSET_H_
