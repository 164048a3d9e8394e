#include "client/text_input/line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace smartcontacts::client {
namespace {

using Outcome = LineReader::Outcome;
using testing::ElementsAre;

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream input(text);
  LineReader reader(input, 1000);
  std::vector<std::string> lines;
  std::string line;
  while (reader.Next(line) == Outcome::kLine) lines.push_back(line);
  return lines;
}

TEST(LineReader, EndsLinesAtLfAndCrLf) {
  EXPECT_THAT(Lines("a\r\nb\n\nc"), ElementsAre("a", "b", "", "c"));
}

TEST(LineReader, KeepsACrThatEndsNoLine) {
  EXPECT_THAT(Lines("a\rb\nc\r"), ElementsAre("a\rb", "c\r"));
}

TEST(LineReader, PassesOverByteOrderMarksAtTheBeginningOnly) {
  EXPECT_THAT(Lines("\xef\xbb\xbf"
                    "a\n\xef\xbb\xbf"
                    "b"),
              ElementsAre("a",
                          "\xef\xbb\xbf"
                          "b"));
}

TEST(LineReader, ReadsUtf16OfBothByteOrders) {
  EXPECT_THAT(Lines(std::string("\xff\xfe\xfc\0\n\0b\0", 8)), ElementsAre("ü", "b"));
  EXPECT_THAT(Lines(std::string("\xfe\xff\0\xfc\0\n\0b", 8)), ElementsAre("ü", "b"));
}

TEST(LineReader, HalfACharacterOfUtf16AtTheEndIsNotLostSilently) {
  EXPECT_THAT(Lines(std::string("\xff\xfe"
                                "a\0b",
                                5)),
              ElementsAre("a\xef\xbf\xbd"));
}

TEST(LineReader, TheLimitDoesNotCountTheLinesEnd) {
  std::istringstream input("12345\r\n123456\n12345\n12345\r");
  LineReader reader(input, 5);
  std::string line;
  EXPECT_EQ(reader.Next(line), Outcome::kLine);
  EXPECT_EQ(reader.Next(line), Outcome::kTooLong);
  EXPECT_EQ(line, "12345");
  EXPECT_EQ(reader.Next(line), Outcome::kLine);
  EXPECT_EQ(reader.Next(line), Outcome::kTooLong);  // the CR belongs to the last line
  EXPECT_EQ(reader.Next(line), Outcome::kEnd);
}

TEST(LineReader, LinesLongerThanItsBufferArriveWhole) {
  const std::string text(300'000, 'x');
  std::istringstream input(text + "\r\ny");
  LineReader reader(input, text.size());
  std::string line;
  EXPECT_EQ(reader.Next(line), Outcome::kLine);
  EXPECT_EQ(line, text);
  EXPECT_EQ(reader.Next(line), Outcome::kLine);
  EXPECT_EQ(line, "y");
}

TEST(LineReader, SaysWhereItIsAndWhatComesNext) {
  std::istringstream input("a\n\nb");
  LineReader reader(input, 10);
  std::string line;
  EXPECT_EQ(reader.Peek(), 'a');
  reader.Next(line);
  EXPECT_EQ(reader.line_number(), 1);
  EXPECT_EQ(reader.Peek(), '\n');
  reader.Next(line);
  EXPECT_TRUE(reader.terminated());
  reader.Next(line);
  EXPECT_EQ(reader.line_number(), 3);
  EXPECT_FALSE(reader.terminated());
  EXPECT_EQ(reader.Peek(), std::nullopt);
}

}  // namespace
}  // namespace smartcontacts::client
