#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/client/address_book/reading.h"
#include "tests/client/generated_stream.h"

namespace smartcontacts::client {
namespace {

constexpr std::string_view kPieces[] = {
    "BEGIN:VCARD", "END:VCARD", "VERSION:2.1",  "VERSION:4.0",        "TEL",    "FN",         "N",
    "item1.",      "X-ABLabel", ";TYPE=",       ";CHARSET=",          "UTF-16", "UTF-7",      ":",
    ";",           "\"",        ";ENCODING=B:", "ISO-2022-JP",        "=\r\n",  "=C3",        "\n ",
    "\r\n",        "\n",        "\\",           ";QUOTED-PRINTABLE:", ",",      "Name,Phone", "\t",
    "AGENT:",      "_$!<",      "\xef\xbb\xbf", ";X-CUSTOM(",         ";X-=4",  "\xff\xfe",   "=",
    "+49 30",      " ::: ",     "\"\"",
};

std::string RandomText(std::mt19937& random) {
  std::string text;
  const std::uint32_t pieces = random() % 60;
  for (std::uint32_t i = 0; i < pieces; ++i) {
    if (random() % 4 == 0) {
      text.push_back(static_cast<char>(random()));
    } else {
      text.append(kPieces[random() % std::size(kPieces)]);
    }
  }
  return text;
}

TEST(AddressBookRobustness, AnyBytesAreReadOrRefused) {
  std::mt19937 random(20240501);
  constexpr std::string_view kBeginnings[] = {"", "BEGIN:VCARD\n", "Name,Phone 1 - Value\n",
                                              "\xff\xfe", "\xfe\xff"};
  for (int round = 0; round < 20'000; ++round) {
    const std::string text =
        std::string(kBeginnings[random() % std::size(kBeginnings)]) + RandomText(random);
    const Reading reading = ReadContacts(text);
    ASSERT_TRUE(reading.status.ok() || absl::IsInvalidArgument(reading.status));
    for (const Contact& contact : reading.contacts) {
      ASSERT_LE(contact.numbers.size(), kNumbersPerContactMax);
      for (const PhoneNumber& number : contact.numbers) ASSERT_FALSE(number.typed.empty());
    }
  }
}

TEST(AddressBookRobustness, NoTruncationOfABookIsTakenForAnother) {
  const std::string book =
      "BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=\n=BC\n"
      "TEL;CELL:+49 30 23125 101\nEND:VCARD\n";
  for (std::size_t size = book.find('\n') + 1; size < book.size() - 1; ++size) {
    const Reading reading = ReadContacts(book.substr(0, size));
    EXPECT_EQ(reading.statistics.contacts, 0) << size;
    EXPECT_EQ(reading.statistics.damaged, 1) << size;
  }
}

TEST(AddressBookRobustness, TheCallersErrorEndsTheReading) {
  for (const char* text :
       {"BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\nFN:B\nEND:VCARD\n", "Name,Phone\nA,1\nB,2\n"}) {
    std::istringstream input(text);
    int calls = 0;
    const auto read = ReadAddressBook(input, [&calls](const Contact&) {
      ++calls;
      return absl::CancelledError("enough");
    });
    EXPECT_EQ(read.status(), absl::CancelledError("enough"));
    EXPECT_EQ(calls, 1);
  }
}

TEST(AddressBookRobustness, AStreamThatFailsIsNoEndOfFile) {
  for (const char* text : {"BEGIN:VCARD\nFN:A\nEND:VCARD\n", "Name,Phone\nA,1\n", ""}) {
    bool given = false;
    GeneratedStream stream([&given, text](std::string& piece) -> bool {
      if (given) throw std::runtime_error("the disk is gone");
      given = true;
      piece = text;
      return true;
    });
    std::istream input(&stream);
    EXPECT_EQ(ReadContacts(input).status.code(), absl::StatusCode::kDataLoss) << text;
  }
}

}  // namespace
}  // namespace smartcontacts::client
