// Two tenants, and short ways to seal and read their directories. Subscribers, locators and what is
// sealed are small numbers.

#ifndef SMART_CONTACTS_TESTS_CONFORMANCE_SEALED_DIRECTORY_CONFORMANCE_H_
#define SMART_CONTACTS_TESTS_CONFORMANCE_SEALED_DIRECTORY_CONFORMANCE_H_

#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/directory_conformance.h"

namespace smartcontacts::storage {

class SealedDirectoryConformance : public DirectoryConformance {
 protected:
  static constexpr int kPadding = 0;  // as an owner
  // By owner and locator: what is sealed there; empty: it went.
  using Entries = std::map<std::pair<int, int>, std::string>;

  static crypto::Tag TagOf(int number) {
    crypto::Tag tag{};
    for (std::size_t i = 0; i < sizeof number; ++i) {
      tag.bytes[sizeof number - 1 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return tag;
  }
  static crypto::Locator LocatorOf(int number) {
    crypto::Locator locator{};
    std::memcpy(locator.bytes.data(), &number, sizeof number);
    return locator;
  }
  static int NumberOf(const crypto::Tag& tag) {
    int number = 0;
    for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8 | tag.bytes[i];
    return number;
  }
  static int NumberOf(const crypto::Locator& locator) {
    int number = 0;
    std::memcpy(&number, locator.bytes.data(), sizeof number);
    return number;
  }
  // With a zero byte and one that is no text.
  static std::string Sealed(const std::string& what) { return std::string("\0\xff", 2) + what; }

  static SealedSubscriber Subscriber(int number, std::vector<std::pair<int, std::string>> entries) {
    SealedSubscriber subscriber{.tag = TagOf(number), .entries = {}};
    for (const auto& [locator, what] : entries) {
      subscriber.entries.push_back({LocatorOf(locator), what});
    }
    return subscriber;
  }

  static constexpr std::size_t kLabelSize = 64;

  void Begin(std::int64_t epoch = 1, std::int64_t revision = 10) {
    const absl::Status status = store().BeginSealing(kAcme, epoch, revision, kLabelSize);
    EXPECT_TRUE(status.ok()) << status;
  }

  // From where the sealing is.
  SealedBatch Next(std::vector<SealedSubscriber> subscribers, std::int64_t epoch = 1) {
    const SealedDirectoryState state = State(epoch);
    return {.epoch = epoch,
            .label_size = state.label_size,
            .from_revision = state.revision,
            .from_tag = state.sealed_up_to,
            .revision = state.revision,
            .done_count = state.done_count,
            .subscribers = std::move(subscribers),
            .pad = {}};
  }
  // A batch that completes the directory, or leads on once it is complete.
  SealedBatch Complete(std::int64_t revision, std::vector<SealedSubscriber> subscribers) {
    SealedBatch batch = Next(std::move(subscribers));
    batch.revision = revision;
    batch.complete = true;
    return batch;
  }
  // One that has to succeed.
  SealedDirectoryState Write(const SealedBatch& batch) {
    const auto state = store().WriteSealed(kAcme, batch);
    EXPECT_TRUE(state.ok()) << state.status();
    if (!state.ok()) return {};
    EXPECT_EQ(*state, State(batch.epoch)) << "what is answered is what is stored";
    return *state;
  }
  // A complete directory of revision 10 with these.
  void SealAll(std::vector<SealedSubscriber> subscribers) {
    Begin();
    Write(Complete(10, std::move(subscribers)));
  }

  std::vector<SealedDirectoryState> States() { return States(kAcme); }
  std::vector<SealedDirectoryState> States(const TenantId& id) {
    const auto states = store().ListSealed(id);
    EXPECT_TRUE(states.ok()) << states.status();
    return states.value_or(std::vector<SealedDirectoryState>{});
  }
  SealedDirectoryState State(std::int64_t epoch = 1) {
    for (const SealedDirectoryState& state : States()) {
      if (state.epoch == epoch) return state;
    }
    ADD_FAILURE() << "there is no sealed directory of epoch " << epoch;
    return {};
  }

  struct Content {
    SealedDirectoryState state;
    Entries entries;
    std::map<std::pair<int, int>, std::int64_t> revisions;
  };
  Content Read(std::int64_t since_revision, std::int64_t epoch = 1) {
    return Read(since_revision, epoch, kAcme);
  }
  Content Read(std::int64_t since_revision, std::int64_t epoch, const TenantId& id) {
    Content content;
    const auto state = store().ReadSealed(
        id, epoch, since_revision, [&content](SealedDirectoryStore::EntryChange change) {
          const std::pair key(NumberOf(change.owner), NumberOf(change.locator));
          EXPECT_TRUE(content.entries.emplace(key, change.bytes).second) << "each once";
          content.revisions[key] = change.revision;
        });
    EXPECT_TRUE(state.ok()) << state.status();
    content.state = state.value_or(SealedDirectoryState{});
    return content;
  }
  // What clients get, which has to be what the state says that there is.
  Entries Live() {
    Content content = Read(0);
    std::int64_t padding = 0;
    std::erase_if(content.entries, [](const auto& entry) { return entry.second.empty(); });
    for (const auto& [key, bytes] : content.entries) {
      if (key.first == kPadding) ++padding;
    }
    EXPECT_EQ(content.state.padding_count, padding);
    EXPECT_EQ(content.state.entry_count + padding,
              static_cast<std::int64_t>(content.entries.size()));
    return std::move(content.entries);
  }
  absl::Status StatusOfRead(std::int64_t since_revision, std::int64_t epoch = 1) {
    return store()
        .ReadSealed(kAcme, epoch, since_revision, [](const auto&) { ADD_FAILURE(); })
        .status();
  }

  // Until nothing is left; how many rows that were.
  std::int64_t DropAll(std::int64_t epoch, std::int64_t rows_max) {
    std::int64_t rows = 0;
    while (true) {
      const auto batch = store().DropSealed(kAcme, epoch, rows_max);
      EXPECT_TRUE(batch.ok()) << batch.status();
      if (!batch.ok() || *batch == 0) return rows;
      EXPECT_LE(*batch, rows_max);
      rows += *batch;
    }
  }
  // One step that has to succeed.
  std::int64_t Forget(std::int64_t revision, std::int64_t rows_max = 1'000) {
    const auto forgotten = store().ForgetSealedRemovals(kAcme, 1, revision, rows_max);
    EXPECT_TRUE(forgotten.ok()) << forgotten.status();
    return forgotten.value_or(-1);
  }
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_TESTS_CONFORMANCE_SEALED_DIRECTORY_CONFORMANCE_H_
