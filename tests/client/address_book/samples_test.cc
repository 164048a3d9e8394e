// Files as programs export them: samples/ holds one of each kind.

#include <fstream>
#include <string>

#include "tests/client/address_book/reading.h"

namespace smartcontacts::client {
namespace {

using testing::ElementsAre;

std::vector<Contact> ReadSample(const std::string& name) {
  const std::string path =
      std::string(SMART_CONTACTS_SOURCE_DIR) + "/tests/client/address_book/samples/" + name;
  std::ifstream input(path, std::ios::binary);
  EXPECT_TRUE(input.is_open()) << path;
  Reading reading = ReadContacts(input);
  EXPECT_TRUE(reading.status.ok()) << reading.status;
  EXPECT_EQ(reading.statistics.damaged, 0);
  EXPECT_EQ(reading.statistics.contacts, static_cast<std::int64_t>(reading.contacts.size()));
  return reading.contacts;
}

TEST(Samples, Ios) {
  const auto contacts = ReadSample("ios.vcf");
  ASSERT_EQ(contacts.size(), 2U);
  EXPECT_EQ(contacts[0].name, "Dr. Änne Maria Müller");
  EXPECT_THAT(
      contacts[0].numbers,
      ElementsAre(Number("+49 30 23125 101", "work", true), Number("0171 3920012", "mobile"),
                  Number("+44 20 7946 0101", "Sommerhaus"), Number("(030) 23125-102", "home fax")));
  EXPECT_EQ(contacts[1].name, "Pizzeria Bella, Mitte");
  EXPECT_THAT(contacts[1].numbers, ElementsAre(Number("(030) 23125 200", "main")));
}

TEST(Samples, Android) {
  const auto contacts = ReadSample("android.vcf");
  ASSERT_EQ(contacts.size(), 2U);
  EXPECT_EQ(contacts[0].name, "Jürgen Müller");
  EXPECT_THAT(contacts[0].numbers,
              ElementsAre(Number("+49-171-3920013", "mobile", true), Number("030-23125103", "work"),
                          Number("0171-3920014", "Boot"), Number("030-23125104", "Büro")));
  EXPECT_EQ(contacts[1].name, "Voicemail");
  EXPECT_THAT(contacts[1].numbers, ElementsAre(Number("*86", "Büro")));
}

TEST(Samples, GoogleVCard) {
  const auto contacts = ReadSample("google.vcf");
  ASSERT_EQ(contacts.size(), 1U);
  EXPECT_EQ(contacts[0].name, "Chloé Dubois");
  EXPECT_THAT(contacts[0].numbers,
              ElementsAre(Number("+33 6 39 98 01 02", "mobile"), Number("01 99 00 12 34", "work"),
                          Number("+33 1 99 00 12 35", "Atelier")));
}

TEST(Samples, OutlookVCard) {
  const auto contacts = ReadSample("outlook.vcf");
  ASSERT_EQ(contacts.size(), 1U);
  EXPECT_EQ(contacts[0].name, "Käthe Groß");
  EXPECT_THAT(
      contacts[0].numbers,
      ElementsAre(Number("+49 (30) 23125105", "work"), Number("030/23125106", "home"),
                  Number("0171/3920015", "mobile"), Number("+49 (30) 23125107", "work fax")));
}

TEST(Samples, ThunderbirdVCard) {
  const auto contacts = ReadSample("thunderbird.vcf");
  ASSERT_EQ(contacts.size(), 1U);
  EXPECT_EQ(contacts[0].name, "Giulia Rossi");
  EXPECT_THAT(contacts[0].numbers,
              ElementsAre(Number("tel:+39-06-5550-0101", "work"),
                          Number("tel:+39-06-5550-0102;ext=12", "mobile", true),
                          Number("06 5550 0103", "home")));
}

TEST(Samples, GoogleCsv) {
  const auto contacts = ReadSample("google.csv");
  ASSERT_EQ(contacts.size(), 2U);
  EXPECT_EQ(contacts[0].name, "Emily Clarke");
  EXPECT_THAT(contacts[0].numbers, ElementsAre(Number("07700 900101", "mobile", true),
                                               Number("07700 900102", "mobile", true),
                                               Number("020 7946 0103", "work fax")));
  EXPECT_EQ(contacts[1].name, "Acme Supplies");
  EXPECT_THAT(contacts[1].numbers, ElementsAre(Number("+44 29 2018 0104", "Sommerhaus")));
}

TEST(Samples, GoogleCsvOf2024) {
  const auto contacts = ReadSample("google-2024.csv");
  ASSERT_EQ(contacts.size(), 1U);
  EXPECT_EQ(contacts[0].name, "Liam J. Walker");
  EXPECT_THAT(contacts[0].numbers, ElementsAre(Number("+1 202-555-0101", "mobile")));
}

TEST(Samples, OutlookCsv) {
  const auto contacts = ReadSample("outlook.csv");
  ASSERT_EQ(contacts.size(), 1U);
  EXPECT_EQ(contacts[0].name, "José Núñez");
  EXPECT_THAT(
      contacts[0].numbers,
      ElementsAre(Number("+34 900 000 001", "work fax"), Number("+34 900 000 002", "work"),
                  Number("+34 900 000 003", "mobile"), Number("+34 900 000 004", "main", true)));
}

TEST(Samples, OutlookCsvInUtf16) {
  const auto contacts = ReadSample("outlook-utf16.csv");
  ASSERT_EQ(contacts.size(), 1U);
  EXPECT_EQ(contacts[0].name, "Łukasz Żak");
  EXPECT_THAT(contacts[0].numbers,
              ElementsAre(Number("030 23125108", "work"), Number("0171 3920016", "mobile")));
}

TEST(Samples, ThunderbirdCsv) {
  const auto contacts = ReadSample("thunderbird.csv");
  ASSERT_EQ(contacts.size(), 1U);
  EXPECT_EQ(contacts[0].name, "Noah Murphy");
  EXPECT_THAT(contacts[0].numbers,
              ElementsAre(Number("020 910 1234", "work"), Number("+353 20 911 1234", "mobile")));
}

}  // namespace
}  // namespace smartcontacts::client
