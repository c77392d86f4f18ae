#include "codec/json_object.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "support/own_keys.h"
#include "support/random_seed.h"

namespace pmx {
namespace {

std::optional<JsonObject> read(std::string_view line) {
  OwnKeys seen(line.size());
  return read_json_object(line, seen);
}

TEST_CASE("what may be an object begins with a brace in the first line") {
  CHECK(may_be_json_object("{"));
  CHECK(may_be_json_object(" \t\r{ no more than that"));
  CHECK_FALSE(may_be_json_object(""));
  CHECK_FALSE(may_be_json_object("  "));
  CHECK_FALSE(may_be_json_object("x{"));
  CHECK_FALSE(
      may_be_json_object(" \n{"));  // or empty lines would be looked through again and again
}

TEST_CASE("strict JSON objects are recognised") {
  for (const std::string_view line :
       {R"({})", R"( { } )", R"({"a":[]})", R"({"a":[{},[],"",0,-0,1.5e+3,2E-2,true,false,null]})",
        R"({"":""})", R"({"a":"\"\\\/\b\f\n\r\t\u00e9"})", R"({"a":"é😀"})", R"({"a":{"a":1}})",
        R"({"pair":"\ud83d\uDE00"})", "{\"a\"\r:\t1}"}) {
    CAPTURE(line);
    CHECK(read(line));
  }
}

TEST_CASE("anything else is not") {
  for (const std::string_view line : {"",
                                      " ",
                                      "[]",
                                      "\"{}\"",
                                      "{",
                                      "}",
                                      "{}{}",
                                      "{} x",
                                      "x {}",
                                      "{]",
                                      "[}",
                                      R"({"a"})",
                                      R"({"a":})",
                                      R"({"a":1,})",
                                      R"({,"a":1})",
                                      R"({a:1})",
                                      R"({'a':1})",
                                      R"({"a":1 "b":2})",
                                      R"({"a":01})",
                                      R"({"a":-})",
                                      R"({"a":1.})",
                                      R"({"a":.5})",
                                      R"({"a":1e})",
                                      R"({"a":+1})",
                                      R"({"a":tru})",
                                      R"({"a":True})",
                                      R"({"a":nul})",
                                      R"({"a":NaN})",
                                      R"({"a":"\x"})",
                                      R"({"a":"\u12"})",
                                      R"({"a":"\u12g4"})",
                                      R"({"a":"b)",
                                      R"({"a":"b\"})",
                                      "{\"a\":\"\t\"}",
                                      R"({"a":[1,]})",
                                      R"({"a":[1})",
                                      R"({"a":{]})",
                                      R"({"a":1}})",
                                      "\xef\xbb\xbf{}",
                                      "{\"a\":\"\xff\"}",
                                      "{\"a\":\"\xed\xa0\x80\"}",
                                      "{\"a\":1\v}",
                                      R"({"a":"\ud800"})",
                                      R"({"a":"\ud800 "})",
                                      R"({"a":"\udc00"})",
                                      R"({"a":"\ud800\ud800"})",
                                      R"({"a":"\udc00\udc00"})",
                                      R"({"a":"\ud800\n"})",
                                      R"({"\udfff":1})",
                                      R"({"a":"\ud83d\ude0"})"}) {
    CAPTURE(line);
    CHECK_FALSE(read(line));
  }
}

TEST_CASE("nesting up to 64 levels is an object, one more is not") {
  const auto nested = [](int levels) {
    std::string line;
    for (int i = 1; i < levels; ++i) line += i % 2 != 0 ? "{\"a\":" : "[";
    line += "{}";
    for (int i = levels - 1; i > 0; --i) line += i % 2 != 0 ? "}" : "]";
    return line;
  };
  CHECK(read(nested(63)));
  CHECK(read(nested(65 - 2)));
  CHECK(read("{\"a\":" + std::string(63, '[') + std::string(63, ']') + "}"));
  CHECK_FALSE(read("{\"a\":" + std::string(64, '[') + std::string(64, ']') + "}"));
}

TEST_CASE("our fields are found among the top-level keys, however they are escaped") {
  CHECK(read(R"({"time":1,"stream":2})")->has ==
        (only(RecordField::time) | only(RecordField::stream)));
  CHECK(read(R"({"\u0061\u0070\u0070":1})")->has == only(RecordField::app));
  CHECK(read(R"({"\u0069\u006E\u0073\u0074\u0061\u006e\u0063\u0065":1})")->has ==
        only(RecordField::instance));
  CHECK(read(R"({"a":{"pid":1},"Level":2,"times":3,"leve":4})")->has == 0);
}

TEST_CASE("a top-level key that comes twice makes it text, a nested one does not") {
  CHECK_FALSE(read(R"({"a":1,"b":2,"a":3})"));
  CHECK_FALSE(read(R"({"a":1,"\u0061":3})"));
  CHECK_FALSE(read(R"({"😀":1,"\ud83d\uDE00":3})"));
  CHECK_FALSE(read(R"({"\/":1,"/":3})"));
  CHECK(read(R"({"a":{"b":1,"b":2}})"));
  CHECK(read(R"({"a":1,"A":2,"a ":3,"":4})"));
}

TEST_CASE("of many keys, too, one that comes twice is found") {
  for (const int count : {31, 32, 33, 34, 1'000, 20'000}) {
    CAPTURE(count);
    std::string line = "{";
    for (int i = 0; i < count; ++i) line += "\"key" + std::to_string(i) + "\":" + "0,";
    CHECK(read(line + "\"last\":0}"));
    CHECK_FALSE(read(line + "\"key0\":0}"));
    CHECK_FALSE(read(line + "\"\\u006bey" + std::to_string(count - 1) + "\":0}"));
  }
}

// What an object before has taught must not change what the next one is.
TEST_CASE("an object is the same object whatever came before it") {
  std::mt19937 random(random_seed());
  const auto pick = [&random](std::size_t below) { return random() % below; };
  const std::vector<std::string> keys = {"a",
                                         "b",
                                         "time",
                                         "pid",
                                         "level",
                                         "instance",
                                         "app",
                                         "\\u0061",
                                         "fourteen-bytes",
                                         "fifteen-bytes!",
                                         "이름",
                                         "",
                                         "a\":1,\"b",
                                         "\xff",
                                         "stream"};
  const std::vector<std::string> values = {"1",        "-0.5e3", "\"\"",
                                           "\"a\\n\"", "null",   "{\"a\":[1,{}]}"};
  const std::vector<std::string> colons = {":", ":", ":", " :", ": ", "="};
  std::vector<std::string> order;
  OwnKeys shared(1 << 12);
  std::size_t objects = 0;
  std::size_t others = 0;
  for (int i = 0; i < 20'000; ++i) {
    // Mostly the keys of the line before, with a change somewhere.
    if (order.empty() || pick(8) == 0) {
      order.clear();
      for (std::size_t left = pick(pick(8) == 0 ? 40 : 7); left > 0; --left) {
        order.push_back(pick(6) == 0 ? "k" + std::to_string(left) : keys[pick(keys.size())]);
      }
    } else if (pick(3) == 0) {
      order[pick(order.size())] = keys[pick(keys.size())];
    } else if (pick(6) == 0) {
      order.resize(pick(order.size() + 1));
    }
    std::string line = "{";
    for (const std::string& key : order) {
      if (line.size() > 1) line += ',';
      line += '"' + key + '"' + colons[pick(pick(8) == 0 ? colons.size() : 3)] +
              values[pick(values.size())];
    }
    line += '}';
    CAPTURE(line);
    const auto alone = read(line);
    const auto after_others = read_json_object(line, shared);
    REQUIRE(alone.has_value() == after_others.has_value());
    ++(alone ? objects : others);
    if (!alone) continue;
    CHECK(alone->has == after_others->has);
    CHECK(alone->empty == after_others->empty);
  }
  CHECK(objects > 2'000);
  CHECK(others > 2'000);
}

// The text is looked at in blocks of sixty-four bytes.
TEST_CASE("a string ends where it ends, wherever it stands") {
  for (std::size_t before = 0; before < 70; ++before) {
    for (std::size_t size = 0; size < 70; ++size) {
      const std::string begin =
          "{" + std::string(before, ' ') + "\"k\":\"" + std::string(size, 'x');
      CHECK(read(begin + "\"}"));
      CHECK(read(begin + "\\\"\"}"));
      CHECK_FALSE(read(begin + "}"));
      CHECK_FALSE(read(begin + "\\\"}"));
      CHECK_FALSE(read(begin + "\t\"}"));
      CHECK_FALSE(read(begin + "\"\"}"));
      CHECK_FALSE(read(begin + "\x80\"}"));
    }
  }
}

}  // namespace
}  // namespace pmx
