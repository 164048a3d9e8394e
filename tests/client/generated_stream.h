// A stream of any length that is made up while it is read, so that a test of gigabytes needs none.

#ifndef SMART_CONTACTS_TESTS_CLIENT_GENERATED_STREAM_H_
#define SMART_CONTACTS_TESTS_CLIENT_GENERATED_STREAM_H_

#include <functional>
#include <streambuf>
#include <string>
#include <utility>

namespace smartcontacts::client {

// Each call of `next_piece` replaces the piece by what comes then; false ends the stream.
class GeneratedStream : public std::streambuf {
 public:
  explicit GeneratedStream(std::function<bool(std::string& piece)> next_piece)
      : next_piece_(std::move(next_piece)) {}

 protected:
  int_type underflow() override {
    do {
      if (!next_piece_(piece_)) return traits_type::eof();
    } while (piece_.empty());
    setg(piece_.data(), piece_.data(), piece_.data() + piece_.size());
    return traits_type::to_int_type(piece_.front());
  }

 private:
  std::function<bool(std::string& piece)> next_piece_;
  std::string piece_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_TESTS_CLIENT_GENERATED_STREAM_H_
