#include "os/page_buffer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <vector>

namespace pmx::os {
namespace {

bool is_zero(const PageBuffer& buffer) {
  return std::ranges::all_of(std::span(buffer.get(), buffer.size()),
                             [](char byte) { return byte == 0; });
}

TEST_CASE("buffers are zeros of their own, when the arena is used up as well") {
  std::vector<PageBuffer> buffers;
  bool any_in_arena = false;
  while (buffers.empty() || is_in_arena(buffers.back().get())) {
    buffers.emplace_back(300'001);
    any_in_arena = any_in_arena || is_in_arena(buffers.back().get());
    REQUIRE(is_zero(buffers.back()));
    std::ranges::fill(std::span(buffers.back().get(), 300'001), static_cast<char>(buffers.size()));
  }
  CHECK(any_in_arena);
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    CHECK(std::ranges::all_of(std::span(buffers[i].get(), 300'001),
                              [i](char byte) { return byte == static_cast<char>(i + 1); }));
  }
}

TEST_CASE("a buffer of no bytes is nothing") {
  CHECK(PageBuffer(0).get() == nullptr);
  CHECK(PageBuffer().get() == nullptr);
}

}  // namespace
}  // namespace pmx::os
