#include "client/directory_file/directory_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/client/generated_stream.h"

namespace smartcontacts::client {

void PrintTo(const DirectoryLine& line, std::ostream* out) {
  *out << line.line << ": " << line.aor << ' ' << testing::PrintToString(line.numbers) << ' '
       << line.extension << ' ' << line.enabled << line.discoverable
       << static_cast<int>(line.matching_access);
}

void PrintTo(const RejectedLine& line, std::ostream* out) {
  *out << line.line << ": " << line.reason;
}

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kHeader[] = "aor,numbers,extension,enabled,discoverable,matching\n";

struct Reading {
  absl::Status status;
  std::vector<DirectoryLine> lines;
  std::vector<RejectedLine> rejected;
};

Reading Read(std::istream& input) {
  Reading reading;
  reading.status = ReadDirectoryFile(input, {.on_line =
                                                 [&reading](const DirectoryLine& line) {
                                                   reading.lines.push_back(line);
                                                   return absl::OkStatus();
                                                 },
                                             .on_rejected =
                                                 [&reading](const RejectedLine& line) {
                                                   reading.rejected.push_back(line);
                                                   return absl::OkStatus();
                                                 }});
  return reading;
}

Reading Read(const std::string& text) {
  std::istringstream input(text);
  return Read(input);
}

// Why the only line behind the header, or the only line of JSON, is rejected.
std::string RejectionOf(const std::string& line) {
  const Reading reading = Read(line.starts_with('{') ? line + "\n" : kHeader + line + "\n");
  EXPECT_EQ(reading.status, absl::OkStatus()) << line;
  EXPECT_THAT(reading.lines, IsEmpty()) << line;
  EXPECT_EQ(reading.rejected.size(), 1U) << line;
  return reading.rejected.empty() ? "" : reading.rejected.front().reason;
}

TEST(DirectoryFile, ReadsCsv) {
  const Reading reading = Read(
      absl::StrCat(kHeader, "sip:101@a.example,+49 30 23125 101; 0171 3920012,101,true,true,\n",
                   "\n", "sip:102@a.example,,,NO,1,denied\r\n",
                   "\"sip:103@a.example\",\"030/23125,103;\",,yes,False,Allowed\n"));
  EXPECT_EQ(reading.status, absl::OkStatus());
  EXPECT_THAT(
      reading.lines,
      ElementsAre(
          DirectoryLine{
              2, "sip:101@a.example", {"+49 30 23125 101", "0171 3920012"}, "101", true, true},
          DirectoryLine{4, "sip:102@a.example", {}, "", false, true, MatchingAccess::kDenied}));
  EXPECT_THAT(reading.rejected,
              ElementsAre(RejectedLine{5, "matching must be inherit, allowed or denied"}));
}

TEST(DirectoryFile, ColumnsMayStandInAnyOrderAndMatchingMayBeLeftOut) {
  const Reading reading = Read(
      "\xef\xbb\xbf"
      "Enabled, discoverable ,EXTENSION,numbers,aor\r\ntrue,false,7,\"1;2\",x@a.example\r\n");
  EXPECT_EQ(reading.status, absl::OkStatus());
  EXPECT_THAT(reading.lines,
              ElementsAre(DirectoryLine{2, "x@a.example", {"1", "2"}, "7", true, false}));
}

TEST(DirectoryFile, ReadsJsonLines) {
  const Reading reading = Read(
      "\n {\"aor\":\"sip:101@a.example\",\"numbers\":[\"+49 30;1\",\"2\"],\"extension\":\"101\","
      "\"enabled\":true,\"discoverable\":false,\"matching\":\"allowed\"}\r\n"
      "{\"discoverable\":true,\"enabled\":false,\"aor\":\"\\u0061\"}\n");
  EXPECT_EQ(reading.status, absl::OkStatus());
  EXPECT_THAT(reading.lines, ElementsAre(DirectoryLine{2,
                                                       "sip:101@a.example",
                                                       {"+49 30;1", "2"},
                                                       "101",
                                                       true,
                                                       false,
                                                       MatchingAccess::kAllowed},
                                         DirectoryLine{3, "a", {}, "", false, true}));
  EXPECT_THAT(reading.rejected, IsEmpty());
}

TEST(DirectoryFile, RefusesAFileThatIsNoDirectory) {
  const struct {
    std::string text;
    const char* message;
  } cases[] = {
      {"", "empty"},
      {"\xef\xbb\xbf\n \r\n", "empty"},
      {kHeader, "only a header"},
      {std::string(kHeader) + "\n\n", "only a header"},
      {"aor,numbers,extension,enabled\nx,,,true\n", "lacks the column discoverable"},
      {"aor,numbers,extension,enabled,discoverable,enabled\n", "names a column twice: enabled"},
      {"aor,numbers,extension,enabled,discoverable,name\n", "column 6 is unknown"},
      {"sip:canary@a.example,,,true,true\n", "column 1 is unknown"},
      {"aor;numbers;extension;enabled;discoverable\n", "column 1 is unknown"},
      {"aor,\"numbers\n", "does not end in its line"},
      {"aor\xff,numbers\n", "not valid UTF-8"},
      {std::string(1 << 17, 'a') + "\n", "longer than 65536 bytes"},
      {std::string("\xff\xfe"
                   "a\0\n\0",
                   6),
       "UTF-16"},
  };
  for (const auto& [text, message] : cases) {
    const Reading reading = Read(text);
    EXPECT_EQ(reading.status.code(), absl::StatusCode::kInvalidArgument) << text.substr(0, 80);
    EXPECT_THAT(std::string(reading.status.message()), HasSubstr(message));
    EXPECT_THAT(std::string(reading.status.message()), Not(HasSubstr("canary")));
    EXPECT_THAT(reading.lines, IsEmpty());
  }
}

TEST(DirectoryFile, EveryTruncationIsNoticed) {
  const std::string csv = std::string(kHeader) + "a,1,,true,true,\nb,2,,true,true,\n";
  const std::string json = "{\"aor\":\"a\",\"enabled\":true,\"discoverable\":true}\n";
  for (const std::string& file : {csv, json + json}) {
    for (std::size_t size = 0; size < file.size(); ++size) {
      // A file that lost whole lines cannot be told from a shorter one.
      if (size > 0 && file[size - 1] == '\n') continue;
      const Reading reading = Read(file.substr(0, size));
      EXPECT_EQ(reading.status.code(), absl::StatusCode::kInvalidArgument) << size;
      EXPECT_THAT(std::string(reading.status.message()), HasSubstr(size == 0 ? "empty" : "cut off"))
          << size;
    }
  }
}

TEST(DirectoryFile, RejectsBadCsvLines) {
  EXPECT_EQ(RejectionOf("a,1,,true,true"), "the line has 5 fields, the header 6");
  EXPECT_EQ(RejectionOf("a,1,2,,true,true,"), "the line has 7 fields, the header 6");
  EXPECT_EQ(RejectionOf("a,1,,maybe,true,"), "enabled must be true or false");
  EXPECT_EQ(RejectionOf("a,1,,true,,"), "discoverable must be true or false");
  EXPECT_EQ(RejectionOf("a,1,,true,true,perhaps"), "matching must be inherit, allowed or denied");
  EXPECT_EQ(RejectionOf(" ,1,,true,true,"), "aor is empty");
  EXPECT_EQ(RejectionOf("\"a,1,,true,true,"), "a quoted field does not end in its line");
  EXPECT_EQ(RejectionOf("\"a\"b,1,,true,true,"), "something follows a closing quote");
  EXPECT_EQ(RejectionOf("a\xc3,1,,true,true,"), "the line is not valid UTF-8");
  EXPECT_EQ(RejectionOf("a," + std::string(kDirectoryLineBytesMax, '1') + ",,true,true,"),
            "the line is longer than 65536 bytes");
}

TEST(DirectoryFile, RejectsBadJsonLines) {
  const std::string rest = "\"enabled\":true,\"discoverable\":true}";
  EXPECT_EQ(RejectionOf("{" + rest), "aor is missing");
  EXPECT_EQ(RejectionOf(R"({"aor":"a","enabled":true})"), "discoverable is missing");
  EXPECT_EQ(RejectionOf(R"({"aor":"a","discoverable":true})"), "enabled is missing");
  EXPECT_EQ(RejectionOf("{\"aor\":\"\"," + rest), "aor is empty");
  EXPECT_EQ(RejectionOf("{\"aor\":\"a\",\"aor\":\"b\"," + rest), "aor stands there twice");
  EXPECT_EQ(RejectionOf("{\"aor\":\"a\",\"name\":\"b\"," + rest),
            "the object has an unknown member");
  EXPECT_EQ(RejectionOf("{\"aor\":1," + rest), "aor must be a string");
  EXPECT_EQ(RejectionOf("{\"aor\":{}," + rest), "aor must be a string");
  EXPECT_EQ(RejectionOf("{\"aor\":[\"a\"]," + rest), "aor must be a string");
  EXPECT_EQ(RejectionOf("{\"extension\":101," + rest), "extension must be a string");
  EXPECT_EQ(RejectionOf("{\"extension\":null," + rest), "extension must be a string");
  for (const char* numbers : {"\"1\"", "[1]", "[[\"1\"]]", "{}", "null", "true", "[true]"}) {
    EXPECT_EQ(RejectionOf(absl::StrCat("{\"numbers\":", numbers, ",", rest)),
              "numbers must be an array of strings");
  }
  EXPECT_EQ(RejectionOf("{\"numbers\":[\"\"]," + rest), "a number is empty");
  EXPECT_EQ(RejectionOf("{\"matching\":true," + rest),
            "matching must be \"inherit\", \"allowed\" or \"denied\"");
  EXPECT_EQ(RejectionOf("{\"matching\":\"x\"," + rest),
            "matching must be \"inherit\", \"allowed\" or \"denied\"");
  EXPECT_EQ(RejectionOf(R"({"enabled":"true"})"), "enabled must be true or false");
  EXPECT_EQ(RejectionOf(R"({"discoverable":1})"), "discoverable must be true or false");
  EXPECT_EQ(RejectionOf("{\"aor\":\"\xff\"," + rest), "the line is not valid UTF-8");
  for (const char* broken :
       {"{\"aor\":", "{\"aor\":\"a\"} x", "{'aor':1}", "{} {}", "{\"aor\":1.5.5}"}) {
    EXPECT_FALSE(RejectionOf(broken).empty()) << broken;
  }
  EXPECT_FALSE(RejectionOf("{\"numbers\":" + std::string(60'000, '[')).empty());
}

TEST(DirectoryFile, AJsonLineThatIsNoObjectIsRejected) {
  const Reading reading =
      Read("{\"aor\":\"a\",\"enabled\":true,\"discoverable\":true}\n[1]\n\"x\"\n7\n");
  EXPECT_THAT(reading.rejected, ElementsAre(RejectedLine{2, "the line is no JSON object"},
                                            RejectedLine{3, "the line is no JSON object"},
                                            RejectedLine{4, "the line is no JSON object"}));
}

TEST(DirectoryFile, ABadLineDoesNotHideTheNext) {
  const Reading reading = Read(absl::StrCat(kHeader, "a,1,,true,true,\n\"b,1,,true,true,\n",
                                            std::string(1 << 20, 'x'), "\nc,1,,true,true,\n"));
  ASSERT_EQ(reading.lines.size(), 2U);
  EXPECT_EQ(reading.lines[1].line, 5);
  EXPECT_EQ(reading.lines[1].aor, "c");
  EXPECT_EQ(reading.lines[1].numbers.size(), 1U);
  ASSERT_EQ(reading.rejected.size(), 2U);
  EXPECT_EQ(reading.rejected[0].line, 3);
  EXPECT_EQ(reading.rejected[1].line, 4);
}

TEST(DirectoryFile, AReasonRepeatsNothingOfTheLine) {
  for (const char* line : {"{\"aor\":\"canary", "{\"canary\":1}", "{\"aor\":\"a\" canary}",
                           "{\"matching\":\"canary\"}"}) {
    EXPECT_THAT(RejectionOf(line), Not(HasSubstr("canary"))) << line;
  }
  EXPECT_THAT(RejectionOf("a,1,,canary,true,"), Not(HasSubstr("canary")));
}

TEST(DirectoryFile, TheCallersErrorEndsTheReading) {
  std::istringstream input(absl::StrCat(kHeader, "a,1,,true,true,\nbad\nc,1,,true,true,\n"));
  int calls = 0;
  const absl::Status status = ReadDirectoryFile(
      input, {.on_line =
                  [&calls](const DirectoryLine&) {
                    ++calls;
                    return absl::OkStatus();
                  },
              .on_rejected = [](const RejectedLine&) { return absl::AbortedError("enough"); }});
  EXPECT_EQ(status, absl::AbortedError("enough"));
  EXPECT_EQ(calls, 1);
}

TEST(DirectoryFile, AStreamThatFailsIsNoEndOfFile) {
  bool given = false;
  GeneratedStream stream([&given](std::string& piece) -> bool {
    if (given) throw std::runtime_error("the disk is gone");
    given = true;
    piece = absl::StrCat(kHeader, "a,1,,true,true,\n");
    return true;
  });
  std::istream input(&stream);
  EXPECT_EQ(Read(input).status.code(), absl::StatusCode::kDataLoss);
}

TEST(DirectoryFile, AnyBytesAreReadOrRefused) {
  std::mt19937 random(20240501);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = round % 2 == 0 ? kHeader : "{\"aor\":\"a\",";
    for (std::uint32_t i = random() % 200; i > 0; --i) {
      constexpr char kLikely[] = ",;\"\n{}[]:\\atrue01";
      text.push_back(random() % 4 == 0 ? static_cast<char>(random())
                                       : kLikely[random() % (sizeof(kLikely) - 1)]);
    }
    const Reading reading = Read(text);
    ASSERT_TRUE(reading.status.ok() || absl::IsInvalidArgument(reading.status));
    for (const DirectoryLine& line : reading.lines) ASSERT_FALSE(line.aor.empty());
  }
}

}  // namespace
}  // namespace smartcontacts::client
