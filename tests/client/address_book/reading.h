// What the tests of address books have in common.

#ifndef SMART_CONTACTS_TESTS_CLIENT_ADDRESS_BOOK_READING_H_
#define SMART_CONTACTS_TESTS_CLIENT_ADDRESS_BOOK_READING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "client/address_book/address_book.h"

namespace smartcontacts::client {

struct Reading {
  absl::Status status;
  AddressBookStatistics statistics;
  std::vector<Contact> contacts;
};

inline Reading ReadContacts(std::istream& input) {
  Reading reading;
  auto read = ReadAddressBook(input, [&reading](const Contact& contact) {
    reading.contacts.push_back(contact);
    return absl::OkStatus();
  });
  reading.status = read.status();
  if (read.ok()) reading.statistics = *read;
  return reading;
}

inline Reading ReadContacts(const std::string& text) {
  std::istringstream input(text);
  return ReadContacts(input);
}

// The only contact of a book in which nothing is damaged.
inline Contact ReadOnlyContact(const std::string& text) {
  Reading reading = ReadContacts(text);
  EXPECT_TRUE(reading.status.ok()) << reading.status;
  EXPECT_EQ(reading.statistics.damaged, 0);
  EXPECT_EQ(reading.contacts.size(), 1U);
  return reading.contacts.empty() ? Contact() : std::move(reading.contacts.front());
}

// What was typed, the label, and whether it is preferred.
inline testing::Matcher<PhoneNumber> Number(const std::string& typed, const std::string& label,
                                            bool preferred = false) {
  return testing::AllOf(testing::Field("typed", &PhoneNumber::typed, typed),
                        testing::Field("label", &PhoneNumber::label, label),
                        testing::Field("preferred", &PhoneNumber::preferred, preferred));
}

inline void PrintTo(const PhoneNumber& number, std::ostream* out) {
  *out << '"' << number.typed << "\" (" << number.label
       << (number.preferred ? ", preferred)" : ")");
}

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_TESTS_CLIENT_ADDRESS_BOOK_READING_H_
