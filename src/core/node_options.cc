#include "core/node_options.h"

#include "base/text.h"

namespace pmx {
namespace {

constexpr std::string_view kWithValue =
    "-r --require --import --loader --experimental-loader -C --conditions -e --eval -p --print "
    "-pe --allow-fs-read --allow-fs-write --cpu-prof-dir --cpu-prof-interval --cpu-prof-name "
    "--debug-port --diagnostic-dir --disable-proto --disable-warning --dns-result-order "
    "--env-file --env-file-if-exists --experimental-default-type --experimental-policy "
    "--heap-prof-dir --heap-prof-interval --heap-prof-name --heapsnapshot-near-heap-limit "
    "--heapsnapshot-signal --icu-data-dir --input-type --inspect-port --inspect-publish-uid "
    "--localstorage-file --max-http-header-size --max-old-space-size-percentage "
    "--network-family-autoselection-attempt-timeout --openssl-config --policy-integrity "
    "--redirect-warnings --report-dir --report-directory --report-filename --report-signal --run "
    "--secure-heap --secure-heap-min --security-revert --snapshot-blob --title "
    "--tls-cipher-list --tls-keylog --trace-event-categories --trace-event-file-pattern "
    "--unhandled-rejections --use-largepages --v8-pool-size --watch-kill-signal --watch-path";

}  // namespace

bool takes_next_word(std::string_view option) noexcept { return is_among(option, kWithValue); }

}  // namespace pmx
