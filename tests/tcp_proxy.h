// A network between a program and its database, with the faults of one.

#ifndef SMART_CONTACTS_TESTS_TCP_PROXY_H_
#define SMART_CONTACTS_TESTS_TCP_PROXY_H_

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace smartcontacts {

// Forwards connections to a port on 127.0.0.1. Safe for concurrent use.
class TcpProxy {
 public:
  explicit TcpProxy(int target_port);
  ~TcpProxy();

  int port() const { return port_; }

  // Nothing passes, in either direction, and nobody is told: connections are neither refused nor
  // closed. After Heal() what was held back passes.
  void Partition() { partitioned_ = true; }
  void Heal() { partitioned_ = false; }

  // The next time that a client sends `word`, having sent `first` before (if given), both sides of
  // its connection are closed: before the word was passed on, or after it was done, so that the
  // answer is lost.
  enum class Cut { kNever, kBefore, kAfter };
  void CutAt(std::string word, Cut cut, std::string first = "");
  // How often it was cut.
  int cuts() const { return cuts_; }

 private:
  struct Link {
    int client = -1;
    int server = -1;
    bool armed = false;  // `first_` was sent
  };

  void Run();
  void Accept();
  // False: the connection is over.
  bool Forward(Link& link, int from, int to);
  static void Close(Link& link);

  const int target_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> partitioned_{false};
  std::atomic<bool> ending_{false};
  std::string word_, first_;  // set before cut_, read after it
  std::atomic<Cut> cut_{Cut::kNever};
  std::atomic<int> cuts_{0};
  std::vector<Link> links_;  // of the thread
  std::thread thread_;
};

}  // namespace smartcontacts

#endif  // SMART_CONTACTS_TESTS_TCP_PROXY_H_
