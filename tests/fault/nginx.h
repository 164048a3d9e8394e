// A real proxy before the servers' ports for apps.

#ifndef SMART_CONTACTS_TESTS_FAULT_NGINX_H_
#define SMART_CONTACTS_TESTS_FAULT_NGINX_H_

#include <memory>
#include <string>

#include "tests/postgres_server.h"
#include "tests/process.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::integration {

class Nginx {
 public:
  // `upstream`: what stands in the block of that name, the servers above all.
  explicit Nginx(const std::string& upstream);
  ~Nginx();

  // Reads another one, as a cluster's proxy does when a server comes or is about to go. Calls that
  // are in flight go on where they are, new ones have the new servers when this returns.
  void SetUpstream(const std::string& upstream);

  std::string address() const;
  // What it says is wrong.
  std::string Errors() const;

 private:
  void WriteConfiguration(const std::string& upstream) const;

  const TemporaryDirectory directory_;
  const int port_ = FreePort();
  std::unique_ptr<Process> process_;
  int reloads_ = 0;
};

}  // namespace smartcontacts::integration

#endif  // SMART_CONTACTS_TESTS_FAULT_NGINX_H_
