#!/usr/bin/env bash
# Fails when a C++ file is not as clang-format would have it. usage: check_format.sh [FILE...]
set -euo pipefail
if [ $# -eq 0 ]; then
  mapfile -t files < <(find src tests packaging bench -name '*.cc' -o -name '*.h' | sort)
  set -- "${files[@]}"
fi
clang-format-19 --dry-run -Werror "$@"
echo "$# files are formatted"
