#include "crypto/master_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace smartcontacts::crypto {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// The base64 of 32 bytes of the value `fill`.
std::string Key(char fill) { return absl::Base64Escape(std::string(SecretKey::kSize, fill)); }

class MasterKeyTest : public testing::Test {
 protected:
  void SetUp() override { InitializeOrDie(); }

  static void ExpectRefused(const std::string& text, const std::string& why) {
    const absl::StatusOr<MasterKey> key = MasterKey::Parse(text);
    EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(key.status().message()), HasSubstr(why)) << text;
  }
};

TEST_F(MasterKeyTest, UnwrapsWhatItWrapped) {
  const MasterKey master_key = *MasterKey::Parse(MasterKey::GenerateText());
  const SecretKey key = SecretKey::Generate();
  const WrappedKey wrapped = master_key.Wrap(key, "acme");
  EXPECT_EQ(wrapped.master_key_version, 1);
  EXPECT_EQ(master_key.Unwrap(wrapped, "acme")->bytes(), key.bytes());
}

TEST_F(MasterKeyTest, AGeneratedKeyIsNew) {
  EXPECT_NE(MasterKey::GenerateText(), MasterKey::GenerateText());
}

TEST_F(MasterKeyTest, TheWrappedKeyDoesNotShowTheKey) {
  const MasterKey master_key = *MasterKey::Parse(MasterKey::GenerateText());
  const SecretKey key = SecretKey::Generate();
  const std::string bytes(reinterpret_cast<const char*>(key.bytes().data()), SecretKey::kSize);
  EXPECT_THAT(master_key.Wrap(key, "acme").sealed, Not(HasSubstr(bytes)));
}

TEST_F(MasterKeyTest, TheNewestVersionWrapsAndEveryVersionUnwraps) {
  const MasterKey old = *MasterKey::Parse(absl::StrCat("9:", Key('a')));
  const MasterKey both = *MasterKey::Parse(
      absl::StrCat("# rotated\r\n\r\n  10:", Key('b'), "  \r\n9:", Key('a'), "\r\n"));
  EXPECT_EQ(both.version(), 10);
  EXPECT_THAT(both.versions(), ElementsAre(9, 10));
  const SecretKey key = SecretKey::Generate();
  EXPECT_EQ(both.Wrap(key, "acme").master_key_version, 10);
  EXPECT_EQ(both.Unwrap(old.Wrap(key, "acme"), "acme")->bytes(), key.bytes());
  EXPECT_EQ(old.Unwrap(both.Wrap(key, "acme"), "acme").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(MasterKeyTest, AKeyOfAnotherTenantVersionOrMasterKeyDoesNotOpen) {
  const MasterKey master_key =
      *MasterKey::Parse(absl::StrCat("1:", Key('a'), "\n2:", Key('b'), "\n"));
  const WrappedKey wrapped = master_key.Wrap(SecretKey::Generate(), "acme");
  EXPECT_EQ(master_key.Unwrap(wrapped, "globex").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(master_key.Unwrap({1, wrapped.sealed}, "acme").status().code(),
            absl::StatusCode::kDataLoss);
  const MasterKey other = *MasterKey::Parse(absl::StrCat("2:", Key('c')));
  EXPECT_EQ(other.Unwrap(wrapped, "acme").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(master_key.Unwrap({2, ""}, "acme").status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(MasterKeyTest, AFileThatIsOtherwiseIsRefusedWithItsLine) {
  constexpr char kVersion[] = "expected VERSION:KEY";
  ExpectRefused("", "the file has no key");
  ExpectRefused("# nothing\n\n", "the file has no key");
  for (const std::string version :
       {"", "0", "-1", "2147483648", "x", "1.0", "99999999999999999999"}) {
    ExpectRefused(absl::StrCat("\n", version, ":", Key('a')), absl::StrCat("line 2: ", kVersion));
  }
  ExpectRefused(Key('a'), kVersion);
  ExpectRefused(absl::StrCat("1:", Key('a'), "\n1:", Key('b')),
                "line 2: this version is there twice");
  ExpectRefused("1:", "32 bytes");
  ExpectRefused("1", "32 bytes");
  ExpectRefused(absl::StrCat("1:", absl::Base64Escape(std::string(31, 'a'))), "32 bytes");
  ExpectRefused(absl::StrCat("1:", absl::Base64Escape(std::string(33, 'a'))), "32 bytes");
  ExpectRefused("1:***", "no base64");
  ExpectRefused(absl::StrCat("1:", Key('a'), ":"), "no base64");
  EXPECT_TRUE(MasterKey::Parse(absl::StrCat("2147483647:", Key('a'))).ok());
}

TEST_F(MasterKeyTest, AnErrorDoesNotRepeatTheKey) {
  const std::string key = Key('a');
  for (const std::string& text : {absl::StrCat("0:", key), absl::StrCat("1:", key, key), key,
                                  absl::StrCat("1:", key, "\n1:", key)}) {
    const absl::Status status = MasterKey::Parse(text).status();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(key.substr(0, 8))));
  }
}

}  // namespace
}  // namespace smartcontacts::crypto
