#include "codec/yaml_document.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "codec/json_document.h"

namespace pmx {
namespace {

Node tree(std::string_view text) {
  auto document = parse_yaml_document(text);
  REQUIRE(document);
  return std::move(*document);
}

SyntaxProblem problem(std::string_view text) {
  auto document = parse_yaml_document(text);
  REQUIRE(!document);
  return std::move(document.error());
}

TEST_CASE("a manifest in YAML is the tree that the same in JSON is") {
  const std::string_view yaml =
      "# first\n"
      "apps:\n"
      "  - name: api\n"
      "    script: dist/server.js\n"
      "    instances: 2\n"
      "    autorestart: true\n"
      "    args: [--port, 3000, \"x: y\"]\n"
      "    env: { A: 1.5, B: , 'C': ~ }\n"
      "  - script: |\n"
      "      serve -s\n"
      "      build\n";
  const std::string_view json =
      R"({"apps":[{"name":"api","script":"dist/server.js","instances":2,"autorestart":true,)"
      R"("args":["--port",3000,"x: y"],"env":{"A":1.5,"B":null,"C":null}},)"
      R"({"script":"serve -s\nbuild\n"}]})";
  const auto same = parse_json_document(json);
  REQUIRE(same);
  CHECK(shown(tree(yaml)) == shown(*same));
  CHECK(shown(tree(yaml).find("apps")->value) == shown(same->find("apps")->value));
  CHECK(shown(*tree(json).find("apps")->value.list()->begin()) ==
        shown(*same->find("apps")->value.list()->begin()));
}

TEST_CASE("values keep their place, in bytes") {
  const Node node = tree("\xef\xbb\xbf# größe\nä: ü\n\"ö\" : [1,\r\n  é, x]\n");
  CHECK(node.mark == Mark{2, 1});
  const Node::Member* const first = node.find("ä");
  REQUIRE(first != nullptr);
  CHECK(first->mark == Mark{2, 1});
  CHECK(first->value.mark == Mark{2, 5});
  const Node::Member* const second = node.find("ö");
  REQUIRE(second != nullptr);
  CHECK(second->mark == Mark{3, 1});
  CHECK(second->value.mark == Mark{3, 8});
  const Node::List& list = *second->value.list();
  REQUIRE(list.size() == 3);
  CHECK(list[0].mark == Mark{3, 9});
  CHECK(list[1].mark == Mark{4, 3});
  CHECK(list[2].mark == Mark{4, 7});
}

TEST_CASE("a plain scalar is what the core schema of YAML 1.2 says") {
  struct Row {
    std::string_view written;
    std::string_view shown;
  };
  const Row rows[] = {
      {"null", "null"},
      {"~", "null"},
      {"", "null"},
      {"NULL", "null"},
      {"nUll", "\"nUll\""},
      {"true", "true"},
      {"False", "false"},
      {"yes", "\"yes\""},
      {"no", "\"no\""},
      {"on", "\"on\""},
      {"off", "\"off\""},
      {"y", "\"y\""},
      {"0", "0"},
      {"-12", "-12"},
      {"+12", "12"},
      {"022", "22"},
      {"0o22", "18"},
      {"0xfF", "255"},
      {"0x-1", "\"0x-1\""},
      {"0b1", "\"0b1\""},
      {"1_000", "\"1_000\""},
      {"12e03", "12000"},
      {"-.5", "-0.5"},
      {"1.", "1"},
      {".", "\".\""},
      {"-", "\"-\""},
      {"+", "\"+\""},
      {"--1", "\"--1\""},
      {"+-1", "\"+-1\""},
      {"1e", "\"1e\""},
      {"1.2.3", "\"1.2.3\""},
      {"10:30", "\"10:30\""},
      {"2026-01-01", "\"2026-01-01\""},
      {"1 2", "\"1 2\""},
      {"'true'", "\"true\""},
      {"\"5\"", "\"5\""},
      {"! 5", "\"5\""},
      {"!!str 5", "\"5\""},
      {"!!int '5'", "5"},
      {"!!float 5", "5"},
      {"!!bool 'true'", "true"},
      {"!!null ''", "null"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.written));
    if (row.written == "-") continue;  // a list of nothing
    CHECK(shown(tree("a: " + std::string(row.written) + "\n").find("a")->value) == row.shown);
  }
  CHECK(std::isinf(std::get<double>(tree("-.inf").value)));
  CHECK(std::isnan(std::get<double>(tree(".NaN").value)));
  CHECK(std::get<double>(tree("99999999999999999999").value) == 1e20);
}

TEST_CASE("aliases repeat what has an anchor, at the place where that is written") {
  const Node node = tree("a: &x {b: [1, 2]}\nc: *x\nd: &x 3\ne: *x\n");
  CHECK(shown(node.find("c")->value) == "{\"b\": [1, 2]}");
  CHECK(node.find("c")->value.find("b")->mark == Mark{1, 8});
  CHECK(shown(node.find("e")->value) == "3");
}

TEST_CASE("<< merges maps: what is written in the map wins, then what comes first") {
  const Node node = tree(
      "one: &one {a: 1, b: 1}\n"
      "two: &two {b: 2, c: 2}\n"
      "both: {<<: [*one, *two], c: 3}\n"
      "single:\n  d: 4\n  <<: *two\n  b: 5\n"
      "text: {'<<': *one}\n");
  CHECK(shown(node.find("both")->value) == R"({"c": 3, "a": 1, "b": 1})");
  CHECK(shown(node.find("single")->value) == R"({"d": 4, "b": 5, "c": 2})");
  CHECK(shown(node.find("text")->value) == R"({"<<": {"a": 1, "b": 1}})");
}

TEST_CASE("what is no document is named where it is, with what would be right") {
  struct Row {
    std::string text;
    Mark mark;
    std::string_view rule;
  };
  const Row rows[] = {
      {"", {1, 1}, "has nothing in it"},
      {"# only this\n", {2, 1}, "has nothing in it"},
      {"a: 1\n---\nb: 2\n", {2, 1}, "is a second document"},
      {"a: 1\nb: 2\na: 3\n", {3, 1}, "has the key a once more: it is in line 1 already"},
      {"a: *x\n", {1, 4}, "*x repeats nothing"},
      {"a: &x [*x]\n", {1, 8}, "*x stands inside of what it repeats"},
      {"a: &x 1\n*x : 2\n", {2, 1}, "is an alias in place of a key"},
      {"? [a]\n: 1\n", {1, 3}, "is a list or map in place of a key"},
      {"{? : 1}\n", {1, 4}, "is not YAML: a key is missing before this"},
      {"a: !Ref x\n", {1, 4}, "has a tag that means nothing here: !Ref"},
      {"a: !!int x\n", {1, 4}, "has a tag that means nothing here: tag:yaml.org,2002:int"},
      {"a: !!set {}\n", {1, 4}, "has a tag that means nothing here: tag:yaml.org,2002:set"},
      {"a: {<<: 1}\n", {1, 9}, "is no map that << could merge"},
      {"a: 1\n\tb: 2\n", {2, 1}, "is not YAML: found a tab character that violates indentation"},
      {"a: b: c\n", {1, 5}, "is not YAML: mapping values are not allowed in this context"},
      {"ä:\n  b: 1\n c: 2\n", {3, 2}, "is not YAML: did not find expected key"},
      {"a: \"x\n", {2, 1}, "is not YAML: found unexpected end of stream"},
      {"a: \"\\q\"\n", {1, 5}, "is not YAML: found unknown escape character"},
      {"a: [1, 2\nb: 3\n", {2, 2}, "is not YAML: did not find expected ',' or ']'"},
      {"a: x\n\xff\xfe\n", {2, 1}, "is not YAML: invalid leading UTF-8 octet"},
      {std::string(81, '['), {1, 81}, "is nested deeper than 80 levels"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const SyntaxProblem found = problem(row.text);
    CHECK(found.mark == row.mark);
    CHECK(found.rule == row.rule);
  }
}

TEST_CASE("aliases of aliases cannot fill the memory") {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int n = 0; n < 8; ++n) laughs += ", " + last;
    laughs += "]\n";
  }
  CHECK(problem(laughs).rule == "makes too much of this file: more than 4 MiB of repetitions");

  std::string deep = "a0: &a0 [[[[[[[[[[[]]]]]]]]]]]\n";
  for (int i = 1; i < 9; ++i) {
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [[[[[[[[[[*a" +
            std::to_string(i - 1) + "]]]]]]]]]]\n";
  }
  CHECK(problem(deep).rule == "is nested deeper than 80 levels");
}

}  // namespace
}  // namespace pmx
