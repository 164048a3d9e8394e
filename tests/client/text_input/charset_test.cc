#include "client/text_input/charset.h"

#include <gtest/gtest.h>

#include <string>

namespace smartcontacts::client {
namespace {

std::string DecodeByteByByte(const std::string& bytes, const char* charset) {
  auto decoder = CharsetDecoder::Open(charset);
  std::string utf8;
  for (const char byte : bytes) decoder->Decode({&byte, 1}, utf8);
  decoder->Finish(utf8);
  return utf8;
}

TEST(IsValidUtf8, AcceptsTheEdgesOfEveryRange) {
  for (const char* text :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsValidUtf8(text)) << text;
  }
}

TEST(IsValidUtf8, RefusesOverlongFormsSurrogatesAndFragments) {
  for (const char* text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(",
        "\xe2\x82(", "a\xe2(\xa1"}) {
    EXPECT_FALSE(IsValidUtf8(text)) << text;
  }
}

TEST(TextToUtf8, BelievesACharsetThatItKnows) {
  EXPECT_EQ(TextToUtf8("\x4d\xfc", "ISO-8859-1"), "Mü");
  EXPECT_EQ(TextToUtf8("\x93\xfa\x96\x7b", "Shift_JIS"), "日本");
  EXPECT_EQ(TextToUtf8("\xcf\xf0\xe8", "windows-1251"), "При");
}

TEST(TextToUtf8, ReadsTextWithoutAUsableClaimAsUtf8OrElseWindows1252) {
  for (const char* charset :
       {"", "utf-8", "UTF8", "X-UNHEARD-OF", "UTF-8//TRANSLIT", "../../etc"}) {
    EXPECT_EQ(TextToUtf8("M\xc3\xbc", charset), "Mü") << charset;
    EXPECT_EQ(TextToUtf8("M\xfc \x80", charset), "Mü €") << charset;
  }
}

TEST(TextToUtf8, PutsAReplacementForWhatMeansNothing) {
  EXPECT_EQ(TextToUtf8("a\x81z", ""), "a\xef\xbf\xbdz");  // 0x81 is no character of Windows-1252
  EXPECT_EQ(TextToUtf8("\x93", "Shift_JIS"), "\xef\xbf\xbd");
}

TEST(CharsetDecoder, CharactersMayLieAcrossPieces) {
  EXPECT_EQ(DecodeByteByByte(std::string("\x3d\xd8\x00\xde", 4), "UTF-16LE"), "😀");
}

TEST(CharsetDecoder, ALoneSurrogateCostsOnlyItself) {
  EXPECT_EQ(DecodeByteByByte(std::string("\x00\xdc\x41\x00", 4), "UTF-16LE"),
            "\xef\xbf\xbd"
            "A");
}

TEST(CharsetDecoder, LongTextArrivesWhole) {
  auto decoder = CharsetDecoder::Open("ISO-8859-1");
  std::string utf8;
  decoder->Decode(std::string(100'000, '\xfc'), utf8);
  EXPECT_EQ(utf8.size(), 200'000U);
}

}  // namespace
}  // namespace smartcontacts::client
