#include "cli/environment.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace pmx::cli {
namespace {

using Variables = std::vector<std::string>;

// A file that goes away again.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& text) {
    const int fd = ::mkstemp(path_.data());
    REQUIRE(fd >= 0);
    std::ofstream(path_) << text;
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() { std::remove(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/pmx-environment-XXXXXX";
};

TEST_CASE("a variable that is there gets the new value in its place, another comes last") {
  Variables variables{"A=1", "AB=2", "C=3"};
  set_variable(variables, "A", "x=y");
  set_variable(variables, "B", "");
  set_variable(variables, "AB=4");
  CHECK(variables == Variables{"A=x=y", "AB=4", "C=3", "B="});
}

TEST_CASE("what a file says is added to what is there") {
  const ScratchFile file("A=2\nB='3'\n");
  Variables variables{"A=1", "C=4"};
  REQUIRE(add_env_file(variables, file.path()));
  CHECK(variables == Variables{"A=2", "C=4", "B=3"});
}

TEST_CASE("a file with a mistake is named with its line, and changes nothing") {
  const ScratchFile file("A=2\nwrong\n");
  Variables variables{"A=1"};
  const auto added = add_env_file(variables, file.path());
  REQUIRE(!added);
  CHECK(added.error() ==
        "cannot use the environment file " + file.path() + ": line 2: there is no =");
  CHECK(variables == Variables{"A=1"});
}

TEST_CASE("a file that cannot be read is named with the reason") {
  Variables variables;
  CHECK(add_env_file(variables, "/nonexistent/.env").error() ==
        "cannot read the environment file /nonexistent/.env: no such file or directory");
  CHECK(add_env_file(variables, "/").error() ==
        "cannot read the environment file /: is a directory");
}

}  // namespace
}  // namespace pmx::cli
