#include "runtime/inbox.h"

#include <doctest/doctest.h>

#include <variant>

namespace pmx::runtime {
namespace {

unsigned instance_in(const Event& event) {
  return static_cast<unsigned>(std::get<Halted>(event).instance);
}

TEST_CASE("events come in their order, and what has no room makes some") {
  Inbox inbox(1);
  const auto room = static_cast<unsigned>(inbox.room());
  inbox.push(Halted{InstanceId{0}});
  CHECK(instance_in(inbox.pop().value()) == 0);  // so that the first is not at the begin
  for (unsigned n = 0; n < 3 * room; ++n) inbox.push(Halted{InstanceId{n}});
  for (unsigned n = 0; n < room; ++n) CHECK(instance_in(inbox.pop().value()) == n);
  inbox.make_room(1);  // takes nothing away
  for (unsigned n = room; n < 3 * room; ++n) CHECK(instance_in(inbox.pop().value()) == n);
  CHECK(!inbox.pop());
}

}  // namespace
}  // namespace pmx::runtime
