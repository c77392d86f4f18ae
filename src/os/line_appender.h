// Lines from pipes into files on volumes: what a worker does, because it may hang there.
#pragma once

#include <string>

#include "os/file_user.h"

namespace pmx::os {

// Paths; empty: nowhere.
struct AppendedFiles {
  std::string out;    // what comes through the first pipe
  std::string error;  // through the second
  std::string both;
  const FileUser* app = nullptr;  // who writes the lines
};

// In a worker that was handed the reading ends of two pipes: appends their whole lines to the
// files until both pipes are at their end. Folders are made, a file that was moved away is made
// anew. Where the app owns a part of a path, what it may not open is not opened. What fails is told
// once for each file, as a line of text, and gone on with.
void append_lines(const AppendedFiles& files);

}  // namespace pmx::os
