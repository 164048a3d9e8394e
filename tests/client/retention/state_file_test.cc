#include "client/retention/state_file.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "tests/client/retention/states.h"
#include "tests/scoped_umask.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::client {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Where permissions count: not for root, who gives the files away and is nobody for a while.
class OrdinaryUser {
 public:
  explicit OrdinaryUser(const std::vector<std::string>& files) {
    if (!root_) return;
    for (const std::string& file : files) EXPECT_EQ(chown(file.c_str(), kNobody, kNobody), 0);
    EXPECT_EQ(seteuid(kNobody), 0);
  }
  ~OrdinaryUser() { EXPECT_EQ(seteuid(root_ ? 0 : geteuid()), 0); }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  const bool root_ = geteuid() == 0;
};

class StateFileTest : public testing::Test {
 protected:
  static void Put(DeviceState& state) { state = SyncedState(); }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_ / "state.json";
  const StateFile file_{path_};
};

TEST_F(StateFileTest, AMissingFileIsMadeOnlyWhenAskedFor) {
  EXPECT_EQ(file_.Read().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(file_.Update(Put).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path_));
  const absl::StatusOr<DeviceState> made = file_.ReadOrCreate();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(*file_.ReadOrCreate(), *made);
  EXPECT_EQ(*file_.Read(), *made);
}

TEST_F(StateFileTest, AChangeIsKept) {
  ASSERT_TRUE(file_.ReadOrCreate().ok());
  EXPECT_EQ(*file_.Update(Put), SyncedState());
  EXPECT_EQ(*StateFile(path_).Read(), SyncedState());
}

TEST_F(StateFileTest, OnlyItsOwnerReadsIt) {
  const ScopedUmask none(0);
  ASSERT_TRUE(file_.ReadOrCreate().ok());
  std::filesystem::permissions(path_, std::filesystem::perms(0644));
  ASSERT_TRUE(file_.Update(Put).ok());
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
}

TEST_F(StateFileTest, AReaderNeverSeesHalfAFile) {
  const absl::StatusOr<DeviceState> made = file_.ReadOrCreate();
  ASSERT_TRUE(made.ok()) << made.status();
  // Who has the file open goes on reading what was before.
  std::ifstream before(path_);
  ASSERT_TRUE(file_.Update(Put).ok());
  const std::string old{std::istreambuf_iterator<char>(before), {}};
  EXPECT_EQ(old, Serialize(*made));
  EXPECT_EQ(*file_.Read(), SyncedState());
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(StateFileTest, WhatAProcessThatDiedLeftBehindIsInNobodysWay) {
  ASSERT_TRUE(file_.ReadOrCreate().ok());
  WriteFile(path_ + ".new", "half a");
  EXPECT_EQ(*file_.Update(Put), SyncedState());
}

TEST_F(StateFileTest, ABrokenFileIsLeftAsItIsAndTheErrorSaysWhatToDo) {
  for (const char* broken : {"", "{\"format\": 1}", "not JSON"}) {
    WriteFile(path_, broken);
    for (const absl::Status& status :
         {file_.Read().status(), file_.Update(Put).status(), file_.ReadOrCreate().status()}) {
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
      EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(path_), HasSubstr("sync again")));
    }
    EXPECT_EQ(ReadFile(path_), broken);
  }
}

TEST_F(StateFileTest, AFolderThatIsNotThereIsSaid) {
  const StateFile lost(directory_ / "nowhere/state.json");
  EXPECT_THAT(std::string(lost.ReadOrCreate().status().message()), HasSubstr("No such file"));
}

// Such a folder could not be synced after the rename, when it is too late to leave the file alone.
TEST_F(StateFileTest, InAFolderThatCannotBeOpenedTheFileStaysAsItWas) {
  const absl::StatusOr<DeviceState> made = file_.ReadOrCreate();
  ASSERT_TRUE(made.ok()) << made.status();
  absl::Status refused;
  {
    const OrdinaryUser user({directory_.path(), path_, path_ + ".lock"});
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0300));
    refused = file_.Update(Put).status();
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0700));
  }
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("Permission denied"));
  EXPECT_EQ(*file_.Read(), *made);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(StateFileTest, ChangesFromSeveralSidesAreAllKept) {
  ASSERT_TRUE(file_.ReadOrCreate().ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < 25; ++j) {
        EXPECT_TRUE(StateFile(path_).Update([](DeviceState& state) { ++state.revision; }).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(file_.Read()->revision, 100);
}

}  // namespace
}  // namespace smartcontacts::client
