#include "codec/multiline.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codec/stream_reader.h"

namespace pmx {
namespace {

using Texts = std::vector<std::string>;

// The messages of the records written so far.
Texts texts(StreamReader& reader) {
  Texts result;
  for (const std::string& record : reader.records()) {
    result.push_back(nlohmann::json::parse(record)["msg"]);
  }
  return result;
}

Texts texts_of(std::string_view bytes, Multiline mode) {
  StreamReader reader({.multiline_stdout = mode});
  reader.read(bytes);
  reader.end();
  return texts(reader);
}

struct NodeError {
  std::string name;
  std::string printed;  // as Node wrote it to stderr
  Texts expected;       // the error; before it the empty line with which Node begins some
};

// What real versions of Node printed (the programs were one or two lines long).
const std::vector<NodeError>& node_errors() {
  static const std::vector<NodeError> errors = [] {
    std::vector<NodeError> all;
    for (const auto& entry : std::filesystem::directory_iterator("tests/fixtures/node-errors")) {
      std::ifstream file(entry.path(), std::ios::binary);
      NodeError error{entry.path().filename(), {std::istreambuf_iterator<char>(file), {}}, {}};
      std::string text = error.printed.substr(0, error.printed.size() - 1);
      if (text.starts_with('\n')) {
        error.expected.emplace_back();
        text.erase(0, 1);
      }
      error.expected.push_back(text);
      all.push_back(error);
    }
    return all;
  }();
  return errors;
}

TEST_CASE("what Node prints for an error is one record") {
  CHECK(node_errors().size() > 70);
  for (const NodeError& error : node_errors()) {
    CAPTURE(error.name);
    CHECK(texts_of(error.printed, Multiline::node) == error.expected);
  }
}

TEST_CASE("an error is one record wherever its lines were cut by a read") {
  for (const NodeError& error : node_errors()) {
    CAPTURE(error.name);
    StreamReader reader({.multiline_stdout = Multiline::node});
    for (const char byte : error.printed) reader.read({&byte, 1});
    reader.end();
    CHECK(texts(reader) == error.expected);
  }
}

TEST_CASE("ordinary lines around an error stay what they are") {
  for (const NodeError& error : node_errors()) {
    CAPTURE(error.name);
    Texts expected = {"before", "  indented"};
    expected.insert(expected.end(), error.expected.begin(), error.expected.end());
    expected.insert(expected.end(), {"after", "", "later"});
    // An error whose end does not show takes up to where another line cannot belong to it.
    CHECK(texts_of("before\n  indented\n" + error.printed + "after\n\nlater\n", Multiline::node) ==
          expected);
  }
}

TEST_CASE("the form of an uncaught error is released by its last line") {
  StreamReader reader({.multiline_stdout = Multiline::node});
  reader.read("/srv/a.js:1\nthrow x\n^\n\nError: x\n    at /srv/a.js:1:1\n\n");
  CHECK(reader.is_holding());
  CHECK(reader.records().empty());
  reader.read("Node.js v22.1.0\n");
  CHECK_FALSE(reader.is_holding());
  CHECK(reader.records().size() == 1);
}

TEST_CASE("line ends within a block are newlines, however they were written") {
  CHECK(texts_of("Error: x\r\n    at a\r\n", Multiline::node) == Texts{"Error: x\n    at a"});
}

TEST_CASE("a form that breaks before its caret is separate lines") {
  CHECK(
      texts_of("listening on http://localhost:3000\nhost:3000\nready\nstill\n", Multiline::node) ==
      Texts{"listening on http://localhost:3000", "host:3000", "ready", "still"});
  CHECK(texts_of("a.js:3\nError: x\n    at y\n", Multiline::node) ==
        Texts{"a.js:3", "Error: x\n    at y"});
}

TEST_CASE("an error without a stack does not take the lines behind it") {
  CHECK(texts_of("Error: refused\nretrying\nconnected\n", Multiline::node) ==
        Texts{"Error: refused", "retrying", "connected"});
  CHECK(texts_of("Error: refused\nError: refused\n    at x\nok\n", Multiline::node) ==
        Texts{"Error: refused", "Error: refused\n    at x", "ok"});
}

TEST_CASE("an error's message has at most 64 lines more before its stack") {
  const auto error = [](int lines) {
    std::string text = "Error: first";
    for (int i = 0; i < lines; ++i) text += "\nmore";
    return text;
  };
  CHECK(texts_of(error(64) + "\n    at x\n", Multiline::node) == Texts{error(64) + "\n    at x"});
  const Texts separate = texts_of(error(65) + "\n    at x\n", Multiline::node);
  CHECK(separate.size() == 67);
  CHECK(separate.front() == "Error: first");
}

TEST_CASE("a line that cannot begin a block is never held") {
  StreamReader reader({.multiline_stdout = Multiline::node});
  for (const std::string line :
       {"GET / 200", "at last", "    at home", "}", "Errors: 0", "[Error]: x", "app [Error] x",
        "(node:x) Warning: x", "(node:1)", "12:30"}) {
    CAPTURE(line);
    reader.read(line + "\n");
    // "12:30" could be the place of an error.
    CHECK(reader.is_holding() == (line == "12:30"));
  }
}

TEST_CASE("a warning without a stack is one record, and released by what Node says of it") {
  StreamReader reader({.multiline_stdout = Multiline::node});
  reader.read("(node:17) Warning: careful\n");
  CHECK(reader.is_holding());
  reader.read("(Use `node --trace-warnings ...` to show where the warning was created)\n");
  CHECK_FALSE(reader.is_holding());
  CHECK(texts(reader) ==
        Texts{"(node:17) Warning: careful",
              "(Use `node --trace-warnings ...` to show where the warning was created)"});
}

TEST_CASE("a JSON line with an error in it is not held") {
  StreamReader reader({.multiline_stdout = Multiline::node});
  reader.read("{\"msg\":\"Error: x\"}\n");
  CHECK_FALSE(reader.is_holding());
  CHECK(reader.records().size() == 1);
}

TEST_CASE("release writes a block as far as it is there") {
  StreamReader reader({.multiline_stdout = Multiline::node});
  reader.read("Error: x\n    at a\n    at b");
  CHECK(reader.is_holding());
  reader.release();
  CHECK(texts(reader) == Texts{"Error: x\n    at a"});
  reader.read("\nok\n");
  CHECK(texts(reader) == Texts{"    at b", "ok"});
}

TEST_CASE("a block has the time at which its first line was read") {
  StreamReader reader({.multiline_stdout = Multiline::node});
  reader.read("plain\nError: x\n");
  reader.now.microseconds += 1'000'000;
  reader.read("    at a\n");
  reader.now.microseconds += 1'000'000;
  reader.read("    at b\nplain\n");
  Texts times;
  for (const std::string& record : reader.records()) {
    times.push_back(nlohmann::json::parse(record)["time"].get<std::string>().substr(11, 8));
  }
  CHECK(times == Texts{"04:25:03", "04:25:03", "04:25:05"});
}

TEST_CASE("lines that were held and do not belong together have the times of their own reads") {
  StreamReader reader({.multiline_stdout = Multiline::node});
  const auto read = [&](std::string_view bytes) {
    reader.read(bytes);
    reader.now.microseconds += 1'000'000;
  };
  read("Error: x\n");
  read("one\ntwo\n");
  read("three\nhalf of");
  read(" a line\n");
  reader.release();
  read("plain\n");
  std::string found;
  for (const std::string& record : reader.records()) {
    const auto object = nlohmann::json::parse(record);
    found += object["time"].get<std::string>().substr(17, 2) + " " +
             object["msg"].get<std::string>() + "\n";
  }
  CHECK(found == "03 Error: x\n04 one\n04 two\n05 three\n06 half of a line\n07 plain\n");
}

TEST_CASE("each of a message's lines has its own time, however many there were") {
  StreamReader reader({.multiline_stdout = Multiline::node});
  const auto first = reader.now;
  reader.read("Error: x\n");
  for (int i = 0; i < 100; ++i) {
    reader.now.microseconds += 1'000'000;
    reader.read("line\n");
  }
  reader.release();
  const auto records = reader.records();
  REQUIRE(records.size() == 101);
  CHECK(nlohmann::json::parse(records[70])["time"].get<std::string>().substr(14, 5) == "26:13");
  CHECK(first.microseconds + 100'000'000 == reader.now.microseconds);
}

TEST_CASE("indent joins indented lines to the one before") {
  CHECK(texts_of("a\n  b\n\tc\nd\n\n e\n", Multiline::indent) == Texts{"a\n  b\n\tc", "d", "\n e"});
}

TEST_CASE("off joins nothing") {
  CHECK(texts_of("Error: x\n    at a\n", Multiline::off) == Texts{"Error: x", "    at a"});
}

TEST_CASE("a block that is too long becomes several records of whole lines") {
  std::string printed = "Error: x\n";
  for (int i = 0; i < 100; ++i) printed += "    at frame" + std::to_string(i) + " \"quoted\"\n";
  printed += "after\n";
  StreamReader reader({.multiline_stdout = Multiline::node, .max_record = 1'024});
  reader.read(printed);
  reader.end();
  std::string all;
  const Texts records = texts(reader);
  for (const std::string& text : records) all += text + "\n";
  CHECK(all == printed);
  CHECK(records.size() < 10);
  CHECK(records.back() == "after");
}

TEST_CASE("a line of a block that is too long by itself is split as a line") {
  const std::string source(5'000, 's');
  StreamReader reader({.multiline_stdout = Multiline::node, .max_record = 1'024});
  reader.read("/srv/bundle.js:1\n" + source + "\n^\n\nError: x\n    at a\n\nNode.js v22.0.0\n");
  reader.end();
  const Texts records = texts(reader);
  CHECK(records.front() == "/srv/bundle.js:1");
  CHECK(records.size() > 7);
  CHECK(records.back() == "Node.js v22.0.0");
}

}  // namespace
}  // namespace pmx
