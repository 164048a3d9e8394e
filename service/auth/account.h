// Who calls.

#ifndef SMART_CONTACTS_SERVICE_AUTH_ACCOUNT_H_
#define SMART_CONTACTS_SERVICE_AUTH_ACCOUNT_H_

#include "domain/names.h"

namespace smartcontacts::service {

// Always taken from the credential, never from the request.
struct Account {
  TenantId tenant;
  Aor aor;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_AUTH_ACCOUNT_H_
