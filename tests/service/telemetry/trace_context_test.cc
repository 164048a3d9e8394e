// After the cases of the W3C's own suite, https://github.com/w3c/trace-context/tree/main/test.

#include "service/telemetry/trace_context.h"

#include <gtest/gtest.h>

#include <string>

namespace smartcontacts::service {
namespace {

constexpr char kTraceId[] = "0af7651916cd43dd8448eb211c80319c";
constexpr char kSpanId[] = "b7ad6b7169203331";

std::string Header(const std::string& version, const std::string& rest = "01") {
  return version + "-" + kTraceId + "-" + kSpanId + "-" + rest;
}

void ExpectRead(const std::string& header) {
  const auto context = ParseTraceparent(header);
  ASSERT_TRUE(context.has_value()) << header;
  EXPECT_EQ(context->trace_id_text(), kTraceId);
  EXPECT_EQ(context->span_id_text(), kSpanId);
}

void ExpectIgnored(const std::string& header) {
  EXPECT_FALSE(ParseTraceparent(header).has_value()) << header;
}

TEST(TraceContextTest, TraceAndSpanAreRead) { ExpectRead(Header("00")); }

TEST(TraceContextTest, WhateverTheFlagsSay) {
  for (const char* flags : {"00", "01", "02", "ff"}) ExpectRead(Header("00", flags));
}

TEST(TraceContextTest, VersionZeroHasNothingMore) {
  for (const char* more : {"01-", "01-what-the-future-will-be-like", "01.", "010"}) {
    ExpectIgnored(Header("00", more));
  }
}

TEST(TraceContextTest, OfALaterVersionWhatIsKnownIsRead) {
  for (const char* version : {"01", "cc", "fe"}) {
    ExpectRead(Header(version));
    ExpectRead(Header(version, "01-"));
    ExpectRead(Header(version, "01-what-the-future-will-be-like"));
    ExpectIgnored(Header(version, "01.what-the-future-will-be-like"));
    ExpectIgnored(Header(version, "010"));
  }
}

TEST(TraceContextTest, VersionFfIsForbidden) {
  ExpectIgnored(Header("ff"));
  ExpectIgnored(Header("ff", "01-more"));
}

TEST(TraceContextTest, ZeroIsNoTraceAndNoSpan) {
  ExpectIgnored("00-00000000000000000000000000000000-b7ad6b7169203331-01");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01");
}

TEST(TraceContextTest, OnlyLowerCaseHexadecimalDigits) {
  ExpectIgnored("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01");
  ExpectIgnored(".0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ExpectIgnored("0.-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ExpectIgnored("00-.af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319.-b7ad6b7169203331-01");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c-.7ad6b7169203331-01");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333.-01");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-.0");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0.");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A");
  ExpectIgnored(std::string("00-0af7651916cd43dd8448eb211c80319\0-b7ad6b7169203331-01", 55));
}

TEST(TraceContextTest, EveryFieldHasItsLengthAndItsDash) {
  ExpectIgnored("");
  ExpectIgnored("00");
  ExpectIgnored("00-");
  ExpectIgnored("000-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ExpectIgnored("0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-001");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c8031-b7ad6b71692033310a-01");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c0-b7ad6b716920333-01");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331");
  ExpectIgnored("00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01");
  ExpectIgnored("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01");
  ExpectIgnored(" " + Header("00"));
  ExpectIgnored(Header("00") + " ");
}

}  // namespace
}  // namespace smartcontacts::service
