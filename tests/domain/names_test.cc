#include "domain/names.h"

#include <gtest/gtest.h>

#include <string>

namespace smartcontacts {
namespace {

TEST(TenantId, AcceptsDnsLabels) {
  for (const char* text : {"a", "acme", "acme-2", "0"})
    EXPECT_TRUE(TenantId::Parse(text).ok()) << text;
  EXPECT_TRUE(TenantId::Parse(std::string(63, 'a')).ok());
}

TEST(TenantId, RefusesWhatCouldBeMisread) {
  for (const char* text : {"", "-a", "a-", "Acme", "a.b", "a b", "a/b", "a'b", "ä", "a\n"}) {
    EXPECT_FALSE(TenantId::Parse(text).ok()) << text;
  }
  EXPECT_FALSE(TenantId::Parse(std::string(64, 'a')).ok());
  EXPECT_FALSE(TenantId::Parse(std::string_view("a\0b", 3)).ok());
}

TEST(Aor, OneAddressHasOneForm) {
  for (const char* text : {"sip:101@acme.example", "sips:101@acme.example", "101@ACME.example",
                           "SIP:101@Acme.Example"}) {
    const auto aor = Aor::Parse(text);
    ASSERT_TRUE(aor.ok()) << text;
    EXPECT_EQ(aor->value(), "sip:101@acme.example");
    EXPECT_EQ(aor->domain(), "acme.example");
  }
}

TEST(Aor, KeepsTheCaseOfTheUser) {
  EXPECT_EQ(Aor::Parse("sip:Anna@a.example")->value(), "sip:Anna@a.example");
}

TEST(Aor, RefusesWhatIsNoAddressOfRecord) {
  for (const char* text :
       {"", "sip:", "101", "sip:@a.example", "sip:101@", "sip:101@a..example",
        "sip:101@a.example:5060", "sip:101@a.example;transport=tcp", "sip:1 1@a.example",
        "sip:a\"b@a.example", "tel:+4985449180", "sip:1@2@a.example", "sip:\xff@a.example"}) {
    EXPECT_FALSE(Aor::Parse(text).ok()) << text;
  }
  EXPECT_FALSE(Aor::Parse("sip:" + std::string(300, '1') + "@a.example").ok());
}

TEST(Aor, AnErrorDoesNotRepeatTheAddress) {
  EXPECT_EQ(Aor::Parse("sip:canary7@").status().message().find("canary7"), std::string::npos);
}

}  // namespace
}  // namespace smartcontacts
