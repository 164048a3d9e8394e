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
  // `upstream`: what stands in the block of that name, the servers above all; `location`: what
  // stands beside grpc_pass.
  Nginx(const std::string& upstream, const std::string& location);

  std::string address() const;
  // What it says is wrong.
  std::string Errors() const;

 private:
  const TemporaryDirectory directory_;
  const int port_ = FreePort();
  std::unique_ptr<Process> process_;
};

}  // namespace smartcontacts::integration

#endif  // SMART_CONTACTS_TESTS_FAULT_NGINX_H_
