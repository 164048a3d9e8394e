// Early return on error. Abseil 20220623 has no such macros.

#ifndef SMART_CONTACTS_DOMAIN_STATUS_MACROS_H_
#define SMART_CONTACTS_DOMAIN_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define SC_CONCAT_INNER_(a, b) a##b
#define SC_CONCAT_(a, b) SC_CONCAT_INNER_(a, b)

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration cannot stand in parentheses.

// Evaluates an expression of type absl::Status and returns it if it is not OK. The expression may
// have others in it, in a lambda.
#define RETURN_IF_ERROR(expression) \
  RETURN_IF_ERROR_IMPL_(SC_CONCAT_(sc_status_, __COUNTER__), expression)

#define RETURN_IF_ERROR_IMPL_(status, expression)                          \
  do {                                                                     \
    if (::absl::Status status = (expression); !status.ok()) return status; \
  } while (false)

// ASSIGN_OR_RETURN(auto value, Function()): declares or assigns `value`, or returns the error.
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_IMPL_(SC_CONCAT_(sc_status_or_, __COUNTER__), declaration, expression)

#define ASSIGN_OR_RETURN_IMPL_(status_or, declaration, expression) \
  auto status_or = (expression);                                   \
  if (!status_or.ok()) {                                           \
    return std::move(status_or).status();                          \
  }                                                                \
  declaration = *std::move(status_or)

// NOLINTEND(bugprone-macro-parentheses)

#endif  // SMART_CONTACTS_DOMAIN_STATUS_MACROS_H_
