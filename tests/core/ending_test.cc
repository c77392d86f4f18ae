#include "core/ending.h"

#include <doctest/doctest.h>

#include <vector>

namespace pmx {
namespace {

using namespace std::chrono_literals;

// The end of PID 1 in a scripted world: who was signalled how, and when it left.
struct End {
  EndPolicy policy;
  Ending ending = NotEnding{};
  Instant now{};
  std::vector<int> to_others;
  std::vector<int> to_group;
  int said = 0;
  std::optional<int> left;

  void begin(int code, std::optional<Pid> last = Pid{7}) {
    Effects effects;
    ending = begin_ending(policy, last, kSigTerm, code, now, effects);
    see(effects);
  }
  void wait(Duration duration) {
    const Instant until = now + duration;
    while (const auto due = deadline(ending)) {
      if (*due > until) break;
      now = *due;
      Effects effects;
      ending = continue_ending(ending, now, effects);
      see(effects);
      if (const auto next = deadline(ending)) REQUIRE(*next > now);
    }
    now = until;
  }
  void nobody_is_left() {
    Effects effects;
    ending = finish_ending(ending, effects);
    see(effects);
  }
  void see(const Effects& effects) {
    for (const Effect& effect : effects) {
      if (const auto* others = std::get_if<SignalOthers>(&effect)) {
        to_others.push_back(number(others->signal));
      } else if (const auto* process = std::get_if<SignalProcess>(&effect)) {
        CHECK(process->scope == SignalScope::group);
        to_group.push_back(number(process->signal));
      } else if (const auto* leave = std::get_if<Leave>(&effect)) {
        CHECK(!left);
        left = leave->code;
      } else {
        ++said;
      }
    }
  }
};

TEST_CASE("others get SIGTERM, and we leave as soon as nobody is left") {
  End end;
  end.begin(3);
  CHECK(end.to_others == std::vector{15});
  CHECK(!end.left);
  end.nobody_is_left();
  CHECK(end.left == 3);
  CHECK(!deadline(end.ending));
  CHECK(end.said == 0);
}

TEST_CASE("others that stay are killed when the grace is over, and it is said") {
  End end;
  end.policy.grace = 500ms;
  end.begin(0);
  end.wait(499ms);
  CHECK(end.to_others == std::vector{15});
  end.wait(1ms);
  CHECK(end.to_others == std::vector{15, 9});
  CHECK(end.said == 1);
  end.nobody_is_left();
  CHECK(end.left == 0);
}

TEST_CASE("those who fork while they are killed are killed again") {
  End end;
  end.begin(1);
  end.wait(2s);
  end.wait(100ms);
  CHECK(end.to_others == std::vector{15, 9, 9, 9});
  CHECK(!end.left);
}

TEST_CASE("one that cannot be killed is left behind") {
  End end;
  end.begin(9);
  end.wait(2s);
  end.wait(1'999ms);
  CHECK(!end.left);
  end.wait(1ms);
  CHECK(end.left == 9);
  end.nobody_is_left();
  CHECK(std::holds_alternative<Leaving>(end.ending));
}

TEST_CASE("without grace nobody is asked and nothing is waited for") {
  End end;
  end.policy.grace = 0ms;
  end.begin(4);
  CHECK(end.left == 4);
  CHECK(end.to_others.empty());
  CHECK(end.to_group.empty());
}

TEST_CASE("as dumb-init: the group of the command gets SIGTERM, and we leave") {
  End end;
  end.policy = {.grace = 0ms, .terminate_group = true};
  end.begin(4);
  CHECK(end.to_group == std::vector{15});
  CHECK(end.left == 4);
}

TEST_CASE("where no process was started there is no group to signal") {
  End end;
  end.policy = {.grace = 0ms, .terminate_group = true};
  end.begin(127, std::nullopt);
  CHECK(end.to_group.empty());
  CHECK(end.left == 127);
}

TEST_CASE("before the end it means nothing that nobody is left") {
  End end;
  end.nobody_is_left();
  CHECK(std::holds_alternative<NotEnding>(end.ending));
  CHECK(!end.left);
  CHECK(!deadline(end.ending));
}

}  // namespace
}  // namespace pmx
