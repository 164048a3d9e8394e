#include "service/auth/admin_credential.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "service/error.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::service {
namespace {

using testing::HasSubstr;
using testing::Not;

class AdminCredentialTest : public testing::Test {
 protected:
  AdminCredentialTest() { crypto::InitializeOrDie(); }

  absl::StatusOr<std::unique_ptr<AdminCredential>> Load(const std::string& content) {
    WriteFile(file_, content);
    return AdminCredential::Load(
        file_, [this] { return now_; }, log_);
  }

  const TemporaryDirectory directory_;
  const std::string file_ = directory_ / "admin-token";
  const std::string token_ = std::string(64, 'a');
  const std::string other_token_ = std::string(64, 'b');
  const Log log_ = *Log::Create("error");
  absl::Time now_ = absl::FromUnixSeconds(1'790'000'000);
};

TEST_F(AdminCredentialTest, OnlyTheTokenInTheFileIsAccepted) {
  const auto credential = Load("# one: the only one\n" + token_ + "\n");
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(*(*credential)->Check("Bearer " + token_), "admin");
  for (const std::string& header :
       {std::string(), std::string("Bearer "), token_, "Basic " + token_, "Bearer " + token_ + "a",
        "Bearer " + token_.substr(1), "Bearer " + other_token_}) {
    EXPECT_EQ(GetError((*credential)->Check(header).status())->reason,
              Reason::kAdminCredentialInvalid);
  }
}

TEST_F(AdminCredentialTest, AShortOrMissingTokenIsRefused) {
  EXPECT_TRUE(absl::IsUnavailable(AdminCredential::Load(
                                      file_, [this] { return now_; }, log_)
                                      .status()));
  for (const std::string& content : {std::string("short\n"), std::string(), std::string("\n# \n"),
                                     std::string(AdminCredential::kLengthMax + 1, 'a')}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Load(content).status())) << content;
  }
}

TEST_F(AdminCredentialTest, SeveralAdministratorsAreKnownByTheirTokens) {
  const auto credential = Load(
      absl::StrCat("# who may do what\n\n alice.b-1:", token_, "\r\nbob: ", other_token_, "\n"));
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(*(*credential)->Check("Bearer " + token_), "alice.b-1");
  EXPECT_EQ(*(*credential)->Check("Bearer " + other_token_), "bob");
  for (const std::string& header :
       {absl::StrCat("Bearer bob:", other_token_), std::string("Bearer "),
        absl::StrCat("Bearer ", token_, other_token_)}) {
    EXPECT_FALSE((*credential)->Check(header).ok());
  }
}

TEST_F(AdminCredentialTest, AFileWithAMistakeIsRefusedWithoutRepeatingAToken) {
  for (const std::string& content :
       {absl::StrCat("alice:", token_, "\nalice:", other_token_),
        absl::StrCat("alice:", token_, "\nbob:", token_), absl::StrCat("Alice:", token_),
        absl::StrCat(":", token_), absl::StrCat(std::string(65, 'x'), ":", token_),
        absl::StrCat("alice:", token_, "\n", other_token_),
        absl::StrCat(token_, "\n", other_token_), absl::StrCat("alice:", token_, "\nbob:short"),
        absl::StrCat(token_, ":", other_token_.substr(0, 20))}) {
    const absl::Status status = Load(content).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << content;
    const std::string message(status.message());
    EXPECT_THAT(message, HasSubstr("line "));
    EXPECT_THAT(message, Not(HasSubstr("aaaa")));
    EXPECT_THAT(message, Not(HasSubstr("bbbb")));
  }
}

TEST_F(AdminCredentialTest, ANewTokenIsTakenUpAndABrokenOneIsNot) {
  const auto credential = *Load(token_);
  WriteFile(file_, std::string(40, 'b'));
  now_ += WatchedFile::kInterval;
  EXPECT_FALSE(credential->Check("Bearer " + token_).ok());
  EXPECT_TRUE(credential->Check("Bearer " + std::string(40, 'b')).ok());
  WriteFile(file_, "");
  now_ += WatchedFile::kInterval;
  EXPECT_TRUE(credential->Check("Bearer " + std::string(40, 'b')).ok());
}

}  // namespace
}  // namespace smartcontacts::service
