#include "codec/json_document.h"

#include <doctest/doctest.h>

#include <string>

namespace pmx {
namespace {

TEST_CASE("values keep their place, comments and all") {
  const auto document = parse_json_document(
      "\xef\xbb\xbf// first\n{ \"a\": 1, /* two */ \"b\":\n  [true, \"x\", 2.5, null] }");
  REQUIRE(document);
  CHECK(document->mark == Mark{2, 1});
  const auto* a = document->find("a");
  REQUIRE(a != nullptr);
  CHECK(a->mark == Mark{2, 3});
  CHECK(a->value.mark == Mark{2, 8});
  CHECK(std::get<std::int64_t>(a->value.value) == 1);
  const auto* list = document->find("b")->value.list();
  REQUIRE(list != nullptr);
  REQUIRE(list->size() == 4);
  CHECK((*list)[0].mark == Mark{3, 4});
  CHECK((*list)[1].mark == Mark{3, 10});
  CHECK(*(*list)[1].text() == "x");
  CHECK((*list)[2].mark == Mark{3, 15});
  CHECK((*list)[3].is_null());
}

TEST_CASE("a comment may stand directly behind a number") {
  const auto document = parse_json_document("[1/* one */, 2]");
  REQUIRE(document);
  CHECK((*document->list())[1].mark == Mark{1, 14});
}

TEST_CASE("of two members with one key the last is found") {
  const auto document = parse_json_document(R"({"a":1,"a":2})");
  REQUIRE(document);
  CHECK(std::get<std::int64_t>(document->find("a")->value.value) == 2);
  CHECK(document->find("b") == nullptr);
}

TEST_CASE("what is no JSON is named where it is") {
  struct Row {
    std::string text;
    Mark mark;
    std::string_view rule;
  };
  const Row rows[] = {
      {"{\"a\": 1,\n}", {1, 8}, "is not JSON: nothing follows this comma"},
      {"{\"a\":", {1, 6}, "is not JSON: the text ends before its value does"},
      {"", {1, 1}, "is not JSON: the text ends before its value does"},
      {"{\n  a: 1}", {2, 3}, "is not JSON"},
      {"[1, ]", {1, 3}, "is not JSON: nothing follows this comma"},
      {"{,}", {1, 2}, "is not JSON: unexpected ','; expected string literal"},
      {"{\"a\" 1}", {1, 6}, "is not JSON: unexpected number literal; expected ':'"},
      {"[1 2]", {1, 4}, "is not JSON: unexpected number literal; expected ']'"},
      {"{\"a\": 1} // x\n x", {2, 2}, "is not JSON: invalid literal; expected end of input"},
      {"{\"a\": tru}", {1, 7}, "is not JSON: invalid literal"},
      {"{\"a\": \"x", {1, 7}, "is not JSON: invalid string: missing closing quote"},
      {std::string(81, '['), {1, 81}, "is nested deeper than 80 levels"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto document = parse_json_document(row.text);
    REQUIRE(!document);
    CHECK(document.error().mark == row.mark);
    CHECK(document.error().rule.starts_with(row.rule));
  }
}

TEST_CASE("what is mostly meant is suggested") {
  struct Row {
    std::string_view text;
    std::string_view suggestion;
  };
  const Row rows[] = {
      {"{\"a\": {\n\"b\": [1,\n", "close the [ of line 2 with ]"},
      {"{\n\"a\": [1}", "close the [ of line 2 with ]"},
      {"{a: 1}", "keys are in double quotes"},
      {"{\"a\": 'x'}", "texts are in double quotes"},
      {"{\"a\": 1\n\"b\": 2}", "is a comma missing before it?"},
      {"[\"a\" \"b\"]", "is a comma missing before it?"},
      {"# x\n{}", "comments are // or /* */"},
      {"module.exports = {}", "JavaScript is read from files named like ecosystem.config.js"},
      {"[True]", "write true, false or null"},
      {"{} {}", "there is one value in a file"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto document = parse_json_document(row.text);
    REQUIRE(!document);
    CHECK(document.error().suggestion == row.suggestion);
  }
}

}  // namespace
}  // namespace pmx
