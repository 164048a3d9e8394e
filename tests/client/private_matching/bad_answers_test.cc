// A service that lies, or somebody between who changes what it says: whatever it is, the run ends
// with an error that says so, and the state on disk is what it was.

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "client/private_matching/misbehaviour.h"
#include "crypto/sealed_entry.h"
#include "tests/client/private_matching/private_match_test.h"

namespace smartcontacts::client {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kEntrySize = crypto::SealedEntrySize(FakePrivateService::kLabelSize);

using Change = std::function<void(DirectoryAnswer&)>;

struct NamedChange {
  const char* name;
  Change change;
};

template <typename Field>
void Flip(Field* field, std::size_t at = 0) {
  (*field)[at] = static_cast<char>((*field)[at] ^ 1);
}

// The ways to a part of the directory.
enum class Way { kWhole, kFilter, kBuckets, kChanges };

class BadAnswersTest : public PrivateMatchTest {
 protected:
  // A service with matches and much else, and a first run that went well.
  void SetUp() override {
    service_.bucket_bits_ = 2;
    for (int i = 0; i < 8; ++i) service_.Put(Id(i), AorOf(i));
    service_.Pad(40);
    ASSERT_TRUE(Match({1, 2}).ok());
    service_.Put(Id(8), AorOf(8));
    service_.Remove(Id(2), AorOf(2));
    service_.Put(Id(2), AorOf(9));
  }

  // A run that reads that part.
  absl::StatusOr<PrivateBookSummary> Go(Way way) {
    service_.download_whole_ = way == Way::kWhole;
    return way == Way::kChanges ? Match({1, 2}) : Match({1, 2, 3});
  }

  static bool IsPart(const DirectoryAnswer& answer, Way way) {
    switch (way) {
      case Way::kWhole:
        return answer.header.part() == v1::SEALED_DIRECTORY_PART_WHOLE;
      case Way::kFilter:
        return answer.header.part() == v1::SEALED_DIRECTORY_PART_FILTER;
      case Way::kBuckets:
        return answer.header.part() == v1::SEALED_DIRECTORY_PART_BUCKETS;
      case Way::kChanges:
        return answer.header.part() == v1::SEALED_DIRECTORY_PART_CHANGES;
    }
    return false;
  }

  // `change`, for that part only.
  static Change Only(Way way, Change change) {
    return [way, change = std::move(change)](DirectoryAnswer& answer) {
      if (IsPart(answer, way)) change(answer);
    };
  }

  void ExpectRefused(Way way, const std::string& name, const std::string& text = "") {
    const auto before = Files();
    const absl::Status status = Go(way).status();
    EXPECT_TRUE(IsMisbehaviour(status)) << name << ", " << static_cast<int>(way) << ": " << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(text), HasSubstr("nothing was saved")))
        << name;
    EXPECT_THAT(found_, IsEmpty());
    EXPECT_EQ(Files(), before) << name << ", " << static_cast<int>(way);
    service_.change_before_hash_ = nullptr;
    service_.change_before_signature_ = nullptr;
    service_.change_after_signature_ = nullptr;
    service_.change_evaluation_ = nullptr;
  }
};

constexpr Way kWays[] = {Way::kWhole, Way::kFilter, Way::kBuckets, Way::kChanges};

TEST_F(BadAnswersTest, TheServiceIsBelievedWhenItDoesNotLie) {
  for (const Way way : {Way::kChanges, Way::kFilter}) {
    const auto result = Go(way);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_THAT(found_, testing::Contains("Contact 2: " + AorOf(9)));
  }
}

// --- Changed after it was signed.

TEST_F(BadAnswersTest, AHeaderOfWhichOneBitWasFlippedIsRefused) {
  const std::vector<NamedChange> changes = {
      {"epoch", [](DirectoryAnswer& a) { a.header.set_epoch(a.header.epoch() ^ 2); }},
      {"revision", [](DirectoryAnswer& a) { a.header.set_revision(a.header.revision() ^ 64); }},
      {"entry_count",
       [](DirectoryAnswer& a) { a.header.set_entry_count(a.header.entry_count() ^ 1); }},
      {"entry_size",
       [](DirectoryAnswer& a) { a.header.set_entry_size(a.header.entry_size() ^ 64); }},
      {"bucket_bits",
       [](DirectoryAnswer& a) { a.header.set_bucket_bits(a.header.bucket_bits() ^ 1); }},
      {"content_hash", [](DirectoryAnswer& a) { Flip(a.header.mutable_content_hash()); }},
      {"signature", [](DirectoryAnswer& a) { Flip(a.header.mutable_signature()); }},
      {"part",
       [](DirectoryAnswer& a) {
         a.header.set_part(static_cast<v1::SealedDirectoryPart>(a.header.part() ^ 1));
       }},
      {"public_key", [](DirectoryAnswer& a) { Flip(a.header.mutable_public_key(), 1); }},
      {"since_revision",
       [](DirectoryAnswer& a) { a.header.set_since_revision(a.header.since_revision() ^ 1); }},
      {"buckets", [](DirectoryAnswer& a) { a.header.add_buckets(3); }},
      {"a short signature", [](DirectoryAnswer& a) { a.header.mutable_signature()->pop_back(); }},
      {"a short hash", [](DirectoryAnswer& a) { a.header.mutable_content_hash()->pop_back(); }},
      {"a short key", [](DirectoryAnswer& a) { a.header.mutable_public_key()->pop_back(); }},
      {"an empty header", [](DirectoryAnswer& a) { a.header.Clear(); }},
  };
  for (const Way way : kWays) {
    for (const NamedChange& change : changes) {
      service_.change_after_signature_ = Only(way, change.change);
      ExpectRefused(way, change.name);
    }
  }
}

TEST_F(BadAnswersTest, AnEntryOfWhichOneBitWasFlippedIsRefused) {
  for (const Way way : {Way::kWhole, Way::kBuckets, Way::kChanges}) {
    for (std::size_t at = 0; at < kEntrySize; ++at) {
      service_.change_after_signature_ = Only(way, [at](DirectoryAnswer& answer) {
        std::string entries = EntriesOf(answer);
        Flip(&entries, entries.size() - kEntrySize + at);
        SetEntries(answer, entries);
      });
      ExpectRefused(way, "byte " + std::to_string(at));
    }
  }
}

TEST_F(BadAnswersTest, AFilterOrARemovalOfWhichOneBitWasFlippedIsRefused) {
  service_.change_after_signature_ = Only(
      Way::kFilter, [](DirectoryAnswer& answer) { Flip(answer.chunks.back().mutable_filter()); });
  ExpectRefused(Way::kFilter, "filter", "not what was signed");
  service_.change_after_signature_ = Only(Way::kChanges, [](DirectoryAnswer& answer) {
    Flip(answer.chunks.front().mutable_removed_locators());
  });
  ExpectRefused(Way::kChanges, "removed_locators", "not what was signed");
}

TEST_F(BadAnswersTest, WhatOtherKeysSignedIsRefused) {
  const std::vector<std::uint8_t> seed(crypto::SecretKey::kSize, 9);
  const auto key = [&seed] { return *crypto::SecretKey::FromBytes(seed); };
  const crypto::Signer other(key(), crypto::SignaturePurpose::kSealedDirectory);
  service_.change_after_signature_ = [&other](DirectoryAnswer& answer) {
    const auto signature = other.Sign("whatever");
    answer.header.set_signature(signature.data(), signature.size());
  };
  ExpectRefused(Way::kChanges, "another key", "not signed by the tenant's key");
}

// --- Signed, and not what was asked for.

TEST_F(BadAnswersTest, ASignedHeaderThatIsNotAsAskedForIsRefused) {
  const std::vector<NamedChange> changes = {
      {"another epoch", [](DirectoryAnswer& a) { a.header.set_epoch(2); }},
      {"another part",
       [](DirectoryAnswer& a) {
         a.header.set_part(a.header.part() == v1::SEALED_DIRECTORY_PART_WHOLE
                               ? v1::SEALED_DIRECTORY_PART_CHANGES
                               : v1::SEALED_DIRECTORY_PART_WHOLE);
       }},
      {"a revision before the one that was seen",
       [](DirectoryAnswer& a) { a.header.set_revision(7); }},
      {"a negative revision", [](DirectoryAnswer& a) { a.header.set_revision(-1); }},
      {"another since_revision",
       [](DirectoryAnswer& a) { a.header.set_since_revision(a.header.since_revision() + 1); }},
      {"another public key",
       [](DirectoryAnswer& a) {
         const auto other = crypto::OprfServer::FromScalar(
             crypto::OprfMode::kVoprf,
             std::vector<std::uint8_t>{5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
         a.header.set_public_key(other->public_key().bytes.data(), 32);
       }},
      {"one bucket more", [](DirectoryAnswer& a) { a.header.add_buckets(3); }},
      {"an entry too few", [](DirectoryAnswer& a) { a.header.set_entry_count(1); }},
      {"a negative count", [](DirectoryAnswer& a) { a.header.set_entry_count(-1); }},
      {"a count that is too large",
       [](DirectoryAnswer& a) { a.header.set_entry_count((1 << 24) + 1); }},
      {"an entry size that there is not", [](DirectoryAnswer& a) { a.header.set_entry_size(100); }},
      {"no entry size", [](DirectoryAnswer& a) { a.header.set_entry_size(0); }},
      {"a negative entry size", [](DirectoryAnswer& a) { a.header.set_entry_size(-104); }},
      {"too many bits", [](DirectoryAnswer& a) { a.header.set_bucket_bits(33); }},
      {"negative bits", [](DirectoryAnswer& a) { a.header.set_bucket_bits(-1); }},
  };
  for (const Way way : kWays) {
    for (const NamedChange& change : changes) {
      service_.change_before_signature_ = Only(way, change.change);
      ExpectRefused(way, change.name);
    }
  }
}

TEST_F(BadAnswersTest, ADirectoryThatWasSetBackIsRefused) {
  service_.revision_ = 7;
  service_.changes_floor_ = 8;
  ExpectRefused(Way::kChanges, "set back", "it was set back");
  ExpectRefused(Way::kWhole, "set back", "it was set back");
  ExpectRefused(Way::kFilter, "set back", "it was set back");
}

TEST_F(BadAnswersTest, ContentThatIsSignedAndCannotBeIsRefused) {
  const auto count_anew = [](DirectoryAnswer& a) {
    a.header.set_entry_count(static_cast<std::int64_t>(EntriesOf(a).size() / kEntrySize));
  };
  const std::vector<NamedChange> changes = {
      {"an entry too many for the header",
       [](DirectoryAnswer& a) { a.header.set_entry_count(a.header.entry_count() - 1); }},
      {"an entry too few for the header",
       [](DirectoryAnswer& a) { a.header.set_entry_count(a.header.entry_count() + 1); }},
      {"an entry twice",
       [&](DirectoryAnswer& a) {
         const std::string entries = EntriesOf(a);
         SetEntries(a, entries.substr(0, kEntrySize) + entries);
         count_anew(a);
       }},
      {"the wrong order",
       [](DirectoryAnswer& a) {
         const std::string entries = EntriesOf(a);
         SetEntries(a, entries.substr(kEntrySize) + entries.substr(0, kEntrySize));
       }},
      {"half an entry",
       [](DirectoryAnswer& a) { a.chunks.back().mutable_entries()->append("half"); }},
      {"a filter beside the entries",
       [](DirectoryAnswer& a) { a.chunks.back().set_filter("filter"); }},
      {"a removal after entries",
       [](DirectoryAnswer& a) {
         a.chunks.emplace_back().set_removed_locators(std::string(16, 0));
       }},
  };
  for (const Way way : {Way::kWhole, Way::kBuckets, Way::kChanges}) {
    for (const NamedChange& change : changes) {
      service_.change_before_hash_ = Only(way, change.change);
      ExpectRefused(way, change.name);
    }
  }
}

TEST_F(BadAnswersTest, RemovalsThatCannotBeAreRefused) {
  const auto with = [](const std::string& removed) {
    return [removed](DirectoryAnswer& answer) {
      v1::SealedDirectoryChunk chunk;
      chunk.set_removed_locators(removed);
      answer.chunks.insert(answer.chunks.begin(), chunk);
    };
  };
  for (const Way way : {Way::kWhole, Way::kBuckets}) {
    service_.change_before_hash_ = Only(way, with(std::string(16, 0)));
    ExpectRefused(way, "where none can be", "where none can be");
  }
  service_.change_before_hash_ = Only(Way::kChanges, with(std::string(17, 0)));
  ExpectRefused(Way::kChanges, "not whole", "whole");
  service_.change_before_hash_ = Only(Way::kChanges, with(std::string(32, 0)));
  ExpectRefused(Way::kChanges, "twice", "order");
}

TEST_F(BadAnswersTest, AFilterThatCannotBeIsRefused) {
  const std::vector<NamedChange> changes = {
      {"nothing", [](DirectoryAnswer& a) { a.chunks.clear(); }},
      {"cut off", [](DirectoryAnswer& a) { a.chunks.pop_back(); }},
      {"too large",
       [](DirectoryAnswer& a) { a.chunks.back().mutable_filter()->append(std::string(200, 0)); }},
      {"more locators than entries", [](DirectoryAnswer& a) { a.header.set_entry_count(48); }},
      {"entries beside it",
       [](DirectoryAnswer& a) { a.chunks.back().set_entries(std::string(kEntrySize, 0)); }},
  };
  for (const NamedChange& change : changes) {
    service_.change_before_hash_ = Only(Way::kFilter, change.change);
    ExpectRefused(Way::kFilter, change.name);
  }
}

TEST_F(BadAnswersTest, BucketsThatWereNotAskedForAreRefused) {
  const std::vector<NamedChange> changes = {
      {"one is missing", [](DirectoryAnswer& a) { a.header.mutable_buckets()->RemoveLast(); }},
      {"one twice", [](DirectoryAnswer& a) { a.header.add_buckets(*a.header.buckets().rbegin()); }},
      {"another instead", [](DirectoryAnswer& a) { a.header.set_buckets(0, 77); }},
      {"of another revision",
       [](DirectoryAnswer& a) { a.header.set_revision(a.header.revision() + 1); }},
      {"numbered in another way", [](DirectoryAnswer& a) { a.header.set_bucket_bits(3); }},
  };
  for (const NamedChange& change : changes) {
    service_.change_before_signature_ = Only(Way::kBuckets, change.change);
    ExpectRefused(Way::kBuckets, change.name);
  }
}

TEST_F(BadAnswersTest, AnEntryOfABucketThatWasNotAskedForIsRefused) {
  // Of sixteen buckets, one or two were asked for.
  service_.bucket_bits_ = 4;
  service_.change_before_hash_ = Only(Way::kBuckets, [](DirectoryAnswer& answer) {
    std::uint32_t bucket = 0;
    while (std::find(answer.header.buckets().begin(), answer.header.buckets().end(), bucket) !=
           answer.header.buckets().end()) {
      ++bucket;
    }
    std::string foreign(kEntrySize, 0);
    foreign[0] = static_cast<char>(bucket << 4);
    std::vector<std::string> all = {foreign};
    const std::string entries = EntriesOf(answer);
    for (std::size_t at = 0; at < entries.size(); at += kEntrySize) {
      all.push_back(entries.substr(at, kEntrySize));
    }
    std::sort(all.begin(), all.end());
    std::string sorted;
    for (const std::string& entry : all) sorted += entry;
    SetEntries(answer, sorted);
    answer.header.set_entry_count(static_cast<std::int64_t>(all.size()));
  });
  ExpectRefused(Way::kBuckets, "another bucket", "another bucket");
}

TEST_F(BadAnswersTest, AnEntryOfOursThatDoesNotOpenIsRefused) {
  const crypto::Locator ours = LocatorOf(service_.OutputOf(Id(2)));
  const std::string locator(reinterpret_cast<const char*>(ours.bytes.data()), ours.bytes.size());
  for (const Way way : {Way::kWhole, Way::kBuckets, Way::kChanges}) {
    service_.change_before_hash_ = Only(way, [&locator](DirectoryAnswer& answer) {
      std::string entries = EntriesOf(answer);
      const std::size_t at = entries.find(locator);
      ASSERT_NE(at, std::string::npos);
      Flip(&entries, at + 60);
      SetEntries(answer, entries);
    });
    ExpectRefused(way, "does not open", "does not open");
  }
}

TEST_F(BadAnswersTest, AnEntryOfOursWithoutAnAddressIsRefused) {
  for (const char* label : {"", "no address", "SIPS:101@acme.example"}) {
    service_.PutUnder(service_.OutputOf(Id(1)), label);
    ExpectRefused(Way::kChanges, label, "no address of record");
  }
}

TEST_F(BadAnswersTest, PiecesThatAreNoHeaderAndItsChunksAreRefused) {
  using Pieces = std::vector<v1::GetSealedDirectoryResponse>;
  const std::vector<std::pair<const char*, std::function<void(Pieces&)>>> changes = {
      {"nothing", [](Pieces& pieces) { pieces.clear(); }},
      {"no header", [](Pieces& pieces) { pieces.erase(pieces.begin()); }},
      {"the header last", [](Pieces& pieces) { std::swap(pieces.front(), pieces.back()); }},
      {"a second header", [](Pieces& pieces) { pieces.push_back(pieces.front()); }},
      {"an empty piece", [](Pieces& pieces) { pieces.emplace_back(); }},
      {"no chunks", [](Pieces& pieces) { pieces.resize(1); }},
      {"a chunk too few", [](Pieces& pieces) { pieces.pop_back(); }},
  };
  for (const Way way : kWays) {
    for (const auto& [name, change] : changes) {
      service_.change_pieces_ = change;
      ExpectRefused(way, name);
      service_.change_pieces_ = nullptr;
    }
  }
}

// --- Evaluations.

TEST_F(BadAnswersTest, AnEvaluationThatIsNotProvenIsRefused) {
  using Answer = v1::EvaluateBlindedStreamResponse;
  const std::vector<std::pair<const char*, std::function<void(Answer&)>>> changes = {
      {"proof", [](Answer& a) { Flip(a.mutable_proof(), 40); }},
      {"a short proof", [](Answer& a) { a.mutable_proof()->pop_back(); }},
      {"no proof", [](Answer& a) { a.clear_proof(); }},
      {"element", [](Answer& a) { Flip(a.mutable_evaluated_elements(), 1); }},
      // The number is the same as the one before modulo the field's prime.
      {"an element that is not canonical",
       [](Answer& a) {
         a.mutable_evaluated_elements()->replace(0, 1, "\xED");
         a.mutable_evaluated_elements()->replace(1, 30, std::string(30, '\xFF'));
         a.mutable_evaluated_elements()->replace(31, 1, "\x7F");
       }},
      {"an element with its unused bit",
       [](Answer& a) { (*a.mutable_evaluated_elements())[31] ^= '\x80'; }},
      {"the identity",
       [](Answer& a) { a.mutable_evaluated_elements()->replace(0, 32, std::string(32, 0)); }},
      {"an element too few",
       [](Answer& a) { a.mutable_evaluated_elements()->resize(32 * (3 - 1)); }},
      {"an element too many",
       [](Answer& a) {
         a.mutable_evaluated_elements()->append(a.evaluated_elements().substr(0, 32));
       }},
      {"half an element", [](Answer& a) { a.mutable_evaluated_elements()->pop_back(); }},
      {"no elements", [](Answer& a) { a.clear_evaluated_elements(); }},
      {"elements in another order",
       [](Answer& a) {
         const std::string elements = a.evaluated_elements();
         a.set_evaluated_elements(elements.substr(32) + elements.substr(0, 32));
       }},
      {"public_key", [](Answer& a) { Flip(a.mutable_public_key(), 1); }},
      {"no public key", [](Answer& a) { a.clear_public_key(); }},
      {"epoch", [](Answer& a) { a.set_epoch(2); }},
  };
  for (const auto& [name, change] : changes) {
    for (const bool stream : {false, true}) {
      service_.batch_max_ = stream ? 3 : 100;
      service_.change_evaluation_ = change;
      const auto before = Files();
      const absl::Status status = Match({1, 2, 3, 4, 5, 6, 7, 8}).status();
      EXPECT_TRUE(IsMisbehaviour(status)) << name << ": " << status;
      EXPECT_EQ(Files(), before) << name;
    }
  }
}

TEST_F(BadAnswersTest, AProofOverAnotherBatchIsRefused) {
  service_.batch_max_ = 2;
  std::string first_proof;
  service_.change_evaluation_ = [&first_proof](v1::EvaluateBlindedStreamResponse& answer) {
    if (first_proof.empty()) first_proof = answer.proof();
    answer.set_proof(first_proof);
  };
  const auto before = Files();
  const absl::Status status = Match({1, 2, 3, 4, 5, 6}).status();
  EXPECT_TRUE(IsMisbehaviour(status)) << status;
  // Not even the first batch, which was proven, is kept: nothing of such a service is.
  EXPECT_EQ(Files(), before);
}

TEST_F(BadAnswersTest, AKeyOfItsOwnForOnePersonIsRefused) {
  service_.other_key_ = std::make_unique<crypto::OprfServer>(*crypto::OprfServer::FromSeed(
      crypto::OprfMode::kVoprf, crypto::SecretKey::Generate(), "another"));
  ExpectRefused(Way::kWhole, "another key", "proof");
  // Also if it says so: the one that it had is pinned.
  service_.change_evaluation_ = [this](v1::EvaluateBlindedStreamResponse& answer) {
    const crypto::OprfPublicKey& key = service_.other_key_->public_key();
    answer.set_public_key(key.bytes.data(), key.bytes.size());
  };
  ExpectRefused(Way::kWhole, "another key", "another public key");
}

TEST_F(BadAnswersTest, InANewEpochTheKeyIsTheOneThatTheTenantSigned) {
  service_.Rotate();
  service_.other_key_ = std::make_unique<crypto::OprfServer>(*crypto::OprfServer::FromSeed(
      crypto::OprfMode::kVoprf, crypto::SecretKey::Generate(), "another"));
  service_.change_evaluation_ = [this](v1::EvaluateBlindedStreamResponse& answer) {
    const crypto::OprfPublicKey& key = service_.other_key_->public_key();
    answer.set_public_key(key.bytes.data(), key.bytes.size());
  };
  ExpectRefused(Way::kWhole, "another key", "another public key");
  // Nor may the directory have another at its beginning than later.
  service_.other_key_ = nullptr;
  int calls = 0;
  service_.change_before_signature_ = [&calls, this](DirectoryAnswer& answer) {
    if (++calls == 1) return;
    const crypto::OprfServer other = *crypto::OprfServer::FromSeed(
        crypto::OprfMode::kVoprf, crypto::SecretKey::Generate(), "another");
    answer.header.set_public_key(other.public_key().bytes.data(), crypto::OprfPublicKey::kSize);
  };
  ExpectRefused(Way::kWhole, "another key", "another public key than the epoch's");
}

TEST_F(BadAnswersTest, AFirstRunThatFailsLeavesNothing) {
  for (const auto& [name, bytes] : Files()) std::filesystem::remove(directory_ / name);
  service_.change_after_signature_ = [](DirectoryAnswer& answer) {
    Flip(answer.header.mutable_signature());
  };
  ExpectRefused(Way::kWhole, "signature");
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_THAT(service_.batches_, IsEmpty());
}

TEST_F(BadAnswersTest, APolicyWithoutADirectoryKeyIsRefused) {
  v1::GetPolicyResponse policy = service_.Policy();
  policy.mutable_private_match()->mutable_directory_public_key()->pop_back();
  EXPECT_TRUE(IsMisbehaviour(MatchUnder(policy, Book({1})).status()));
  policy.clear_private_match();
  EXPECT_TRUE(IsMisbehaviour(MatchUnder(policy, Book({1})).status()));
}

}  // namespace
}  // namespace smartcontacts::client
