#include "client/private_matching/private_state_file.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "crypto/secret.h"
#include "tests/client/private_matching/private_states.h"
#include "tests/scoped_umask.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::client {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class PrivateStateFileTest : public testing::Test {
 protected:
  PrivateStateFileTest() { crypto::InitializeOrDie(); }

  absl::Status Write() const { return PrivateStateFile::Open(path_)->Write(SomeState()); }

  // Opening and reading. What there is stays as it is, and the error says what to do.
  absl::Status Refused() const {
    const std::string before = ReadFile(path_);
    const std::string key = ReadFile(key_path_);
    const absl::StatusOr<PrivateStateFile> file = PrivateStateFile::Open(path_);
    const absl::Status status = file.ok() ? file->Read().status() : file.status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
    EXPECT_EQ(ReadFile(path_), before);
    EXPECT_EQ(ReadFile(key_path_), key);
    return status;
  }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_ / "state";
  const std::string key_path_ = path_ + ".key";
};

TEST_F(PrivateStateFileTest, ReadingMakesNothing) {
  EXPECT_EQ(*PrivateStateFile::Open(path_)->Read(), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_FALSE(std::filesystem::exists(key_path_));
}

TEST_F(PrivateStateFileTest, WhatIsWrittenIsReadAgainUnderTheSameKey) {
  ASSERT_TRUE(Write().ok());
  const std::string key = ReadFile(key_path_);
  EXPECT_EQ(**PrivateStateFile::Open(path_)->Read(), SomeState());
  ASSERT_TRUE(Write().ok());
  EXPECT_EQ(ReadFile(key_path_), key);
  EXPECT_EQ(**PrivateStateFile::Open(path_)->Read(), SomeState());
}

TEST_F(PrivateStateFileTest, OnlyItsOwnerReadsEither) {
  const ScopedUmask none(0);
  ASSERT_TRUE(Write().ok());
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(std::filesystem::status(key_path_).permissions(), std::filesystem::perms(0600));
}

TEST_F(PrivateStateFileTest, AKeyThatOthersCanReadIsRefused) {
  ASSERT_TRUE(Write().ok());
  for (const int mode : {0644, 0640, 0604, 0620}) {
    std::filesystem::permissions(key_path_, std::filesystem::perms(mode));
    EXPECT_THAT(std::string(Refused().message()), HasSubstr("chmod 600"));
  }
  std::filesystem::permissions(key_path_, std::filesystem::perms(0600));
  EXPECT_TRUE(PrivateStateFile::Open(path_)->Read().ok());
}

TEST_F(PrivateStateFileTest, AStateWhoseKeyIsGoneIsLeftAlone) {
  ASSERT_TRUE(Write().ok());
  std::filesystem::remove(key_path_);
  EXPECT_THAT(std::string(Refused().message()), AllOf(HasSubstr("is gone"), HasSubstr("move it")));
}

TEST_F(PrivateStateFileTest, AKeyOfAWrongSizeIsNone) {
  ASSERT_TRUE(Write().ok());
  for (const std::size_t size : {0, 31, 33, 100}) {
    WriteFile(key_path_, std::string(size, 'k'));
    EXPECT_THAT(std::string(Refused().message()), HasSubstr("no key"));
  }
}

TEST_F(PrivateStateFileTest, AnotherKeyDoesNotOpenIt) {
  ASSERT_TRUE(Write().ok());
  WriteFile(key_path_, std::string(crypto::SecretKey::kSize, 'k'));
  EXPECT_THAT(std::string(Refused().message()), HasSubstr("does not open"));
}

TEST_F(PrivateStateFileTest, WhateverIsCutOffIsRefused) {
  ASSERT_TRUE(Write().ok());
  const std::string whole = ReadFile(path_);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    WriteFile(path_, whole.substr(0, size));
    EXPECT_FALSE(Refused().ok());
  }
  WriteFile(path_, whole + "x");
  EXPECT_FALSE(Refused().ok());
}

TEST_F(PrivateStateFileTest, WhateverBitIsFlippedItIsRefused) {
  ASSERT_TRUE(Write().ok());
  const std::string whole = ReadFile(path_);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 1 << i % 8);
    WriteFile(path_, flipped);
    EXPECT_FALSE(Refused().ok());
  }
}

TEST_F(PrivateStateFileTest, WhatIsNoStateOrOfAnotherVersionIsSaidToBe) {
  ASSERT_TRUE(Write().ok());
  std::string bytes = ReadFile(path_);
  const std::size_t version = bytes.find('\n') - 1;
  ASSERT_EQ(bytes[version], '1');
  bytes[version] = '0';
  WriteFile(path_, bytes);
  EXPECT_THAT(std::string(Refused().message()), HasSubstr("another version"));
  WriteFile(path_, "{\"format\": 1}\n");
  EXPECT_THAT(std::string(Refused().message()), HasSubstr("no state file of the private mode"));
}

TEST_F(PrivateStateFileTest, AFolderThatIsNotThereIsSaid) {
  EXPECT_THAT(std::string(PrivateStateFile::Open(directory_ / "nowhere/state").status().message()),
              HasSubstr("No such file"));
}

TEST_F(PrivateStateFileTest, OneRunWaitsForTheOther) {
  std::atomic<bool> done = false;
  auto first = std::make_unique<PrivateStateFile>(*PrivateStateFile::Open(path_));
  std::thread second([&] {
    const absl::StatusOr<PrivateStateFile> file = PrivateStateFile::Open(path_);
    EXPECT_TRUE(done);
    EXPECT_EQ(**file->Read(), SomeState());
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_TRUE(first->Write(SomeState()).ok());
  done = true;
  first.reset();
  second.join();
}

}  // namespace
}  // namespace smartcontacts::client
