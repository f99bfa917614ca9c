// The text cleaner by itself: what stays and what goes.
#include "deidentify/text_cleaner.h"

#include <gtest/gtest.h>

#include "deidentify/tables.h"
#include "identity/fold.h"

namespace {

using deidentify::CleanText;
using deidentify::SiteLists;
using deidentify::TextCleaner;
using deidentify::TextMode;
using identity::Kind;

const identity::Identifiers kStudy({{Kind::Name, "vandermolen"},
                                    {Kind::Name, "vandermolen^wilhelmina"},
                                    {Kind::Name, "wilhelmina"},
                                    {Kind::Id, "mrn-7734-xq"},
                                    {Kind::Id, "ab12"},
                                    {Kind::Institution, "quillfeather"}});

std::string cleaned(std::string_view text, TextMode mode = TextMode::AllowList,
                    const SiteLists& site = {}, const identity::Identifiers& study = kStudy) {
  return TextCleaner::create(study, site, mode).value().clean(text).text;
}
std::string blocked(std::string_view text, const SiteLists& site = {}) {
  return cleaned(text, TextMode::BlockList, site);
}
std::string of_hand(std::string_view text) {
  return cleaned(
      text, TextMode::AllowList, {},
      identity::Identifiers({{Kind::Name, "hand"}, {Kind::Name, "hand^may"}, {Kind::Name, "may"}}));
}

TEST(AllowList, HoldsWordsAsTheSearchFoldsThem) {
  const auto words = deidentify::tables::allowed_words();
  EXPECT_GT(words.size(), 2500u);
  for (const auto& word : words) {
    EXPECT_EQ(identity::fold(word.text), word.text);
    EXPECT_EQ(deidentify::tables::find_allowed(word.text), &word);
  }
  for (const auto* never :
       {"may", "mar", "dec", "mrs", "street", "hospital", "jan", "smith", "monday"})
    EXPECT_EQ(deidentify::tables::find_allowed(never), nullptr) << never;
}

TEST(Cleaner, KeepsDescriptionsAsTheyAre) {
  for (const auto* text :
       {"CT Thorax/Abdomen mit KM", "T2 TSE sag FS", "AX T1 FLAIR 3.0mm",
        "Lumbar spine 2 views L4-L5", "DWI b1000 ADC", "MR BRAIN W/O CONTRAST", "DR CHEST PA + LAT",
        "Recon 512x512, 0.6 mm", "Radiographie du genou droit", "TAC de abdomen sin contraste",
        "PET/CT whole body", "Arterielle Phase\r\nnative Phase", "胸部CT", "胸部単純写真",
        "頭部 造影MRI", "120 kV 80 mAs"})
    EXPECT_EQ(cleaned(text), text);
}

TEST(Cleaner, DropsWhatIsNotOnTheList) {
  EXPECT_EQ(cleaned("CT chest Jansen"), "CT chest");
  EXPECT_EQ(cleaned("knee for Ms. P. van der Berg, left"), "knee left");
  EXPECT_EQ(cleaned("Klaus"), "");
  EXPECT_EQ(cleaned("(); --"), "");
  EXPECT_EQ(cleaned(""), "");
}

TEST(Cleaner, DropsTheStudysOwnIdentifiersInEveryWriting) {
  for (const auto* own :
       {"Vandermolen", "VANDERMOLEN", "vandermolen,wilhelmina", "V\xC3\xA4ndermolen", "MRN-7734-XQ",
        "mrn7734xq", "MRN 7734 XQ", "7734-XQ", "Quillfeather",
        "\xEF\xBC\xB6\xEF\xBC\xA1\xEF\xBC\xAE\xEF\xBC\xA4\xEF\xBC\xA5\xEF\xBC\xB2molen",
        "Vander\xE2\x80\x8BMolen Wilhelmina"})
    EXPECT_EQ(blocked("lung " + std::string(own)), "lung") << own;
  EXPECT_EQ(blocked("AB12"), "") << "short: a whole value";
  EXPECT_EQ(blocked("lung AB12"), "lung AB12") << "short: not within a text";
}

TEST(Cleaner, DropsDatesInEveryWriting) {
  for (const auto* date : {"20230517",
                           "2023-05-17",
                           "2023.05.17",
                           "2023/05/17",
                           "17.05.2023",
                           "17/05/2023",
                           "17-05-2023",
                           "05/17/2023",
                           "05-17-2023",
                           "17 May 2023",
                           "17-MAY-2023",
                           "May 17, 2023",
                           "17. Mai 2023",
                           "17 mai 23",
                           "1er ao\xC3\xBBt 2023",
                           "5/7/23",
                           "M\xC3\xA4rz 2023",
                           "2023",
                           "2023年5月17日",
                           "令和5年5月17日",
                           "13:45",
                           "17 de mayo de 2023",
                           "MAY17"})
    EXPECT_EQ(blocked("lung " + std::string(date) + " axial"), "lung axial") << date;
}

TEST(Cleaner, DropsWhatIdentifiesByItsForm) {
  for (const auto* form :
       {"1.2.840.1234.5", "1.2.840.113619.2.55.3.4", "jan@example.org", "http://x.example/a?b=c",
        "www.example.org", "192.168.0.1", "fe80::1:2", "+31 20 555 1234", "(020) 555 1234",
        "020-5551234", "123456", "123-45-6789", "MRN: A12", "\\\\server\\share"})
    EXPECT_EQ(blocked("lung " + std::string(form) + " axial"), "lung axial") << form;
}

TEST(Cleaner, DropsATitleAndTheNameBehindIt) {
  EXPECT_EQ(blocked("lung DR OSTERHOUT axial"), "lung axial");
  EXPECT_EQ(blocked("lung Dr. W. Osterhout axial"), "lung axial");
  EXPECT_EQ(blocked("lung Frau Kopf axial"), "lung axial") << "also a name that is a term";
  EXPECT_EQ(blocked("lung Prof. Dr. van der Berg-Osterhout axial"), "lung axial");
  EXPECT_EQ(blocked("肺 田中先生"), "肺");
  EXPECT_EQ(blocked("MR Brain, DR Chest"), "MR Brain, DR Chest") << "modalities";
}

TEST(Cleaner, KeepsAHomonymButInANamesContext) {
  EXPECT_EQ(of_hand("XR HAND LEFT MAY SERIES"), "XR HAND LEFT");
  EXPECT_EQ(of_hand("hand ap"), "hand ap");
  for (const auto* name : {"hand, may", "May Hand", "Hand^May", "HAND, M.", "M. Hand", "Mr Hand",
                           "Mrs HAND", "patient Hand", "ref by Hand", "MR HAND"})
    EXPECT_EQ(of_hand("wrist " + std::string(name)).find("and"), std::string::npos) << name;
}

TEST(Cleaner, CountsWhatItDidAndWhatItLeft) {
  const identity::Identifiers study({{Kind::Name, "hand"}});
  const auto clean = TextCleaner::create(study, {}, TextMode::AllowList)
                         .value()
                         .clean("hand left Osterhout, hand right");
  EXPECT_EQ(clean.text, "hand left hand right");
  EXPECT_EQ(clean.dropped, 1u);
  EXPECT_EQ(clean.homonyms, 2u);
}

TEST(Cleaner, SegmentsJapaneseByItsTerms) {
  EXPECT_EQ(cleaned("山田太郎胸部造影"), "胸部造影");
  EXPECT_EQ(cleaned("右膝関節"), "右膝関節");
  EXPECT_EQ(cleaned("右田"), "") << "a name that begins with a term of one character";
  EXPECT_EQ(cleaned("ヤマダタロウ　ＣＴ"), "ＣＴ");
}

TEST(Cleaner, KeepsLettersOnlyAsSidesAndUnits) {
  EXPECT_EQ(cleaned("knee R, hip L"), "knee R, hip L");
  EXPECT_EQ(cleaned("lung W. K."), "lung");
  EXPECT_EQ(cleaned("5 g contrast"), "5 g contrast");
  EXPECT_EQ(cleaned("g contrast"), "contrast");
  EXPECT_EQ(cleaned("Vandermolen L knee"), "knee") << "an initial beside a name";
}

TEST(Site, NamesAndPatternsGoAndWordsStay) {
  SiteLists site;
  site.names = {"Jan Osterhout", "St. Quux Chest Hospital"};
  site.number_patterns = {"[A-Z]{2}-\\d{2,3}"};
  site.allowed_words = {"Wumbo", "Vandermolen"};
  EXPECT_EQ(cleaned("lung wumbo Osterhout", TextMode::AllowList, site), "lung wumbo");
  EXPECT_EQ(blocked("lung JAN (KF-123) Quux chest", site), "lung chest");
  EXPECT_EQ(blocked("lung KF-1234", site), "lung KF-1234") << "whole words";
  EXPECT_EQ(cleaned("Vandermolen lung", TextMode::AllowList, site), "lung")
      << "the patient's name goes whatever the site allows";
}

TEST(Site, PatternsThatAreNoneAreRefused) {
  for (const auto& pattern : {std::string("["), std::string(), std::string(600, 'a')}) {
    SiteLists site;
    site.number_patterns = {pattern};
    const auto cleaner = TextCleaner::create(kStudy, site, TextMode::AllowList);
    ASSERT_FALSE(cleaner.ok());
    EXPECT_EQ(cleaner.fault().remedy, base::Remedy::Reject);
  }
}

TEST(Hostile, InvalidUtf8AndControlsLeaveNothingStrange) {
  EXPECT_EQ(cleaned("lung \xFF\xFE\xC3 axial"), "lung axial");
  EXPECT_EQ(cleaned(std::string("lung\0\x1B[ axial", 13)), "lung axial");
}

TEST(Hostile, LongTextsOfEveryKindAreCleanedToTheEnd) {
  const auto repeated = [](std::string_view piece) {
    std::string text;
    while (text.size() < 60'000) text += piece;
    return text;
  };
  for (const auto* piece :
       {"a",    "1",    "1.",     "@",        "a@",    ":",    "a:",           "Dr ",
        "dr. ", "van ", "hand ",  "may ",     "山",    "胸",   "胸部",         "1-",
        "( 1",  "jan ", "jan 1 ", "\xCC\x81", "x 12 ", "\\\\", "vandermolen ", "7734 "}) {
    for (const auto mode : {TextMode::AllowList, TextMode::BlockList}) {
      const auto text = cleaned(repeated(piece) + " Vandermolen", mode);
      EXPECT_EQ(text.find("Vandermolen"), std::string::npos) << piece;
      EXPECT_LE(text.size(), 60'100u) << piece;
    }
  }
}

TEST(Hostile, ThousandsOfIdentifiersAreFoundEach) {
  std::vector<identity::Identifier> many;
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    many.push_back({Kind::Id, "zz" + std::to_string(100'000 + i) + "q"});
    if (i % 10 == 0) text += many.back().text + " lung ";
  }
  const auto clean =
      TextCleaner::create(identity::Identifiers(many), {}, TextMode::BlockList).value().clean(text);
  EXPECT_EQ(clean.dropped, 2000u);
  EXPECT_EQ(clean.text.find('z'), std::string::npos);
}

}  // namespace
