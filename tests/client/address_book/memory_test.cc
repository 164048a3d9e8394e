#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/address_book/address_book.h"
#include "tests/client/generated_stream.h"
#include "tests/client/live_bytes.h"

namespace smartcontacts::client {
namespace {

constexpr int kContacts = 100'000;
constexpr std::size_t kBound = 4 << 20;

// A card whose photo has 2 KB; every thousandth has one of 1 MB, in one line.
std::string GeneratedCard(int i) {
  std::string card =
      absl::StrCat("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Contact ", i, "\r\nTEL:+4930231",
                   25'000'000 + i, "\r\nPHOTO;ENCODING=b;TYPE=JPEG:");
  for (int line = 0; line < 27; ++line) card.append(75, 'A').append("\r\n ");
  if (i % 1000 == 0) card.append(1 << 20, 'A');
  return card + "\r\nEND:VCARD\r\n";
}

TEST(AddressBookMemory, AHundredThousandContactsWithPhotosTakeNoMoreThanOne) {
  int next = 0;
  GeneratedStream stream([&next](std::string& piece) {
    if (next == kContacts) return false;
    piece = GeneratedCard(next++);
    return true;
  });
  std::istream input(&stream);
  std::int64_t numbers = 0;
  const PeakLiveBytes peak;
  const auto read = ReadAddressBook(input, [&numbers](const Contact& contact) {
    numbers += static_cast<std::int64_t>(contact.numbers.size());
    return absl::OkStatus();
  });
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->contacts, kContacts);
  EXPECT_EQ(read->damaged, 0);
  EXPECT_EQ(numbers, kContacts);
  // The generator's own piece, with its photo of 1 MB growing twofold at most, is part of it.
  EXPECT_LT(peak.Get(), kBound + (2 << 20));
}

// One field, one line, one property, one card without end: none of them may be gathered up.
TEST(AddressBookMemory, NothingThatDoesNotEndIsKept) {
  for (const char* beginning :
       {"BEGIN:VCARD\nFN:", "BEGIN:VCARD\nFN;QUOTED-PRINTABLE:", "BEGIN:VCARD\n", "Name,Phone\n\"",
        "Name,Phone\n", "\"", "\xff\xfe", "x"}) {
    for (const char* filling : {"AAAAAAAA", "AAAAAAA\n", "AAAAAA=\n", "AAAAAA\n ", "TEL:1;2\n"}) {
      constexpr int kPieces = 24;
      int next = 0;
      std::string repeated;
      for (int i = 0; i < 64 << 10; ++i) repeated += filling;
      GeneratedStream stream([&](std::string& piece) {
        piece = next == 0 ? std::string(beginning) : repeated;
        return next++ < kPieces;
      });
      std::istream input(&stream);
      const PeakLiveBytes peak;
      ReadAddressBook(input, [](const Contact&) { return absl::OkStatus(); }).IgnoreError();
      EXPECT_LT(peak.Get(), kBound + repeated.size()) << beginning << filling;
    }
  }
}

}  // namespace
}  // namespace smartcontacts::client
