#include "client/retention/device_state.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/retention/packed_digests.h"
#include "crypto/secret.h"
#include "domain/names.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kDeviceIdBytes = 16;
static_assert(2 * kDeviceIdBytes <= DeviceId::kLengthMax, "a device_id is written in hex");
constexpr std::size_t kVersionLengthMax = 64;

// Takes the members of one object. The first fault is kept; what is asked for after it is empty.
class Members {
 public:
  Members(const ordered_json& object, std::string where)
      : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) Fault("no object");
  }

  // Nothing if it is not there or there was a fault.
  const ordered_json* Find(const char* name) {
    if (!fault_.empty()) return nullptr;
    const auto found = object_.find(name);
    if (found == object_.end()) return nullptr;
    taken_.insert(name);
    return &*found;
  }

  std::string Text(const char* name, std::size_t size_max) {
    const ordered_json* const value = Required(name);
    if (value == nullptr) return {};
    if (!value->is_string() || value->get_ref<const std::string&>().size() > size_max) {
      Fault(name);
      return {};
    }
    return value->get<std::string>();
  }

  std::string Hex(const char* name, std::size_t size_min, std::size_t size_max) {
    const std::string text = Text(name, 2 * size_max);
    std::string bytes = HexToBytes(text);
    if (2 * bytes.size() != text.size() || bytes.size() < size_min) Fault(name);
    return bytes;
  }

  std::int64_t Number(const char* name) {
    const ordered_json* const value = Required(name);
    if (value == nullptr) return 0;
    if (!value->is_number_integer() || value->get<std::int64_t>() < 0) {
      Fault(name);
      return 0;
    }
    return value->get<std::int64_t>();
  }

  bool Boolean(const char* name) {
    const ordered_json* const value = Required(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) Fault(name);
    return value->is_boolean() && value->get<bool>();
  }

  std::vector<crypto::Digest> Digests(const char* name) {
    const ordered_json* const value = Required(name);
    std::vector<crypto::Digest> digests;
    if (value == nullptr) return digests;
    if (!value->is_array()) Fault(name);
    for (const ordered_json& item : *value) {
      const std::string bytes =
          HexToBytes(item.is_string() ? item.get_ref<const std::string&>() : std::string());
      if (bytes.size() != crypto::Digest::kSize) {
        Fault(name);
        return {};
      }
      digests.push_back(DigestOf(bytes));
    }
    if (std::adjacent_find(digests.begin(), digests.end(), std::greater_equal<>()) !=
        digests.end()) {
      Fault(name);
    }
    return digests;
  }

  void Fault(const std::string& name) {
    if (fault_.empty()) fault_ = where_.empty() ? name : absl::StrCat(where_, ".", name);
  }

  // OK if every member was taken and was what it has to be.
  absl::Status Finish() {
    if (fault_.empty() && taken_.size() != object_.size()) Fault("a member of an unknown name");
    if (fault_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("it is broken at ", fault_));
  }

 private:
  // Empty for what is no hexadecimal number in lower case.
  static std::string HexToBytes(const std::string& text) {
    const std::string bytes = text.size() % 2 == 0 ? absl::HexStringToBytes(text) : std::string();
    return absl::BytesToHexString(bytes) == text ? bytes : std::string();
  }

  const ordered_json* Required(const char* name) {
    const ordered_json* const value = Find(name);
    if (value == nullptr) Fault(name);
    return value;
  }

  const ordered_json& object_;
  const std::string where_;
  std::set<std::string> taken_;
  std::string fault_;
};

ordered_json ToJson(const std::vector<crypto::Digest>& digests) {
  ordered_json array = ordered_json::array();
  for (const crypto::Digest& digest : digests)
    array.push_back(absl::BytesToHexString(View(digest)));
  return array;
}

ordered_json ToJson(const PendingSync& pending) {
  ordered_json object = {{"sync_id", absl::BytesToHexString(pending.sync_id)},
                         {"epoch", pending.epoch},
                         {"full", pending.full},
                         {"digests", ToJson(pending.digests)}};
  if (pending.consent.has_value()) {
    object["consent"] = {{"privacy_policy_version", pending.consent->privacy_policy_version},
                         {"agree_time_s", absl::ToUnixSeconds(pending.consent->agree_time)}};
  }
  return object;
}

absl::StatusOr<PendingSync> ParsePending(const ordered_json& object) {
  Members members(object, "pending_sync");
  PendingSync pending;
  pending.sync_id = members.Hex("sync_id", kSyncIdSize, kSyncIdSize);
  pending.epoch = members.Number("epoch");
  pending.full = members.Boolean("full");
  pending.digests = members.Digests("digests");
  if (const ordered_json* const consent = members.Find("consent")) {
    Members given(*consent, "pending_sync.consent");
    pending.consent = GivenConsent{given.Text("privacy_policy_version", kVersionLengthMax),
                                   absl::FromUnixSeconds(given.Number("agree_time_s"))};
    RETURN_IF_ERROR(given.Finish());
  }
  RETURN_IF_ERROR(members.Finish());
  return pending;
}

absl::StatusOr<KnownMatch> ParseMatch(const ordered_json& object) {
  Members members(object, "known_matches");
  KnownMatch match;
  const std::string digest = members.Hex("digest", crypto::Digest::kSize, crypto::Digest::kSize);
  match.epoch = members.Number("epoch");
  match.aor = members.Text("aor", Aor::kLengthMax);
  RETURN_IF_ERROR(members.Finish());
  match.digest = DigestOf(digest);
  return match;
}

}  // namespace

DeviceState NewDeviceState() {
  std::array<std::uint8_t, kDeviceIdBytes> random;
  crypto::RandomBytes(absl::MakeSpan(random));
  DeviceState state;
  state.device_id =
      absl::BytesToHexString({reinterpret_cast<const char*>(random.data()), random.size()});
  return state;
}

std::string Serialize(const DeviceState& state) {
  ordered_json known = ordered_json::array();
  for (const KnownMatch& match : state.known) {
    known.push_back({{"digest", absl::BytesToHexString(View(match.digest))},
                     {"epoch", match.epoch},
                     {"aor", match.aor}});
  }
  ordered_json object = {{"format", kFormat},
                         {"device_id", state.device_id},
                         {"consented_version", state.consented_version},
                         {"epoch", state.epoch},
                         {"sync_token", absl::BytesToHexString(state.sync_token)},
                         {"cursor", absl::BytesToHexString(state.cursor)},
                         {"revision", state.revision},
                         {"known_matches", known},
                         {"unmatched_digests", ToJson(state.unmatched)},
                         {"retained_digests", ToJson(state.retained)}};
  if (state.pending.has_value()) object["pending_sync"] = ToJson(*state.pending);
  // What came from a server is not known to be UTF-8, and nothing throws.
  return object.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

absl::StatusOr<DeviceState> ParseDeviceState(const std::string& text) {
  const ordered_json object = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded()) return absl::InvalidArgumentError("it is no JSON");
  Members members(object, "");
  DeviceState state;
  if (members.Number("format") != kFormat) members.Fault("format");
  state.device_id = members.Text("device_id", DeviceId::kLengthMax);
  if (!DeviceId::Parse(state.device_id).ok()) members.Fault("device_id");
  state.consented_version = members.Text("consented_version", kVersionLengthMax);
  state.epoch = members.Number("epoch");
  state.sync_token = members.Hex("sync_token", 0, kSyncTokenSizeMax);
  state.cursor = members.Hex("cursor", 0, kCursorSizeMax);
  state.revision = members.Number("revision");
  state.unmatched = members.Digests("unmatched_digests");
  state.retained = members.Digests("retained_digests");
  const ordered_json* const known = members.Find("known_matches");
  if (known == nullptr || !known->is_array()) members.Fault("known_matches");
  if (const ordered_json* const pending = members.Find("pending_sync")) {
    ASSIGN_OR_RETURN(state.pending, ParsePending(*pending));
  }
  RETURN_IF_ERROR(members.Finish());
  for (const ordered_json& item : *known) {
    ASSIGN_OR_RETURN(KnownMatch match, ParseMatch(item));
    state.known.insert(std::move(match));
  }
  return state;
}

}  // namespace smartcontacts::client
