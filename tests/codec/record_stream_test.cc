#include "codec/record_stream.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "codec/stream_reader.h"

namespace pmx {
namespace {

using Records = std::vector<std::string>;
using nlohmann::json;

constexpr const char* kHead =
    R"({"time":"2026-11-23T04:25:03.123456Z","level":"info","app":"api","instance":0,"pid":17,"stream":"stdout",)";

std::string text_record(const std::string& msg) { return kHead + ("\"msg\":\"" + msg + "\"}"); }

Records records_of(std::string_view bytes, const OutputPolicy& policy = {}) {
  StreamReader reader(policy);
  reader.read(bytes);
  reader.end();
  return reader.records();
}

TEST_CASE("a line is a record with the fields of its stream") {
  CHECK(records_of("listening on 3000\n") == Records{text_record("listening on 3000")});
}

TEST_CASE("stderr has the level error") {
  StreamReader reader({}, Stream::standard_error);
  reader.read("oops\n");
  CHECK(reader.records() ==
        Records{R"({"time":"2026-11-23T04:25:03.123456Z","level":"error","app":"api","instance":0,)"
                R"("pid":17,"stream":"stderr","msg":"oops"})"});
}

TEST_CASE("lines end at a newline, and a carriage return before it is part of the line end") {
  struct Row {
    std::string bytes;
    Records msgs;
  };
  const Row rows[] = {
      {"a\nb\n", {"a", "b"}},
      {"a\r\nb", {"a", "b"}},
      {"\n\n", {"", ""}},
      {"\r\n", {""}},
      {"a\rb\n", {"a\\rb"}},
      {"a\r\r\n", {"a\\r"}},
      {"last\r", {"last\\r"}},
      {"", {}},
      {std::string("nul \0 tab \t bell \a del \x7f\n", 24),
       {"nul \\u0000 tab \\t bell \\u0007 del \x7f"}},
      {"\"quoted\" C:\\dir\n", {R"(\"quoted\" C:\\dir)"}},
      {"안녕\n", {"안녕"}},
      {"bad \xff, cut \xec\x95\n", {"bad \xef\xbf\xbd, cut \xef\xbf\xbd"}},
      {"\x1b[31mred\x1b[0m\n", {"\\u001b[31mred\\u001b[0m"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.bytes);
    Records expected;
    for (const std::string& msg : row.msgs) expected.push_back(text_record(msg));
    CHECK(records_of(row.bytes) == expected);
  }
}

TEST_CASE("a line is a record only when it has ended") {
  StreamReader reader({});
  reader.read("half");
  CHECK(reader.records().empty());
  CHECK_FALSE(reader.is_holding());
  reader.read(" a line\r");
  CHECK(reader.records().empty());
  reader.read("\n");
  CHECK(reader.records() == Records{text_record("half a line")});
}

TEST_CASE("a record has the time at which its line was read to the end") {
  StreamReader reader({});
  reader.read("be");
  reader.now.microseconds += 1'000'000;
  reader.read("gun\n");
  CHECK(json::parse(reader.records().at(0))["time"] == "2026-11-23T04:25:04.123456Z");
}

TEST_CASE("a JSON object gets the fields it lacks before its closing brace") {
  struct Row {
    std::string line;
    std::string record;
  };
  const std::string time = R"("time":"2026-11-23T04:25:03.123456Z")";
  const std::string rest = R"("app":"api","instance":0,"pid":17,"stream":"stdout"})";
  const Row rows[] = {
      {R"({})", "{" + time + R"(,"level":"info",)" + rest},
      {R"({ })", "{ " + time + R"(,"level":"info",)" + rest},
      {R"({"a":1})", R"({"a":1,)" + time + R"(,"level":"info",)" + rest},
      {R"({"level":30,"msg":"m"})", R"({"level":30,"msg":"m",)" + time + "," + rest},
      {"  \t{\"level\":30 }\t", R"({"level":30 ,)" + time + "," + rest},
      {R"({"\u0074im\u0065":0,"LEVEL":1})",
       R"({"\u0074im\u0065":0,"LEVEL":1,"level":"info",)" + rest},
      {R"({"time":1,"level":2,"app":3,"instance":4,"pid":5,"stream":6})",
       R"({"time":1,"level":2,"app":3,"instance":4,"pid":5,"stream":6})"},
      {R"({"a":{"time":1}})", R"({"a":{"time":1},)" + time + R"(,"level":"info",)" + rest},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(records_of(row.line + "\n") == Records{row.record});
  }
}

TEST_CASE("what is not exactly one object is text") {
  for (const std::string line :
       {"[1]", "{} {}", "{\"a\":1", "{\"a\":1,\"\\u0061\":2}", "{\"a\":\"\xff\"}", "x {}", "{},"}) {
    CAPTURE(line);
    CHECK(json::parse(records_of(line + "\n").at(0)).contains("msg"));
  }
}

TEST_CASE("json_lines wrap makes every line text") {
  CHECK(records_of("{\"a\":1}\n", {.json_lines = JsonLines::wrap}) ==
        Records{text_record(R"({\"a\":1})")});
}

TEST_CASE("merged records of different shapes alternate") {
  const Records records = records_of("{\"a\":1}\n{\"pid\":1}\n{}\n{\"a\":2}\n");
  CHECK(json::parse(records.at(0)).size() == 7);
  CHECK(json::parse(records.at(1))["pid"] == 1);
  CHECK(json::parse(records.at(2)).size() == 6);
  CHECK(records.at(3) == "{\"a\":2" + records.at(0).substr(6));
}

// The pieces of all long lines, put together again; whole records stay as they are.
Records joined(const Records& records) {
  Records texts;
  for (const std::string& record : records) {
    const json object = json::parse(record);
    if (!object.contains("partial") || object["partial"]["seq"] == 0) texts.emplace_back();
    texts.back() += object["msg"];
  }
  return texts;
}

TEST_CASE("a line that is too long becomes partial records") {
  const OutputPolicy policy{.max_record = 1'024};
  const std::string line(2'500, 'x');
  const Records records = records_of(line + "\nshort\n", policy);
  REQUIRE(records.size() == 4);
  CHECK(json::parse(records[0])["partial"] == json::parse(R"({"id":1,"seq":0,"last":false})"));
  CHECK(json::parse(records[1])["partial"] == json::parse(R"({"id":1,"seq":1,"last":false})"));
  CHECK(json::parse(records[2])["partial"] == json::parse(R"({"id":1,"seq":2,"last":true})"));
  CHECK(records[0].find("},\"msg\":\"") != std::string::npos);
  CHECK(records[0].size() == 1'024);
  CHECK(joined(records) == Records{line, "short"});
}

TEST_CASE("every length around the maximum is one record or several, none of them empty") {
  const OutputPolicy policy{.max_record = 1'024};
  for (std::size_t size = 800; size < 2'000; ++size) {
    const std::string line(size, 'y');
    const Records records = records_of(line + "\r\n", policy);
    CHECK(joined(records) == Records{line});
    CHECK((records.size() > 1) == (text_record(line).size() > 1'024));
    if (records.size() > 1) {
      CHECK(json::parse(records.back())["partial"]["last"] == true);
      CHECK(json::parse(records.back())["msg"] != "");
    }
  }
}

TEST_CASE("pieces never cut a character or an escape") {
  const OutputPolicy policy{.max_record = 1'024};
  for (const std::string unit : {"한", "😀", "\x01", "\"", "\xff", "a\r"}) {
    for (std::size_t shift = 0; shift < 8; ++shift) {
      std::string line(shift, 'a');
      for (int i = 0; i < 700; ++i) line += unit;
      std::string msg;
      for (const std::string& record : records_of(line, policy)) {
        msg += json::parse(record)["msg"].get<std::string>();
      }
      std::string expected(shift, 'a');
      for (int i = 0; i < 700; ++i) expected += unit == "\xff" ? "\xef\xbf\xbd" : unit;
      CHECK(msg == expected);
    }
  }
}

TEST_CASE("a line of any length needs no more than the promised memory") {
  StreamReader reader({});
  const std::string chunk(5'000, 'z');
  std::size_t records = 0;
  for (int i = 0; i < 1'000; ++i) {
    reader.read(chunk);  // checks what is left
    records += reader.records().size();
  }
  CHECK(records > 300);
}

TEST_CASE("a long JSON line is split as text, and one that is long only as text is not split") {
  const OutputPolicy policy{.max_record = 1'024};
  const std::string too_long = R"({"a":")" + std::string(1'000, 'b') + "\"}";
  CHECK(joined(records_of(too_long + "\n", policy)) == Records{too_long});
  std::string quotes = R"({"a":[)";
  while (quotes.size() < 850) quotes += "\"\",";
  quotes += "0]}";
  const Records records = records_of(quotes + "\n", policy);
  REQUIRE(records.size() == 1);
  CHECK(json::parse(records[0])["a"].is_array());
}

TEST_CASE("an output that is too small takes nothing, an empty one of a record's size does") {
  OwnKeys keys(1'024);
  RecordStream stream({.app = "api"}, {.max_record = 1'024}, keys);
  std::vector<char> out(1'025);
  const std::string line = std::string(3'000, 'x') + "\n";
  CHECK(stream.encode({.bytes = line, .now = {}}, std::span(out).first(1'024)).consumed == 0);
  CHECK(stream.encode({.bytes = line, .now = {}}, out).records == 1);
}

TEST_CASE("strip_ansi removes terminal sequences and nothing else") {
  const OutputPolicy policy{.strip_ansi = true};
  struct Row {
    std::string line;
    std::string msg;
  };
  const Row rows[] = {
      {"\x1b[31mred\x1b[0m", "red"},
      {"\x1b]0;title\atext", "text"},
      {"\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"},
      {"\x1b=\x1b(Bplain", "plain"},
      {"unfinished \x1b[31", "unfinished \\u001b[31"},
      {"lone \x1b", "lone \\u001b"},
      {"한\x1b[1m글", "한글"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(records_of(row.line + "\n", policy) == Records{text_record(row.msg)});
  }
}

TEST_CASE("a terminal sequence that does not end soon is text") {
  const OutputPolicy policy{.strip_ansi = true};
  const std::string title(2'040, 't');
  CHECK(records_of("\x1b]0;" + title + "\a.\n", policy) == Records{text_record(".")});
  const Records records = records_of("\x1b]0;" + title + "12345\a.\n", policy);
  CHECK(records == Records{text_record("\\u001b]0;" + title + "12345\\u0007.")});
}

TEST_CASE("a line that is long only by its terminal sequences streams in pieces, too") {
  const OutputPolicy policy{.max_record = 1'024, .strip_ansi = true};
  std::string line;
  std::string plain;
  for (int i = 0; i < 2'000; ++i) {
    line += "\x1b[3" + std::to_string(i % 8) + "m글";
    plain += "글";
  }
  StreamReader reader(policy);
  for (std::size_t at = 0; at < line.size(); at += 100) reader.read(line.substr(at, 100));
  reader.end();
  CHECK(joined(reader.records()) == Records{plain});
}

TEST_CASE("text format puts the name before each line") {
  const OutputPolicy policy{.format = LogFormat::text};
  CHECK(records_of("one\r\n{\"a\":1}\n\nlast \xff", policy) ==
        Records{"api[0] | one", "api[0] | {\"a\":1}", "api[0] | ", "api[0] | last \xff"});
}

TEST_CASE("text format colours the name the same way each time") {
  const OutputPolicy policy{.format = LogFormat::text, .colour = true};
  const Records records = records_of("a\nb\n", policy);
  CHECK(records.at(0).starts_with("\x1b["));
  CHECK(records.at(0).ends_with("api[0]\x1b[0m | a"));
  CHECK(records.at(1) == records.at(0).substr(0, records.at(0).size() - 1) + "b");
}

TEST_CASE("text format cuts long lines between characters") {
  const OutputPolicy policy{.format = LogFormat::text, .max_record = 1'024};
  std::string line = "x";
  for (int i = 0; i < 1'000; ++i) line += "글";
  std::string all;
  for (const std::string& record : records_of(line + "\n", policy)) {
    CHECK(record.starts_with("api[0] | "));
    const std::string text = record.substr(9);
    CHECK((static_cast<unsigned char>(text[0]) & 0xc0) != 0x80);
    all += text;
  }
  CHECK(all == line);
}

TEST_CASE("an application's name is escaped and the longest fits into the smallest record") {
  const std::string name(kLongestAppName, '\x01');
  OwnKeys keys(kSmallestMaxRecord);
  RecordStream stream({.app = name}, {.max_record = kSmallestMaxRecord}, keys);
  std::vector<char> out(1 << 16);
  const std::string line(3'000, 'x');
  const auto done = stream.encode({.bytes = line, .now = {}, .ended = true}, out);
  CHECK(done.consumed == line.size());
  const std::string first(out.data(), std::string_view(out.data(), done.written).find('\n'));
  CHECK(json::parse(first)["app"] == name);
}

}  // namespace
}  // namespace pmx
