// Any 10 MiB of bytes end within two seconds of CPU time.
#include <gtest/gtest.h>

#include <ctime>

#include "crawler/html/charset.hpp"
#include "crawler/html/scanner.hpp"

namespace trawl::html {
namespace {

std::string flood(std::string_view piece) {
  std::string out;
  while (out.size() < (10U << 20)) out += piece;
  return out;
}

template <class Work>
double cpu_seconds(Work&& work) {
  const std::clock_t begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

TEST(WorstCaseNightly, Scanner) {
  for (const char* piece : {"<", "</", "<!--", "<a ", "<a b='", "<a =", "<script>", "<svg>", "<svg><foreignObject>", "</title>", "<title>", "<style></", "&", "-"}) {
    const std::string page = flood(piece);
    EXPECT_LT(cpu_seconds([&] {
                scanner scan(page);
                for (token t; scan.next(t);) {
                }
              }), 2) << piece;
  }
}

TEST(WorstCaseNightly, EachEncoding) {
  for (const char* piece : {"\xFF", "\x80\xFF", "\x1B$B\x80", "a\xE3\x81"}) {
    const std::string page = flood(piece);
    for (const char* label : {"utf-8", "ibm866", "iso-8859-2", "iso-8859-16", "koi8-u", "macintosh", "windows-874", "windows-1252", "gbk", "gb18030", "big5", "euc-jp", "iso-2022-jp", "shift_jis", "euc-kr", "replacement",
                              "utf-16be", "utf-16le", "x-user-defined", "none-such"}) {
      decoded out;
      EXPECT_LT(cpu_seconds([&] { decode(page, std::string("text/html; charset=") + label, out); }), 2) << label;
    }
  }
}

}  // namespace
}  // namespace trawl::html
