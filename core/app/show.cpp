#include "core/app/show.hpp"

#include <cstdio>

#include "core/app/data_source.hpp"
#include "core/app/resources.hpp"
#include "core/app/window.hpp"
#include "core/base/error.hpp"
#include "core/rundir/config_reader.hpp"

namespace crescent {

// The data may have gone or changed since: what the rollouts have is shown all the same.
static ShownRecord find_record(const std::string& id, const RunConfig& config) {
  try {
    Dataset data = load_training_records(config, locate_data(config, find_resources()));
    for (Record& record : data.records)
      if (record.id == id) return {std::move(record), ""};
    return {{}, fmt::format("(not in {} any more)", data.path)};
  } catch (const Error& error) {
    return {{}, fmt::format("(its text cannot be shown: {})", error.what())};
  }
}

void show_run(const ShowRequest& request) {
  const RunConfig config = read_run_config(request.run);
  const RolloutReader reader(request.run);
  const ShownRecord record = request.prompt && !request.json ? find_record(*request.prompt, config) : ShownRecord{};
  show_rollouts(request, config, reader, record, {window_columns(stdout), wants_color(stdout)},
                [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); });
}

}  // namespace crescent
