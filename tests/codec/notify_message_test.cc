#include "codec/notify_message.h"

#include <doctest/doctest.h>

namespace pmx {
namespace {

TEST_CASE("a datagram says several things, one a line") {
  const NotifyMessage message =
      parse_notify_message("READY=1\nSTATUS=serves a=b, c\nWATCHDOG=1\nMAINPID=17\n");
  CHECK(message.is_ready);
  CHECK(message.feeds_watchdog);
  CHECK(!message.is_stopping);
  CHECK(!message.triggers_watchdog);
  CHECK(message.status == "serves a=b, c");
  CHECK(message.main_process == "17");
}

TEST_CASE("the last line needs no end, and an empty status is one") {
  CHECK(parse_notify_message("STOPPING=1").is_stopping);
  CHECK(parse_notify_message("WATCHDOG=trigger").triggers_watchdog);
  CHECK(parse_notify_message("STATUS=").status == "");
}

TEST_CASE("what is not understood says nothing") {
  for (const std::string_view text :
       {"",          "\n\n",        "=",           "=1",           "READY",
        "READY=",    "READY=0",     "READY=11",    "ready=1",      " READY=1",
        "READY =1",  "READY=1 ",    "READY=1\r\n", "STOPPING=yes", "WATCHDOG=0",
        "WATCHDOG=", "RELOADING=1", "ERRNO=2",     "FDSTORE=1",    "X=READY=1"}) {
    CAPTURE(text);
    const NotifyMessage message = parse_notify_message(text);
    CHECK(!message.is_ready);
    CHECK(!message.is_stopping);
    CHECK(!message.feeds_watchdog);
    CHECK(!message.triggers_watchdog);
    CHECK(!message.status);
  }
}

TEST_CASE("of two lines with one name the last counts") {
  CHECK(!parse_notify_message("READY=1\nREADY=0").is_ready);
  CHECK(parse_notify_message("STATUS=a\nSTATUS=b").status == "b");
}

}  // namespace
}  // namespace pmx
