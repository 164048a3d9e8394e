// Any history of syncs, repetitions, lost answers, expiry, erasure and people who leave agrees with
// a model of a few lines. RapidCheck makes the histories and shrinks the one that does not.

#ifndef SMART_CONTACTS_TESTS_CONFORMANCE_SYNC_PROPERTY_H_
#define SMART_CONTACTS_TESTS_CONFORMANCE_SYNC_PROPERTY_H_

#include <rapidcheck.h>

#include <deque>
#include <map>
#include <set>
#include <utility>

#include "tests/conformance/address_book_conformance.h"

namespace smartcontacts::storage {
namespace sync_property {

inline constexpr int kAccounts = 3;
inline constexpr int kDevices = 4;  // one more than an account may have
inline constexpr int kContacts = 12;

inline const char* const kDeviceNames[kDevices] = {"phone", "tablet", "desk", "watch"};

enum class Step {
  kReplace,
  kChange,
  kChangeWithAnOldToken,
  kRepeatTheLatest,
  kRepeatAnEarlierOne,
  kTimePasses,
  kExpire,
  kEraseDevice,
  kEraseAccount,
  kEraseRows,
  kLeave,
  kReturn,
};

// What a history is made of; how each step reads its numbers is up to the step.
struct Move {
  Step step = Step::kReplace;
  int account = 1;
  int device = 0;
  std::vector<int> added;
  std::vector<int> removed;
  int hours = 0;
};

inline void showValue(const Move& move, std::ostream& out) {
  out << "{step " << static_cast<int>(move.step) << ", " << move.account << "/"
      << kDeviceNames[move.device] << ", +" << rc::toString(move.added) << " -"
      << rc::toString(move.removed) << ", " << move.hours << " h}\n";
}

inline rc::Gen<Move> Moves() {
  const auto contacts = rc::gen::container<std::vector<int>>(rc::gen::inRange(0, kContacts));
  return rc::gen::build<Move>(
      rc::gen::set(&Move::step, rc::gen::weightedElement<Step>({{8, Step::kReplace},
                                                                {12, Step::kChange},
                                                                {2, Step::kChangeWithAnOldToken},
                                                                {4, Step::kRepeatTheLatest},
                                                                {2, Step::kRepeatAnEarlierOne},
                                                                {4, Step::kTimePasses},
                                                                {1, Step::kExpire},
                                                                {2, Step::kEraseDevice},
                                                                {1, Step::kEraseAccount},
                                                                {2, Step::kEraseRows},
                                                                {1, Step::kLeave},
                                                                {2, Step::kReturn}})),
      rc::gen::set(&Move::account, rc::gen::inRange(1, kAccounts + 1)),
      rc::gen::set(&Move::device, rc::gen::inRange(0, kDevices)),
      rc::gen::set(&Move::added, contacts), rc::gen::set(&Move::removed, contacts),
      rc::gen::set(&Move::hours, rc::gen::inRange(1, 24 * 20)));
}

struct ModelBook {
  std::set<int> contacts;
  std::vector<SyncToken> tokens;  // the last is the present one
  std::deque<BookSync> syncs;     // the last is the latest
  absl::Time sync_time;
};

}  // namespace sync_property

class SyncProperty : public AddressBookConformance {
 protected:
  using Move = sync_property::Move;
  using ModelBook = sync_property::ModelBook;
  using Step = sync_property::Step;
  using Place = std::pair<int, int>;  // account, device

  // An empty tenant with all of its subscribers, for the next history: a database for each would
  // take longer than what it checks.
  void Reset() {
    Discard({});
    EraseAll();
    for (int account = 1; account <= sync_property::kAccounts; ++account) {
      Upsert({fixtures::Person(account, {490 + account})}, kAcme);
      present_.insert(account);
    }
    books_.clear();
    now_ = fixtures::kNow;
  }

  void Check(const std::vector<Move>& moves) {
    for (const Move& move : moves) {
      Make(move);
      Compare();
    }
  }

 private:
  bool Live(const ModelBook& book) const { return book.sync_time >= now_ - kPeriod; }

  ModelBook* Find(const Place& place) {
    const auto found = books_.find(place);
    return found != books_.end() && Live(found->second) ? &found->second : nullptr;
  }

  void Make(const Move& move) {
    const Place place(move.account, move.device);
    ModelBook* const book = Find(place);
    switch (move.step) {
      case Step::kReplace:
        return Apply(place,
                     Replacing(move.account, sync_property::kDeviceNames[move.device], move.added),
                     move);
      case Step::kChange:
        if (book == nullptr) return;
        return Apply(place,
                     Changing(move.account, sync_property::kDeviceNames[move.device],
                              book->tokens.back(), move.added, move.removed),
                     move);
      case Step::kChangeWithAnOldToken:
        if (book == nullptr || book->tokens.size() < 2) return;
        return Expect(Changing(move.account, sync_property::kDeviceNames[move.device],
                               book->tokens.front(), move.added, move.removed),
                      SyncRefusal::kTokenInvalid);
      case Step::kRepeatTheLatest: {
        if (book == nullptr || !present_.contains(move.account)) return;
        const SyncOutcome outcome = Try(book->syncs.back(), now_);
        RC_ASSERT(!outcome.refusal.has_value());
        RC_ASSERT(outcome.state.token == book->tokens.back());
        return;
      }
      case Step::kRepeatAnEarlierOne:
        if (book == nullptr || book->syncs.size() < 2) return;
        return Expect(book->syncs[book->syncs.size() - 2], SyncRefusal::kTokenInvalid);
      case Step::kTimePasses:
        now_ += absl::Hours(move.hours);
        return;
      case Step::kExpire:
        Discard({.synced_before = now_ - kPeriod});
        return;
      case Step::kEraseDevice:
        Discard({.account = fixtures::AorOf(move.account),
                 .device = Device(sync_property::kDeviceNames[move.device])});
        books_.erase(place);
        return;
      case Step::kEraseAccount:
        Discard({.account = fixtures::AorOf(move.account)});
        return Forget(move.account);
      case Step::kEraseRows:
        EraseAll(3);
        return;
      case Step::kLeave:
        RC_ASSERT(store()
                      .Apply(kAcme, {.removals = {fixtures::AorOf(move.account)}}, 100,
                             fixtures::By(now_))
                      .ok());
        present_.erase(move.account);
        return Forget(move.account);
      case Step::kReturn:
        Upsert({fixtures::Person(move.account, {490 + move.account})}, kAcme);
        present_.insert(move.account);
        return;
    }
  }

  void Forget(int account) {
    std::erase_if(books_, [account](const auto& entry) { return entry.first.first == account; });
  }

  void Expect(const BookSync& sync, SyncRefusal refusal) {
    const int account = std::stoi(sync.account.value().substr(4));
    RC_ASSERT(Try(sync, now_).refusal ==
              (present_.contains(account) ? refusal : SyncRefusal::kNotASubscriber));
  }

  void Apply(const Place& place, const BookSync& sync, const Move& move) {
    if (!present_.contains(place.first)) return Expect(sync, SyncRefusal::kNotASubscriber);
    ModelBook* const book = Find(place);
    std::set<int> contacts;
    if (sync.token.has_value()) {
      contacts = book->contacts;
      for (const int contact : move.removed) contacts.erase(contact);
    }
    contacts.insert(move.added.begin(), move.added.end());
    std::int64_t others = 0;
    for (const auto& [other, other_book] : books_) {
      if (other.first == place.first && other != place && Live(other_book)) ++others;
    }
    if (book == nullptr && others >= kDevicesMax) {
      return Expect(sync, SyncRefusal::kTooManyDevices);
    }
    if (static_cast<std::int64_t>(contacts.size()) > kContactsMax) {
      return Expect(sync, SyncRefusal::kTooManyContacts);
    }
    const SyncOutcome outcome = Try(sync, now_);
    RC_ASSERT(!outcome.refusal.has_value());
    RC_ASSERT(outcome.state.retained_count == static_cast<std::int64_t>(contacts.size()));
    ModelBook next = book != nullptr ? *book : ModelBook{};
    next.contacts = std::move(contacts);
    next.tokens.push_back(outcome.state.token);
    next.syncs.push_back(sync);
    next.sync_time = now_;
    books_[place] = std::move(next);
  }

  void Compare() {
    std::vector<int> numbers(sync_property::kContacts);
    for (int i = 0; i < sync_property::kContacts; ++i) numbers[static_cast<std::size_t>(i)] = i;
    const std::vector<Holder> holders = Holders(numbers, 1, std::nullopt, now_);
    std::map<BookKey, std::set<int>> held;
    for (const Holder& holder : holders)
      held[holder.book].insert(static_cast<int>(holder.position));
    std::size_t live = 0;
    for (int account = 1; account <= sync_property::kAccounts; ++account) {
      for (int device = 0; device < sync_property::kDevices; ++device) {
        const ModelBook* const expected = Find({account, device});
        const std::optional<BookRecord> found =
            Book(account, sync_property::kDeviceNames[device], now_);
        RC_ASSERT(found.has_value() == (expected != nullptr));
        if (expected == nullptr) continue;
        live += expected->contacts.empty() ? 0 : 1;
        RC_ASSERT(found->retained_count == static_cast<std::int64_t>(expected->contacts.size()));
        RC_ASSERT(held[found->key] == expected->contacts);
        RC_ASSERT(found->sync_time == expected->sync_time);
      }
    }
    std::erase_if(held, [](const auto& entry) { return entry.second.empty(); });
    RC_ASSERT(held.size() == live);
  }

  std::map<Place, ModelBook> books_;
  std::set<int> present_ = {1, 2, 3};
  absl::Time now_ = fixtures::kNow;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_TESTS_CONFORMANCE_SYNC_PROPERTY_H_
