#include "cli/evaluate.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "cli/init_request.h"

namespace pmx::cli {
namespace {

// A shell script in place of node, for as long as it lives.
class FakeNode {
 public:
  explicit FakeNode(std::string_view script) {
    std::string folder = (std::filesystem::temp_directory_path() / "node-XXXXXX").string();
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    const std::string program = folder_ + "/node";
    std::ofstream(program) << "#!/bin/sh\n" << script;
    REQUIRE(::chmod(program.c_str(), 0755) == 0);
    REQUIRE(::setenv("PATH", (folder_ + ":" + path_).c_str(), 1) == 0);
  }
  FakeNode(const FakeNode&) = delete;
  FakeNode& operator=(const FakeNode&) = delete;
  ~FakeNode() {
    ::setenv("PATH", path_.c_str(), 1);
    std::filesystem::remove_all(folder_);
  }

 private:
  std::string path_ = ::getenv("PATH");
  std::string folder_;
};

std::expected<std::string, EvaluationFailure> evaluate(Duration patience) {
  const auto before = signals_to_handle(false).install();
  REQUIRE(before);
  auto result = evaluate_config("/app/ecosystem.config.js", *before, patience);
  static_cast<void>(before->install());
  return result;
}

// Nobody is alive.
bool is_childless() {
  pid_t ended = 0;
  while ((ended = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
  }
  return ended < 0 && errno == ECHILD;
}

TEST_CASE("what is evaluated in time is the answer") {
  const FakeNode node("echo '{\"apps\": []}'\n");
  const auto answer = evaluate(kEvaluationPatience);
  REQUIRE(answer);
  CHECK(*answer == "{\"apps\": []}\n");
}

TEST_CASE("what takes too long is ended with all that it has started, and is a failure") {
  const FakeNode node("setsid sleep 1000 &\nsleep 1000\n");
  const auto answer = evaluate(Duration{1'000});
  REQUIRE(!answer);
  CHECK(answer.error().sentence == "took longer than 1 s to be evaluated");
  CHECK(answer.error().signal == 0);
  CHECK(is_childless());
}

}  // namespace
}  // namespace pmx::cli
