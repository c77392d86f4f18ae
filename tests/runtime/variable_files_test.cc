#include "runtime/variable_files.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "support/variables.h"

namespace pmx::runtime {
namespace {

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

TEST_CASE("what a file says is added to what is there") {
  const ScratchFile file("A=2\nB='3'\n");
  Environment environment;
  environment.set("A=1");
  environment.set("C=4");
  REQUIRE(add_env_file(environment, file.path()));
  CHECK(all_of(environment) == std::vector<std::string>{"A=2", "C=4", "B=3"});
}

TEST_CASE("a file with a mistake is named with its line, and changes nothing") {
  const ScratchFile file(std::string("A=2\nB=\0\n", 8));
  Environment environment;
  environment.set("A=1");
  const auto added = add_env_file(environment, file.path());
  REQUIRE(!added);
  CHECK(added.error() ==
        "cannot use the environment file " + file.path() + ": line 2: it contains a NUL byte");
  CHECK(all_of(environment) == std::vector<std::string>{"A=1"});
}

TEST_CASE("a file that cannot be read is named with the reason") {
  Environment environment;
  CHECK(add_env_file(environment, "/nonexistent/.env").error() ==
        "cannot read the environment file /nonexistent/.env: no such file or directory");
  CHECK(add_env_file(environment, "/").error() ==
        "cannot read the environment file /: is a directory");
}

void write(const ScratchFile& file, std::string_view text) { std::ofstream(file.path()) << text; }

TEST_CASE("a refresh reads files anew, and leaves alone what was set over them") {
  const ScratchFile file("A=1\nB=2\nGONE=3\n");
  const ScratchFile secret("old\n");
  Environment environment;
  REQUIRE(add_env_file(environment, file.path()));
  environment.set("B=own");
  environment.set("OTHER=0");
  environment.set("SECRET", *read_secret(secret.path()));
  environment.set_origin("SECRET", {VariableOrigin::Kind::file, secret.path()});
  set_filled_in(environment, "URL", "//${SECRET}@db");
  const Environment before = environment;
  REQUIRE(refresh(environment));
  CHECK(environment == before);

  write(file, "A=2\nB=3\nNEW=4\nOTHER=5\n");
  write(secret, "new\n");
  REQUIRE(refresh(environment));
  CHECK(all_of(environment) ==
        std::vector<std::string>{"A=2", "B=own", "NEW=4", "OTHER=0", "SECRET=new", "URL=//new@db"});
  CHECK(environment.origin_of("NEW") != nullptr);
  CHECK(environment.origin_of("URL") != nullptr);
}

TEST_CASE("a refresh fills in what was there before, not what it has filled in") {
  const char* const inherited[] = {"URL=db://h", "HOME=/root", nullptr};
  const ScratchFile secret("old\n");
  Environment environment(inherited);
  environment.set("SECRET", *read_secret(secret.path()));
  environment.set_origin("SECRET", {VariableOrigin::Kind::file, secret.path()});
  set_filled_in(environment, "URL", "${URL}?pw=${SECRET}");
  write(secret, "new\n");
  for (int n = 0; n < 2; ++n) {
    REQUIRE(refresh(environment));
    CHECK(all_of(environment) ==
          std::vector<std::string>{"URL=db://h?pw=new", "HOME=/root", "SECRET=new"});
  }
}

TEST_CASE("a refresh finds a new line of a file, also where the variable is inherited") {
  const char* const inherited[] = {"LEVEL=info", "HOME=/root", nullptr};
  const ScratchFile file("# nothing yet\n");
  Environment environment(inherited);
  REQUIRE(add_env_file(environment, file.path()));
  set_filled_in(environment, "SHOWN", "<${LEVEL}>");
  CHECK(environment.origin_of("SHOWN") == nullptr);
  write(file, "LEVEL=debug\n");
  REQUIRE(refresh(environment));
  CHECK(all_of(environment) ==
        std::vector<std::string>{"LEVEL=debug", "HOME=/root", "SHOWN=<debug>"});
  write(file, "");
  REQUIRE(refresh(environment));
  CHECK(all_of(environment) ==
        std::vector<std::string>{"LEVEL=info", "HOME=/root", "SHOWN=<info>"});
}

TEST_CASE("a file that is gone is named, with the variable that it was for") {
  Environment environment;
  environment.set("SECRET=old");
  environment.set_origin("SECRET", {VariableOrigin::Kind::file, "/nonexistent/secret"});
  CHECK(refresh(environment).error() ==
        "cannot read /nonexistent/secret, the value of SECRET: no such file or directory");
}

}  // namespace
}  // namespace pmx::runtime
