#include "domain/dial_plan.h"

#include <gtest/gtest.h>

#include <string>

namespace smartcontacts {
namespace {

TEST(DialPlan, ARegionIsEnough) { EXPECT_TRUE(Validate({.default_region = "DE"}).ok()); }

TEST(DialPlan, AWholePlanIsAccepted) {
  EXPECT_TRUE(Validate({"DE", "0", "00", "0", "[1-7][0-9]{1,2}|80?", "acme.example"}).ok());
}

TEST(DialPlan, AnErrorNamesTheField) {
  const struct {
    DialPlan plan;
    const char* field;
  } cases[] = {
      {{.default_region = ""}, "default_region"},
      {{.default_region = "de"}, "default_region"},
      {{.default_region = "DEU"}, "default_region"},
      {{.default_region = "DE", .outside_line_prefix = "1234"}, "outside_line_prefix"},
      {{.default_region = "DE", .outside_line_prefix = "*"}, "outside_line_prefix"},
      {{.default_region = "DE", .international_prefix = "1234567"}, "international_prefix"},
      {{.default_region = "DE", .national_prefix = "0x"}, "national_prefix"},
      {{.default_region = "DE", .phone_context = "Acme"}, "phone_context"},
      {{.default_region = "DE", .extension_pattern = "1.."}, "extension_pattern"},
      {{.default_region = "DE", .extension_pattern = "[1-"}, "extension_pattern"},
      {{.default_region = "DE", .extension_pattern = std::string(129, '1')}, "extension_pattern"},
      {{.default_region = "DE", .extension_pattern = "1[0-9]"}, "phone_context"},
  };
  for (const auto& c : cases) {
    const absl::Status status = Validate(c.plan);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.field;
    EXPECT_NE(status.message().find(c.field), std::string::npos) << status.message();
  }
}

}  // namespace
}  // namespace smartcontacts
