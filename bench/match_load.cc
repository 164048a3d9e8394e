// Matches at a steady rate until it is told to stop (SIGINT), and prints what callers felt.
//
//   match_load SERVER TOKEN_FILE REQUESTS_PER_SECOND DIGESTS
//
// Plaintext. Prints {"requests":N,"failed":N,"p50_ms":X,"p99_ms":X}.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "smartcontacts/v1/match_service.grpc.pb.h"
#include "smartcontacts/v1/policy_service.grpc.pb.h"

namespace {

namespace v1 = smartcontacts::v1;
using Clock = std::chrono::steady_clock;

constexpr int kThreads = 4;
std::atomic<bool> stopped{false};

std::unique_ptr<grpc::ClientContext> CallWith(const std::string& token) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", "Bearer " + token);
  return context;
}

struct Felt {
  std::vector<double> milliseconds;
  int failed = 0;
};

// One request every `interval`, each timed from when it was due: a server that stalls makes those
// that wait behind it late as well.
Felt Load(const std::shared_ptr<grpc::Channel>& channel, const std::string& token,
          std::int64_t epoch, int digests, Clock::duration interval, unsigned seed) {
  const auto stub = v1::MatchService::NewStub(channel);
  std::mt19937_64 random(seed);
  v1::MatchContactsRequest request;
  request.set_epoch(epoch);
  std::string& packed = *request.mutable_digests();
  packed.resize(static_cast<std::size_t>(digests) * 16);
  Felt felt;
  for (auto due = Clock::now(); !stopped; due += interval) {
    std::this_thread::sleep_until(due);
    for (std::size_t at = 0; at < packed.size(); at += 8) {
      const std::uint64_t value = random();
      std::copy_n(reinterpret_cast<const char*>(&value), 8,
                  packed.begin() + static_cast<std::ptrdiff_t>(at));
    }
    v1::MatchContactsResponse response;
    if (!stub->MatchContacts(CallWith(token).get(), request, &response).ok()) ++felt.failed;
    felt.milliseconds.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - due).count());
  }
  return felt;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: match_load SERVER TOKEN_FILE REQUESTS_PER_SECOND DIGESTS\n";
    return 2;
  }
  std::signal(SIGINT, [](int) { stopped = true; });
  std::ifstream file(argv[2]);
  std::string token{std::istreambuf_iterator<char>(file), {}};
  token.erase(token.find_last_not_of('\n') + 1);
  const auto channel = grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
  v1::GetPolicyResponse policy;
  const grpc::Status status =
      v1::PolicyService::NewStub(channel)->GetPolicy(CallWith(token).get(), {}, &policy);
  if (!status.ok()) {
    std::cerr << "match_load: " << status.error_message() << "\n";
    return 1;
  }
  const auto interval = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(kThreads / std::atof(argv[3])));
  std::vector<Felt> felt(kThreads);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      felt[static_cast<std::size_t>(i)] =
          Load(channel, token, policy.epoch().number(), std::atoi(argv[4]), interval,
               static_cast<unsigned>(i));
    });
  }
  Felt all;
  for (int i = 0; i < kThreads; ++i) {
    threads[static_cast<std::size_t>(i)].join();
    const Felt& one = felt[static_cast<std::size_t>(i)];
    all.milliseconds.insert(all.milliseconds.end(), one.milliseconds.begin(),
                            one.milliseconds.end());
    all.failed += one.failed;
  }
  if (all.milliseconds.empty()) return 1;
  std::sort(all.milliseconds.begin(), all.milliseconds.end());
  const auto at = [&](double share) {
    return all.milliseconds[static_cast<std::size_t>(
        share * static_cast<double>(all.milliseconds.size() - 1))];
  };
  std::cout << "{\"requests\":" << all.milliseconds.size() << ",\"failed\":" << all.failed
            << ",\"p50_ms\":" << at(0.5) << ",\"p99_ms\":" << at(0.99) << "}\n";
}
