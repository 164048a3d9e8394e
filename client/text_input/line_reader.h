// Lines of a text file of any size, in bounded memory.

#ifndef SMART_CONTACTS_CLIENT_TEXT_INPUT_LINE_READER_H_
#define SMART_CONTACTS_CLIENT_TEXT_INPUT_LINE_READER_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/text_input/charset.h"

namespace smartcontacts::client {

// Not safe for concurrent use. `input` must outlive it, and is read ahead of what was asked for.
class LineReader {
 public:
  enum class Outcome {
    kLine,
    kTooLong,  // longer than the limit: what was given is only its beginning
    kEnd,      // nothing is left, or the input failed (failed())
  };

  LineReader(std::istream& input, std::size_t line_bytes_max);

  // Replaces `line` by the next one, without its LF or CR LF. A byte-order mark is passed over; a
  // file with one of UTF-16 arrives as UTF-8, any other as the bytes it is made of.
  Outcome Next(std::string& line);

  // The first byte of the line that comes next ('\n' of an empty one); nothing at the end.
  std::optional<char> Peek();

  // Of the line given last; the first is 1.
  std::int64_t line_number() const { return line_number_; }
  // Whether the line given last was ended by a newline and not by the end of the file.
  bool terminated() const { return terminated_; }
  bool utf16() const { return utf16_.has_value(); }
  // Whether reading ended because the stream broke. More than the end may be missing.
  bool failed() const { return input_.bad(); }

 private:
  // What was read and not yet given; empty only at the end.
  std::string_view Available();
  bool Fill();
  // How many bytes of mark `raw_` begins with. Sets utf16_.
  std::size_t ReadByteOrderMark();

  std::istream& input_;
  const std::size_t line_bytes_max_;
  std::vector<char> raw_;
  std::size_t raw_size_ = 0;
  std::optional<CharsetDecoder> utf16_;
  std::string decoded_;  // only of UTF-16
  std::string_view unread_;
  bool begun_ = false;
  std::int64_t line_number_ = 0;
  bool terminated_ = false;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_TEXT_INPUT_LINE_READER_H_
