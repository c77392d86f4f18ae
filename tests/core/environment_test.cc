#include "core/environment.h"

#include <doctest/doctest.h>

#include <utility>

#include "support/variables.h"

namespace pmx {
namespace {

TEST_CASE("a variable that is there gets the new value in its place, another comes last") {
  const char* const inherited[] = {"A=1", "AB=2", "C=3", nullptr};
  Environment environment(inherited);
  environment.set("A", "x=y");
  environment.set("B", "");
  environment.set("AB=4");
  environment.set("B", "5");
  CHECK(all_of(environment) == std::vector<std::string>{"A=x=y", "AB=4", "C=3", "B=5"});
}

TEST_CASE("a variable is found by its whole name") {
  const char* const inherited[] = {"PATHS=1", "PATH=/bin", "NOTHING=", "PAT=2", nullptr};
  const Environment environment(inherited);
  CHECK(environment.find("PATH") == doctest::String("/bin"));
  CHECK(environment.find("NOTHING") == doctest::String(""));
  CHECK(environment.find("PA") == nullptr);
  CHECK(environment.find("PATH=/bin") == nullptr);
}

TEST_CASE("what is inherited is not copied") {
  const char* const inherited[] = {"A=1", nullptr};
  CHECK(Environment(inherited).data()[0] == inherited[0]);
}

TEST_CASE("where a value came from is known until there is another value") {
  Environment environment;
  environment.set("A", "secret");
  environment.set_origin("A", {VariableOrigin::Kind::file, "/run/secrets/a"});
  environment.set("AB", "1");
  REQUIRE(environment.origin_of("A") != nullptr);
  CHECK(environment.origin_of("A")->text == "/run/secrets/a");
  CHECK(environment.origin_of("AB") == nullptr);
  environment.set_origin("A", {VariableOrigin::Kind::env_file, ".env"});
  CHECK(environment.hidden().size() == 1);
  SUBCASE("set") { environment.set("A=known"); }
  SUBCASE("removed") { environment.remove("A"); }
  CHECK(environment.origin_of("A") == nullptr);
}

TEST_CASE("to a process it is all the same where a value came from") {
  Environment one;
  one.set("A", "1");
  Environment other = one;
  other.set_origin("A", {VariableOrigin::Kind::file, "/a"});
  CHECK(one == other);
}

TEST_CASE("it can move, and what was set stays where it is") {
  Environment first;
  first.set("A", "1");
  const char* const variable = first.data()[0];
  const Environment second = std::move(first);
  CHECK(second.data()[0] == variable);
  CHECK(all_of(second) == std::vector<std::string>{"A=1"});
}

}  // namespace
}  // namespace pmx
