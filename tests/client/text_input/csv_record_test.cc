#include "client/text_input/csv_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smartcontacts::client {
namespace {

using State = CsvRecord::State;
using testing::ElementsAre;

TEST(CsvRecord, SplitsAtTheSeparatorOnly) {
  CsvRecord record(';');
  EXPECT_EQ(record.Append("a;b,c;;"), State::kComplete);
  EXPECT_THAT(record.fields(), ElementsAre("a", "b,c", "", ""));
}

TEST(CsvRecord, AnEmptyLineIsOneEmptyField) {
  CsvRecord record(',');
  EXPECT_EQ(record.Append(""), State::kComplete);
  EXPECT_THAT(record.fields(), ElementsAre(""));
}

TEST(CsvRecord, QuotesHideSeparatorsAndDoubledQuotesAreText) {
  CsvRecord record(',');
  EXPECT_EQ(record.Append(R"("a,b","say ""hi""","",x"y)"), State::kComplete);
  EXPECT_THAT(record.fields(), ElementsAre("a,b", "say \"hi\"", "", "x\"y"));
}

TEST(CsvRecord, AQuotedFieldGoesOnInTheNextLine) {
  CsvRecord record(',');
  EXPECT_EQ(record.Append("1,\"a"), State::kOpen);
  EXPECT_EQ(record.Append(""), State::kOpen);
  EXPECT_EQ(record.Append("b\",2"), State::kComplete);
  EXPECT_THAT(record.fields(), ElementsAre("1", "a\n\nb", "2"));
}

TEST(CsvRecord, ClearForgetsAnOpenQuote) {
  CsvRecord record(',');
  EXPECT_EQ(record.Append("\"a"), State::kOpen);
  record.Clear();
  EXPECT_EQ(record.Append("b,c"), State::kComplete);
  EXPECT_THAT(record.fields(), ElementsAre("b", "c"));
}

TEST(CsvRecord, NothingMayFollowAClosingQuote) {
  CsvRecord record(',');
  EXPECT_EQ(record.Append("\"a\"b,c"), State::kMalformed);
}

}  // namespace
}  // namespace smartcontacts::client
