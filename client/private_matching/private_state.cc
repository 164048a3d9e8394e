#include "client/private_matching/private_state.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "domain/identifier.h"
#include "domain/names.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

// A number is its bytes, big-endian; a text its length in four bytes and itself.
class Writer {
 public:
  explicit Writer(std::size_t capacity) { bytes_.reserve(capacity); }

  void Number(std::uint64_t value, std::size_t size) {
    for (std::size_t i = size; i > 0; --i)
      bytes_.push_back(static_cast<char>(value >> 8 * (i - 1)));
  }
  void Bytes(absl::Span<const std::uint8_t> bytes) {
    bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void Text(const std::string& text) {
    Number(text.size(), 4);
    bytes_.append(text);
  }
  std::string Finish() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After the first fault everything is zero and empty.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : bytes_(bytes) {}

  std::uint64_t Number(std::size_t size) {
    std::uint64_t value = 0;
    for (const char byte : Take(size)) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }
  void Bytes(absl::Span<std::uint8_t> bytes) {
    const absl::string_view taken = Take(bytes.size());
    std::copy(taken.begin(), taken.end(), bytes.begin());
  }
  std::string Text() { return std::string(Take(Number(4))); }

  void Fault() {
    ok_ = false;
    bytes_ = {};
  }
  bool ok() const { return ok_; }
  bool AtEnd() const { return bytes_.empty(); }

 private:
  absl::string_view Take(std::size_t size) {
    if (size > bytes_.size()) Fault();
    if (!ok_) return {};
    const absl::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  absl::string_view bytes_;
  bool ok_ = true;
};

// So that no half-written copy is left behind in memory when a string grows.
std::size_t CapacityFor(const PrivateState& state) {
  constexpr std::size_t kNumbers = 32;  // more than there are beside each text
  std::size_t capacity = state.server.size() + 256;
  for (const auto& [identifier, evaluated] : state.identifiers) {
    capacity += identifier.size() + crypto::OprfOutput::kSize + kNumbers;
    for (const auto& [version, aor] : evaluated.aors) capacity += aor.size() + kNumbers;
  }
  return capacity;
}

void ReadIdentifier(Reader& reader, PrivateState& state) {
  const std::string identifier = reader.Text();
  const bool rises = state.identifiers.empty() || state.identifiers.rbegin()->first < identifier;
  if (!rises || !Identifier::Parse(identifier).ok()) return reader.Fault();
  EvaluatedIdentifier& evaluated = state.identifiers[identifier];
  reader.Bytes(evaluated.output.mutable_bytes());
  std::uint64_t count = reader.Number(4);
  for (; count > 0 && reader.ok(); --count) {
    const std::uint64_t version = reader.Number(8);
    const std::string aor = reader.Text();
    const bool ascending = evaluated.aors.empty() || evaluated.aors.rbegin()->first < version;
    if (!ascending || !Aor::Parse(aor).ok()) return reader.Fault();
    evaluated.aors[version] = aor;
  }
}

}  // namespace

std::string Serialize(const PrivateState& state) {
  Writer writer(CapacityFor(state));
  writer.Text(state.server);
  writer.Bytes(state.directory_key);
  writer.Number(static_cast<std::uint64_t>(state.epoch), 8);
  writer.Bytes(state.oprf_key.bytes);
  writer.Number(static_cast<std::uint64_t>(state.revision), 8);
  writer.Number(state.looked_up ? 1 : 0, 1);
  writer.Number(state.identifiers.size(), 4);
  for (const auto& [identifier, evaluated] : state.identifiers) {
    writer.Text(identifier);
    writer.Bytes(evaluated.output.bytes());
    writer.Number(evaluated.aors.size(), 4);
    for (const auto& [version, aor] : evaluated.aors) {
      writer.Number(version, 8);
      writer.Text(aor);
    }
  }
  return writer.Finish();
}

absl::StatusOr<PrivateState> ParsePrivateState(absl::string_view bytes) {
  Reader reader(bytes);
  PrivateState state;
  state.server = reader.Text();
  reader.Bytes(absl::MakeSpan(state.directory_key));
  state.epoch = static_cast<std::int64_t>(reader.Number(8));
  reader.Bytes(absl::MakeSpan(state.oprf_key.bytes));
  state.revision = static_cast<std::int64_t>(reader.Number(8));
  const std::uint64_t looked_up = reader.Number(1);
  state.looked_up = looked_up == 1;
  if (looked_up > 1 || state.epoch < 1 || state.revision < 0) reader.Fault();
  std::uint64_t count = reader.Number(4);
  for (; count > 0 && reader.ok(); --count) ReadIdentifier(reader, state);
  if (!reader.ok() || !reader.AtEnd()) {
    return absl::InvalidArgumentError("what it holds is no state of the private mode");
  }
  return state;
}

}  // namespace smartcontacts::client
