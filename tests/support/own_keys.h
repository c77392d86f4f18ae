// Keys with a table of their own, made for lines of a given length.
#pragma once

#include <cstddef>
#include <vector>

#include "codec/json_object_keys.h"

namespace pmx {

class OwnKeys {
 public:
  explicit OwnKeys(std::size_t longest_line)
      : table_(JsonObjectKeys::slots_for(longest_line)), keys_(table_) {}
  operator JsonObjectKeys&() noexcept { return keys_; }

 private:
  std::vector<JsonObjectKeys::Slot> table_;
  JsonObjectKeys keys_;
};

}  // namespace pmx
