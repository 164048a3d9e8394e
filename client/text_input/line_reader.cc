#include "client/text_input/line_reader.h"

#include <algorithm>

namespace smartcontacts::client {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;

}  // namespace

LineReader::LineReader(std::istream& input, std::size_t line_bytes_max)
    : input_(input), line_bytes_max_(line_bytes_max), raw_(kReadBytes) {}

LineReader::Outcome LineReader::Next(std::string& line) {
  line.clear();
  std::string_view available = Available();
  if (available.empty()) return Outcome::kEnd;
  ++line_number_;
  bool too_long = false;
  terminated_ = false;
  for (; !available.empty(); available = Available()) {
    const std::size_t newline = available.find('\n');
    terminated_ = newline != std::string_view::npos;
    const std::string_view piece = available.substr(0, newline);
    // One byte more than the limit, for the CR that may turn out to belong to the line's end.
    const std::size_t room = line_bytes_max_ + 1 - line.size();
    line.append(piece.substr(0, room));
    too_long = too_long || piece.size() > room;
    unread_.remove_prefix(piece.size() + (terminated_ ? 1 : 0));
    if (terminated_) break;
  }
  if (!too_long && terminated_ && line.ends_with('\r')) line.pop_back();
  if (line.size() <= line_bytes_max_) return Outcome::kLine;
  line.resize(line_bytes_max_);
  return Outcome::kTooLong;
}

std::optional<char> LineReader::Peek() {
  const std::string_view available = Available();
  if (available.empty()) return std::nullopt;
  return available.front();
}

std::string_view LineReader::Available() {
  while (unread_.empty() && Fill()) {
  }
  return unread_;
}

bool LineReader::Fill() {
  if (!input_.good()) return false;
  input_.read(raw_.data(), static_cast<std::streamsize>(raw_.size()));
  raw_size_ = static_cast<std::size_t>(input_.gcount());
  const std::size_t mark = begun_ ? 0 : ReadByteOrderMark();
  begun_ = true;
  unread_ = std::string_view(raw_.data(), raw_size_).substr(mark);
  if (utf16_) {
    decoded_.clear();
    utf16_->Decode(unread_, decoded_);
    if (!input_.good()) utf16_->Finish(decoded_);
    unread_ = decoded_;
  }
  return true;
}

std::size_t LineReader::ReadByteOrderMark() {
  const std::string_view start(raw_.data(), std::min<std::size_t>(raw_size_, 3));
  if (start == "\xef\xbb\xbf") return 3;
  if (start.starts_with("\xff\xfe")) utf16_ = CharsetDecoder::Open("UTF-16LE");
  if (start.starts_with("\xfe\xff")) utf16_ = CharsetDecoder::Open("UTF-16BE");
  return utf16_ ? 2 : 0;
}

}  // namespace smartcontacts::client
