#include "client/retention/state_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "tests/client/retention/states.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::client {
namespace {

using testing::AllOf;
using testing::HasSubstr;

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
  umask(0);
  ASSERT_TRUE(file_.ReadOrCreate().ok());
  std::filesystem::permissions(path_, std::filesystem::perms(0644));
  ASSERT_TRUE(file_.Update(Put).ok());
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
}

TEST_F(StateFileTest, AReaderNeverSeesHalfAFile) {
  ASSERT_TRUE(file_.ReadOrCreate().ok());
  // Who has the file open goes on reading what was before.
  std::ifstream before(path_);
  ASSERT_TRUE(file_.Update(Put).ok());
  const std::string old{std::istreambuf_iterator<char>(before), {}};
  EXPECT_TRUE(ParseDeviceState(old).ok());
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
