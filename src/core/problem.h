// What is wrong with a manifest, for the person who wrote it.
#pragma once

#include <string>
#include <vector>

namespace pmx {

// A place in a file, both counted from 1 (a column is a byte). 0: not known.
struct Mark {
  unsigned line = 0;
  unsigned column = 0;
  bool operator==(const Mark&) const = default;
};

struct Problem {
  Mark mark;
  std::string path;        // "apps[2].instances"; empty: the whole file
  std::string value;       // what stands there, as written; empty where that says nothing
  std::string rule;        // what is wrong: "is not a duration (500ms, 8s, 5m, 1h)"
  std::string suggestion;  // what would be right; empty when nobody can tell
  std::string file = {};   // empty: known to who asked
  bool operator==(const Problem&) const = default;
};
using Problems = std::vector<Problem>;

}  // namespace pmx
