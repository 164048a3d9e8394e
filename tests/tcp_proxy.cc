#include "tests/tcp_proxy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string_view>

namespace smartcontacts {
namespace {

constexpr int kPollMs = 20;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

}  // namespace

TcpProxy::TcpProxy(int target_port)
    : target_port_(target_port), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener_, 64), 0);
  EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

TcpProxy::~TcpProxy() {
  ending_ = true;
  thread_.join();
  for (Link& link : links_) Close(link);
  close(listener_);
}

void TcpProxy::CutAt(std::string word, Cut cut, std::string first) {
  cut_ = Cut::kNever;
  first_ = std::move(first);
  word_ = std::move(word);
  cut_ = cut;
}

void TcpProxy::Run() {
  while (!ending_) {
    if (partitioned_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
      continue;
    }
    std::vector<pollfd> waiting = {{listener_, POLLIN, 0}};
    for (const Link& link : links_) {
      waiting.push_back({link.client, POLLIN, 0});
      waiting.push_back({link.server, POLLIN, 0});
    }
    if (poll(waiting.data(), waiting.size(), kPollMs) <= 0 || partitioned_) continue;
    for (std::size_t i = 0; i < links_.size(); ++i) {
      Link& link = links_[i];
      const bool open =
          (waiting[2 * i + 1].revents == 0 || Forward(link, link.client, link.server)) &&
          (waiting[2 * i + 2].revents == 0 || Forward(link, link.server, link.client));
      if (!open) Close(link);
    }
    std::erase_if(links_, [](const Link& link) { return link.client < 0; });
    if (waiting[0].revents != 0) Accept();
  }
}

void TcpProxy::Accept() {
  Link link{accept(listener_, nullptr, nullptr), socket(AF_INET, SOCK_STREAM, 0)};
  const sockaddr_in address = Loopback(target_port_);
  if (connect(link.server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return Close(link);
  }
  links_.push_back(link);
}

bool TcpProxy::Forward(Link& link, int from, int to) {
  std::array<char, 65536> buffer{};
  const ssize_t size = recv(from, buffer.data(), buffer.size(), 0);
  if (size <= 0) return false;
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
  const Cut cut = from == link.client ? cut_.load() : Cut::kNever;
  const bool cutting = cut != Cut::kNever && (link.armed || first_.empty()) &&
                       bytes.find(word_) != std::string_view::npos;
  if (cut != Cut::kNever && !first_.empty() && bytes.find(first_) != std::string_view::npos) {
    link.armed = true;
  }
  if (cutting) cut_ = Cut::kNever;
  if (cutting && cut == Cut::kBefore) {
    ++cuts_;
    return false;
  }
  for (std::string_view rest = bytes; !rest.empty();) {
    const ssize_t sent = send(to, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  if (!cutting) return true;
  // Until the server has done it and answers.
  pollfd answer{link.server, POLLIN, 0};
  poll(&answer, 1, /*timeout=*/5000);
  ++cuts_;
  return false;
}

void TcpProxy::Close(Link& link) {
  close(link.client);
  close(link.server);
  link = {};
}

}  // namespace smartcontacts
