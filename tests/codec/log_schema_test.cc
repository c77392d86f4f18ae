#include "codec/log_schema.h"

#include <doctest/doctest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "codec/event_record.h"
#include "codec/stream_reader.h"

namespace pmx {
namespace {

using nlohmann::json;

OutputPolicy in(LogSchema schema) {
  OutputPolicy policy;
  policy.schema = schema;
  return policy;
}

std::string record_of(LogSchema schema, std::string_view line,
                      Stream stream = Stream::standard_output) {
  StreamReader reader(in(schema), stream);
  reader.read(line);
  reader.end();
  const auto records = reader.records();
  REQUIRE(records.size() == 1);
  return records.front();
}

std::string event_in(LogSchema schema, const EventRecord& record) {
  std::string out(2'048, '?');
  out.resize(write_json_event(record, in(schema), out));
  return out;
}

TEST_CASE("a line of text has the fields that its schema promises") {
  CHECK(record_of(LogSchema::ecs, "hi \"there\"\n") ==
        R"({"@timestamp":"2026-11-23T04:25:03.123456Z","log.level":"info","ecs.version":"8.11.0",)"
        R"("service.name":"api","service.node.name":"0","process.pid":17,"stream":"stdout",)"
        R"("message":"hi \"there\""})");
  CHECK(record_of(LogSchema::gcp, "hi\n") ==
        R"({"time":"2026-11-23T04:25:03.123456Z","severity":"INFO",)"
        R"("logging.googleapis.com/labels":{"app":"api","instance":"0","pid":"17",)"
        R"("stream":"stdout"},"message":"hi"})");
  CHECK(record_of(LogSchema::pm2, "hi\n") ==
        R"({"timestamp":"2026-11-23T04:25:03.123456Z","type":"out","process_id":0,)"
        R"("app_name":"api","message":"hi"})");
}

TEST_CASE("a line of stderr is an error in each schema") {
  const auto parsed = [](LogSchema schema) {
    return json::parse(record_of(schema, "oops\n", Stream::standard_error));
  };
  CHECK(parsed(LogSchema::ecs)["log.level"] == "error");
  CHECK(parsed(LogSchema::gcp)["severity"] == "ERROR");
  CHECK(parsed(LogSchema::pm2)["type"] == "err");
}

TEST_CASE("a long line has its pieces marked in each schema") {
  for (const auto& [name, schema] : kLogSchemas) {
    CAPTURE(name);
    StreamReader reader(in(schema));
    reader.read(std::string(20'000, 'x') + "\n");
    std::string text;
    for (const std::string& record : reader.records()) {
      const auto object = json::parse(record);
      CHECK(object["partial"]["id"] == 1);
      text += object[schema == LogSchema::pmx ? "msg" : "message"].get<std::string>();
    }
    CHECK(text == std::string(20'000, 'x'));
  }
}

TEST_CASE("a name that is as long as can be leaves room for the text") {
  const std::string name(kLongestAppName, '\x01');
  for (const auto& [word, schema] : kLogSchemas) {
    CAPTURE(word);
    OutputPolicy policy = in(schema);
    policy.max_record = kSmallestMaxRecord;
    OwnKeys keys(policy.max_record);
    RecordStream stream({.app = name,
                         .instance = ~0U,
                         .pid = Pid{4'194'304},
                         .stream = Stream::standard_error,
                         .id = ~0U},
                        policy, keys);
    std::string out(8'000, '?');
    const std::string line(1'100, 'x');
    const auto done = stream.encode({.bytes = line, .now = {}, .ended = true}, out);
    CHECK(done.consumed > 0);
    CHECK(json::accept(out.substr(0, out.find('\n'))));
  }
}

TEST_CASE("time, level and text of a JSON line become the schema's") {
  struct Row {
    LogSchema schema;
    std::string line;
    std::string begin;  // of the record: then come the fields that the line lacks
  };
  using enum LogSchema;
  const Row rows[] = {
      // pino
      {ecs, R"({"level":30,"time":1795407903123,"pid":7,"msg":"hi"})",
       R"({"log.level":"info","@timestamp":"2026-11-23T04:25:03.123000Z","pid":7,"message":"hi",)"},
      {gcp, R"({"level":60,"time":1795407903123,"msg":"hi"})",
       R"({"severity":"CRITICAL","time":"2026-11-23T04:25:03.123000Z","message":"hi",)"},
      {pm2, R"({"level":20,"time":1795407903123,"msg":"hi"})",
       R"({"level":"debug","timestamp":"2026-11-23T04:25:03.123000Z","message":"hi",)"},
      {gcp, R"({"level":35})", R"({"severity":"INFO",)"},
      // winston, with white space kept outside of what is mapped
      {gcp, R"({ "level" : "warn", "message" : "hi" , "timestamp":"2026-11-23T05:25:03.1+01:00"})",
       R"({ "severity":"WARNING", "message":"hi" , "time":"2026-11-23T05:25:03.1+01:00",)"},
      {ecs, R"({"level":"WARNING"})", R"({"log.level":"warn",)"},
      {ecs, R"({"level":"silly"})", R"({"log.level":"trace",)"},
      // the schema's own keys win, wherever they stand
      {gcp, R"({"level":30,"severity":"ERROR"})", R"({"level":30,"severity":"ERROR",)"},
      {ecs, R"({"msg":"a","message":"b"})", R"({"msg":"a","message":"b",)"},
      {pm2, R"({"time":1795407903,"timestamp":"2026-11-23T04:25:03Z"})",
       R"({"time":1795407903,"timestamp":"2026-11-23T04:25:03Z",)"},
      // of others the first that is one
      {ecs, R"({"time":"noon","timestamp":1795407903})",
       R"({"time":"noon","@timestamp":"2026-11-23T04:25:03.000000Z",)"},
      {gcp, R"({"msg":"a","message":"b"})", R"({"msg":"a","message":"b",)"},
      // what is neither a time nor a level stays
      {ecs, R"({"time":12,"level":3,"severity":null})", R"({"time":12,"level":3,"severity":null,)"},
      {gcp, R"({"level":"blue","time":"12:00:00"})", R"({"level":"blue","time":"12:00:00",)"},
      {ecs, R"({"level":"blue"})", R"({"log.level":"blue",)"},
      // a text is a text
      {ecs, R"({"msg":{"a":["b",1]}})", R"({"message":"{\"a\":[\"b\",1]}",)"},
      {pm2, R"({"message":42})", R"({"message":"42",)"},
      // keys are compared unescaped; nested ones are not meant
      {ecs, R"({"m\u0073g":"a","x":{"time":1,"level":30}})",
       R"({"message":"a","x":{"time":1,"level":30},)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const std::string record = record_of(row.schema, row.line + "\n");
    CHECK(record.substr(0, row.begin.size()) == row.begin);
    CHECK(json::accept(record));
  }
}

TEST_CASE("what a JSON line lacks of its schema is added") {
  CHECK(record_of(LogSchema::pm2, R"({"a":1})"
                                  "\n") ==
        R"({"a":1,"timestamp":"2026-11-23T04:25:03.123456Z","type":"out","process_id":0,)"
        R"("app_name":"api"})");
  CHECK(record_of(LogSchema::gcp, "{}\n") ==
        R"({"time":"2026-11-23T04:25:03.123456Z","severity":"INFO",)"
        R"("logging.googleapis.com/labels":{"app":"api","instance":"0","pid":"17",)"
        R"("stream":"stdout"}})");
}

TEST_CASE("in ECS an object stands for the fields that belong into it") {
  const std::string line =
      R"({"log":{"logger":"a"},"level":"warn","service":"b","process":{"pid":7},"ecs":{}})";
  CHECK(record_of(LogSchema::ecs, line + "\n") ==
        line.substr(0, line.size() - 1) +
            R"(,"@timestamp":"2026-11-23T04:25:03.123456Z","stream":"stdout"})");
}

TEST_CASE("an object that becomes too long with its new keys is text") {
  OutputPolicy policy = in(LogSchema::ecs);
  policy.max_record = kSmallestMaxRecord;
  StreamReader reader(policy);
  reader.read("{\"time\":1795407903,\"x\":\"" + std::string(900, 'x') + "\"}\n");
  const auto records = reader.records();
  REQUIRE(records.size() == 2);
  CHECK(json::parse(records[0]).contains("partial"));
}

TEST_CASE("an event has the fields of its schema") {
  const std::array fields{EventField{"code", std::int64_t{1}}, EventField{"signal", nullptr}};
  const EventRecord exited{.time = WallTime{1'795'407'904'000'123},
                           .level = Level::error,
                           .subject = EventSubject{"api", 1, Pid{17}, 4},
                           .event = "exited",
                           .fields = fields,
                           .message = "exited with code 1"};
  CHECK(event_in(LogSchema::ecs, exited) ==
        R"({"@timestamp":"2026-11-23T04:25:04.000123Z","log.level":"error","ecs.version":"8.11.0",)"
        R"("service.name":"api","service.node.name":"1","process.pid":17,"event.action":"exited",)"
        R"("process.exit_code":1,"pmx.signal":null,"message":"exited with code 1"})"
        "\n");
  CHECK(event_in(LogSchema::gcp, exited) ==
        R"({"time":"2026-11-23T04:25:04.000123Z","severity":"ERROR",)"
        R"("logging.googleapis.com/labels":{"app":"api","instance":"1","pid":"17"},)"
        R"("event":"exited","code":1,"signal":null,"message":"exited with code 1"})"
        "\n");
  CHECK(event_in(LogSchema::pm2, exited) ==
        R"({"timestamp":"2026-11-23T04:25:04.000123Z","type":"process_event","process_id":4,)"
        R"("app_name":"api","level":"error","status":"exit","code":1,"signal":null,)"
        R"("message":"exited with code 1"})"
        "\n");
}

TEST_CASE("an event about no app names none") {
  const EventRecord dropped{.time = {},
                            .level = Level::warn,
                            .subject = {},
                            .event = "dropped",
                            .fields = {},
                            .message = "m"};
  CHECK(event_in(LogSchema::ecs, dropped) ==
        R"({"@timestamp":"1970-01-01T00:00:00.000000Z","log.level":"warn","ecs.version":"8.11.0",)"
        R"("event.action":"dropped","message":"m"})"
        "\n");
  CHECK(event_in(LogSchema::gcp, dropped) ==
        R"({"time":"1970-01-01T00:00:00.000000Z","severity":"WARNING","event":"dropped",)"
        R"("message":"m"})"
        "\n");
  CHECK(event_in(LogSchema::pm2, dropped) ==
        R"({"timestamp":"1970-01-01T00:00:00.000000Z","type":"PM2","level":"warn",)"
        R"("status":"dropped","message":"m"})"
        "\n");
}

}  // namespace
}  // namespace pmx
