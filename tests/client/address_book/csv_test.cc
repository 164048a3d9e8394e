#include <string>

#include "tests/client/address_book/reading.h"

namespace smartcontacts::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST(Csv, TheSeparatorIsToldFromTheHeader) {
  for (const char* text : {"Name,Phone\n\"Lee, Ann\",12\n", "Name;Phone\nLee, Ann;12\n",
                           "Name\tPhone\nLee, Ann\t12\n", "sep=;\r\nName;Phone\r\nLee, Ann;12"}) {
    const Contact contact = ReadOnlyContact(text);
    EXPECT_EQ(contact.name, "Lee, Ann") << text;
    EXPECT_THAT(contact.numbers, ElementsAre(Number("12", ""))) << text;
  }
}

TEST(Csv, OnlyColumnsOfNumbersAreNumbers) {
  const Contact contact = ReadOnlyContact(
      "Phonetic First Name,First Name,Phone 1 - Type,Phone 1 - Value,Mobile E-mail,Fax,Telex\n"
      "1,Ann,Yacht,3,4,5,6\n");
  EXPECT_EQ(contact.name, "Ann");
  EXPECT_THAT(contact.numbers, ElementsAre(Number("3", "Yacht"), Number("5", "fax")));
}

TEST(Csv, KnowsTheHeadersOfOtherLanguages) {
  for (const char* text : {"Vorname;Nachname;Telefon geschäftlich;Mobiltelefon\nAnn;Lee;1;2\n",
                           "Prénom;Nom;Téléphone (bureau);Tél. mobile\nAnn;Lee;;\n",
                           "Nombre,Apellidos,Teléfono del trabajo,Móvil\nAnn,Lee,1,2\n"}) {
    const Reading reading = ReadContacts(std::string(text));
    ASSERT_TRUE(reading.status.ok()) << reading.status << text;
    ASSERT_THAT(reading.contacts, SizeIs(1));
    EXPECT_EQ(reading.contacts[0].name, "Ann Lee");
  }
}

TEST(Csv, AHeaderInWindows1252IsUnderstood) {
  const Contact contact = ReadOnlyContact(
      "Vorname;Telefon gesch\xe4"
      "ftlich\nJ\xfcrgen;12\n");
  EXPECT_EQ(contact.name, "Jürgen");
  EXPECT_THAT(contact.numbers, ElementsAre(Number("12", "work")));
}

TEST(Csv, ABlankRecordIsNoContactAndMissingFieldsAreEmpty) {
  const Reading reading = ReadContacts(std::string("Name,Phone,Fax\n\n,,\nAnn,12\nBob,34,,,\n"));
  EXPECT_EQ(reading.statistics.contacts, 2);
  EXPECT_EQ(reading.statistics.damaged, 0);
}

TEST(Csv, DamagedRecordsAreCountedAndTheNextOnesRead) {
  const Reading reading = ReadContacts(std::string("Name,Phone\nAnn,1,2\n\"Bob\"x,3\nCid,4\n") +
                                       std::string(300 << 10, 'x') + ",5\n\"never closed\n" +
                                       std::string(200 << 10, 'y') + "\n" +
                                       std::string(200 << 10, 'z') + "\nDan,6\n\"Eve,7\n");
  EXPECT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.statistics.damaged, 5);
  ASSERT_THAT(reading.contacts, SizeIs(2));
  EXPECT_EQ(reading.contacts[0].name, "Cid");
  EXPECT_EQ(reading.contacts[1].name, "Dan");
}

TEST(AddressBook, RefusesWhatIsNoAddressBook) {
  const struct {
    std::string text;
    const char* message;
  } cases[] = {
      {"", "empty"},
      {"\xef\xbb\xbf\r\n\n", "empty"},
      {"First Name,Last Name\nAnn,Lee\n", "no column with phone numbers"},
      {"{\"name\":\"Ann\"}\n", "neither vCard nor CSV"},
      {"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "neither vCard nor CSV"},
      {"\"Name,Phone\nAnn,12\n", "neither vCard nor CSV"},
      {std::string("\x89PNG\r\n\x1a\n\0\0", 10), "neither vCard nor CSV"},
      {std::string(1 << 20, 'x'), "neither vCard nor CSV"},
  };
  for (const auto& [text, message] : cases) {
    const Reading reading = ReadContacts(text);
    EXPECT_EQ(reading.status.code(), absl::StatusCode::kInvalidArgument) << text.substr(0, 40);
    EXPECT_THAT(std::string(reading.status.message()), HasSubstr(message));
    EXPECT_THAT(reading.contacts, SizeIs(0));
  }
}

}  // namespace
}  // namespace smartcontacts::client
