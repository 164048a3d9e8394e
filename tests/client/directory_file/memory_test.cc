#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/directory_file/directory_file.h"
#include "tests/client/generated_stream.h"
#include "tests/client/live_bytes.h"

namespace smartcontacts::client {
namespace {

constexpr std::size_t kBound = 1 << 20;
constexpr std::int64_t kGigabyte = 1 << 30;

struct Counts {
  std::int64_t lines = 0;
  std::int64_t rejected = 0;
};

absl::Status Count(GeneratedStream& stream, Counts& counts) {
  std::istream input(&stream);
  return ReadDirectoryFile(input, {.on_line =
                                       [&counts](const DirectoryLine&) {
                                         ++counts.lines;
                                         return absl::OkStatus();
                                       },
                                   .on_rejected =
                                       [&counts](const RejectedLine&) {
                                         ++counts.rejected;
                                         return absl::OkStatus();
                                       }});
}

TEST(DirectoryFileMemory, ALineOfAGigabyteIsRejectedWithoutBeingKept) {
  constexpr std::int64_t kPieceBytes = 1 << 16;
  std::int64_t next = 0;
  GeneratedStream stream([&next](std::string& piece) {
    constexpr std::int64_t kPieces = kGigabyte / kPieceBytes;
    if (next == 0) piece = "aor,numbers,extension,enabled,discoverable\n";
    if (next == 1) piece.assign(kPieceBytes, 'x');
    if (next == kPieces) piece = "\nsip:1@a.example,,,true,true\n";
    return next++ <= kPieces;
  });
  Counts counts;
  const PeakLiveBytes peak;
  EXPECT_EQ(Count(stream, counts), absl::OkStatus());
  EXPECT_EQ(counts.rejected, 1);
  EXPECT_EQ(counts.lines, 1);
  EXPECT_LT(peak.Get(), kBound);
}

TEST(DirectoryFileMemory, AMillionLinesTakeNoMoreThanOne) {
  constexpr std::int64_t kLines = 1'000'000;
  std::int64_t next = 0;
  GeneratedStream stream([&next](std::string& piece) {
    if (next == kLines) return false;
    piece = absl::StrCat("{\"aor\":\"sip:", next++,
                         "@a.example\",\"numbers\":[\"+493023125101\"],\"enabled\":true,"
                         "\"discoverable\":true}\n");
    return true;
  });
  Counts counts;
  const PeakLiveBytes peak;
  EXPECT_EQ(Count(stream, counts), absl::OkStatus());
  EXPECT_EQ(counts.lines, kLines);
  EXPECT_LT(peak.Get(), kBound);
}

}  // namespace
}  // namespace smartcontacts::client
