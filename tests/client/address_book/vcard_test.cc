#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/client/address_book/reading.h"

namespace smartcontacts::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string Card(const std::string& version, const std::string& properties) {
  return absl::StrCat("BEGIN:VCARD\nVERSION:", version, "\n", properties, "END:VCARD\n");
}

TEST(VCard, LineEndsMakeNoDifference) {
  const std::string unix_text = Card("3.0", "FN:Ann\nTEL:1\n 2\n");
  for (const std::string& text :
       {unix_text, std::string(absl::StrReplaceAll(unix_text, {{"\n", "\r\n"}}))}) {
    const Contact contact = ReadOnlyContact(text);
    EXPECT_EQ(contact.name, "Ann");
    EXPECT_THAT(contact.numbers, ElementsAre(Number("12", "")));
  }
}

TEST(VCard, TheFirstLineMayHaveAMarkBlankLinesAndAnyCase) {
  EXPECT_EQ(ReadOnlyContact("\xef\xbb\xbf"
                            "begin:vcard \nfn:Ann\nend:vcard\n")
                .name,
            "Ann");
  EXPECT_EQ(ReadOnlyContact("\n\r\nBEGIN:VCARD\nFN:Ann\nEND:VCARD").name, "Ann");
}

TEST(VCard, AFoldMayCutACharacter) {
  EXPECT_EQ(ReadOnlyContact(Card("4.0",
                                 "FN:M\xc3\n \xbc"
                                 "ller\n"))
                .name,
            "Müller");
}

TEST(VCard, UnfoldingTakesOneSpaceExceptInVersion21) {
  EXPECT_EQ(ReadOnlyContact(Card("3.0", "FN:Ann\n  Lee\n")).name, "Ann Lee");
  EXPECT_EQ(ReadOnlyContact(Card("2.1", "FN:Ann\n Lee\n")).name, "Ann Lee");
  EXPECT_EQ(ReadOnlyContact(Card("3.0", "FN:An\n\tn\n")).name, "Ann");
}

TEST(VCard, QuotedPrintableGoesOnAfterASoftBreak) {
  const Contact contact = ReadOnlyContact(
      Card("2.1", "FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:J=C3=\r\n=BCrgen=\r\n Z=3d\r\n"));
  EXPECT_EQ(contact.name, "Jürgen Z=");
}

TEST(VCard, AnEqualsSignAtTheEndOfOtherTextIsText) {
  const Contact contact = ReadOnlyContact(Card("3.0", "FN:Ann=\nTEL:12\n"));
  EXPECT_EQ(contact.name, "Ann=");
  EXPECT_THAT(contact.numbers, SizeIs(1));
}

TEST(VCard, BrokenQuotedPrintableIsKept) {
  EXPECT_EQ(ReadOnlyContact(Card("2.1", "FN;QUOTED-PRINTABLE:A=4=ZZ=4G=41\n")).name, "A=4=ZZ=4GA");
}

TEST(VCard, ACharsetIsBelievedBeforeBackslashesAreRead) {
  // In Shift_JIS the second byte of this character is a backslash.
  EXPECT_EQ(ReadOnlyContact(Card("2.1", "FN;CHARSET=SHIFT_JIS:\x95\x5c\n")).name, "表");
  EXPECT_EQ(ReadOnlyContact(Card("2.1", "FN;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:M=FC\n")).name,
            "Mü");
  EXPECT_EQ(ReadOnlyContact(Card("2.1", "FN:M\xfc\n")).name, "Mü");
}

TEST(VCard, TextInBase64IsRead) {
  EXPECT_EQ(ReadOnlyContact(Card("3.0", "FN;ENCODING=b:TcO8bGxlcg==\n")).name, "Müller");
}

TEST(VCard, BackslashesEscape) {
  EXPECT_EQ(ReadOnlyContact(Card("3.0", "FN:a\\, b\\; c\\\\\\nd\n")).name, "a, b; c\\\nd");
}

TEST(VCard, ANameComesFromTheFirstPropertyThatHasOne) {
  EXPECT_EQ(ReadOnlyContact(Card("3.0", "N:Lee;Ann;M.;Dr.;Jr.\nFN: \n")).name,
            "Dr. Ann M. Lee Jr.");
  EXPECT_EQ(ReadOnlyContact(Card("3.0", "N:Lee\\;x;Ann\n")).name, "Ann Lee;x");
  EXPECT_EQ(ReadOnlyContact(Card("3.0", "N:Lee\\\n")).name, "Lee\\");
  EXPECT_EQ(ReadOnlyContact(Card("3.0", "ORG:Acme;Sales\nNICKNAME:Annie\nN:;;;;\n")).name, "Annie");
  EXPECT_EQ(ReadOnlyContact(Card("3.0", "ORG:Acme;Sales\n")).name, "Acme, Sales");
  EXPECT_EQ(ReadOnlyContact(Card("3.0", "N:Lee;Ann\nFN:One\nFN:Two\n")).name, "One");
  EXPECT_EQ(ReadOnlyContact(Card("3.0", "TEL:12\n")).name, "");
}

TEST(VCard, LabelsOfEveryVersion) {
  const Contact contact = ReadOnlyContact(Card("3.0",
                                               "TEL;CELL:1\n"
                                               "TEL;TYPE=WORK,VOICE:2\n"
                                               "TEL;type=HOME;type=FAX:3\n"
                                               "TEL;TYPE=\"work,cell\":4\n"
                                               "TEL;TYPE=X-Segelboot:5\n"
                                               "item1.TEL:6\nitem1.X-ABLabel:_$!<Mobile>!$_\n"
                                               "A.TEL;TYPE=WORK:7\na.x-ablabel:Labor 2\n"
                                               "TEL;TYPE=VOICE:8\n"));
  EXPECT_THAT(contact.numbers,
              ElementsAre(Number("1", "mobile"), Number("2", "work"), Number("3", "home fax"),
                          Number("4", "work mobile"), Number("5", "Segelboot"),
                          Number("6", "mobile"), Number("7", "Labor 2"), Number("8", "")));
}

TEST(VCard, ALabelIsForItsOwnGroupOnly) {
  const Contact contact = ReadOnlyContact(
      Card("3.0",
           "item1.TEL;TYPE=WORK:1\nTEL;TYPE=HOME:2\nitem2.URL:x\nitem2.X-ABLabel:Blog\n"
           "X-ABLabel:Nobody's\n"));
  EXPECT_THAT(contact.numbers, ElementsAre(Number("1", "work"), Number("2", "home")));
}

TEST(VCard, PreferenceIsTheSmallestNumber) {
  EXPECT_THAT(ReadOnlyContact(Card("4.0", "TEL;PREF=50:1\nTEL;PREF=2:2\nTEL:3\n")).numbers,
              ElementsAre(Number("1", ""), Number("2", "", true), Number("3", "")));
  EXPECT_THAT(ReadOnlyContact(Card("2.1", "TEL;PREF;CELL:1\nTEL:2\n")).numbers,
              ElementsAre(Number("1", "mobile", true), Number("2", "")));
  EXPECT_THAT(ReadOnlyContact(Card("4.0", "TEL;PREF=x:1\n")).numbers, ElementsAre(Number("1", "")));
}

TEST(VCard, NumbersKeepWhatWasTyped) {
  const Contact contact = ReadOnlyContact(Card("4.0",
                                               "TEL;VALUE=uri:tel:+1-201-555-0123;ext=5\n"
                                               "TEL;WAID=491701234567:+49 (0) 30/23125\xc2\xa0"
                                               "101\n"
                                               "TEL: 1\\;2 \n"
                                               "TEL:\n"
                                               "TEL:٠٣٠\n"));
  EXPECT_THAT(contact.numbers, ElementsAre(Number("tel:+1-201-555-0123;ext=5", ""),
                                           Number("+49 (0) 30/23125\xc2\xa0"
                                                  "101",
                                                  ""),
                                           Number("1;2", ""), Number("٠٣٠", "")));
}

TEST(VCard, AQuotedParameterMayHoldAColon) {
  EXPECT_THAT(ReadOnlyContact(Card("4.0", "TEL;ALTID=\"a:b;c\";TYPE=home:12\n")).numbers,
              ElementsAre(Number("12", "home")));
  EXPECT_THAT(ReadOnlyContact(Card("4.0", "TEL;TYPE=\"home:12\n")).numbers,
              ElementsAre(Number("12", "home")));
}

TEST(VCard, APersonHasAtMostSoManyNumbers) {
  std::string numbers;
  for (std::size_t i = 0; i < kNumbersPerContactMax + 10; ++i)
    absl::StrAppend(&numbers, "TEL:1", i, "\n");
  EXPECT_THAT(ReadOnlyContact(Card("3.0", numbers)).numbers, SizeIs(kNumbersPerContactMax));
}

TEST(VCard, PhotosArePassedOver) {
  std::string folded = "PHOTO;ENCODING=b;TYPE=JPEG:";
  for (int i = 0; i < 50'000; ++i) folded.append(75, 'A').append("\n ");
  const std::string unfolded = "PHOTO:data:image/jpeg;base64," + std::string(4 << 20, 'A');
  for (const std::string& photo : {folded + "\n", unfolded + "\n", unfolded + "\r\n"}) {
    const Contact contact = ReadOnlyContact(Card("3.0", photo + "FN:Ann\nTEL:12\n"));
    EXPECT_EQ(contact.name, "Ann");
    EXPECT_THAT(contact.numbers, SizeIs(1));
  }
}

TEST(VCard, APhotoInUnfoldedLinesIsNoProperty) {
  const Contact contact = ReadOnlyContact(
      Card("2.1", "PHOTO;ENCODING=BASE64;JPEG:\n/9j/4AAQ\nSkZJRg==\n\nFN:Ann\nTEL:12\n"));
  EXPECT_EQ(contact.name, "Ann");
}

TEST(VCard, ANumberOrNameWithoutEndIsNotCutButPassedOver) {
  std::string folded = "TEL:";
  for (int i = 0; i < 1000; ++i) folded.append(70, '1').append("\n ");
  for (const std::string& number :
       {"TEL:" + std::string(1 << 20, '1'), "TEL:" + std::string(20 << 10, '1'), folded}) {
    const Contact contact = ReadOnlyContact(Card("3.0", number + "\nFN:Ann\n"));
    EXPECT_EQ(contact.name, "Ann");
    EXPECT_THAT(contact.numbers, IsEmpty());
  }
}

TEST(VCard, ASecretarysCardInsideIsNotTheContacts) {
  const Contact contact = ReadOnlyContact(
      Card("2.1", "FN:Boss\nAGENT:\n" + Card("2.1", "FN:Agent\nTEL:1\n") + "TEL:2\n"));
  EXPECT_EQ(contact.name, "Boss");
  EXPECT_THAT(contact.numbers, ElementsAre(Number("2", "")));
}

TEST(VCard, ADamagedCardIsCountedAndTheNextOneRead) {
  const Reading reading =
      ReadContacts("BEGIN:VCARD\nFN:Lost\nTEL:1\n" + Card("3.0", "FN:Ann\n") + "TEL:2\nnonsense\n" +
                   Card("3.0", "FN:Bob\n") + "BEGIN:VCARD\nFN:Cut off\nTE");
  EXPECT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.statistics.contacts, 2);
  EXPECT_EQ(reading.statistics.damaged, 2);
  ASSERT_THAT(reading.contacts, SizeIs(2));
  EXPECT_EQ(reading.contacts[0].name, "Ann");
  EXPECT_EQ(reading.contacts[1].name, "Bob");
  EXPECT_THAT(reading.contacts[1].numbers, IsEmpty());
}

TEST(VCard, TheFoldingOfOneCardSaysNothingOfTheNext) {
  const Reading reading =
      ReadContacts(Card("2.1", "FN:A\n") + "BEGIN:VCARD\nFN:B\n C\nVERSION:3.0\nEND:VCARD\n");
  ASSERT_THAT(reading.contacts, SizeIs(2));
  EXPECT_EQ(reading.contacts[1].name, "BC");
}

}  // namespace
}  // namespace smartcontacts::client
