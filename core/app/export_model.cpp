#include "core/app/export_model.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/app/model_source.hpp"
#include "core/app/terminal.hpp"
#include "core/base/error.hpp"

namespace crescent {

void export_model(const ExportRequest& request) {
  namespace fs = std::filesystem;
  std::string out = request.out;
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  if (fs::exists(out))
    fail_usage({}, "--out {}: it is there already, and nothing is overwritten; name another folder", out);
  Log log;
  Terminal terminal(stdout_is_terminal());
  const OnProgress on_progress = [&](const TaskProgress& state) { terminal.progress(state); };
  const std::string folder = trained_model(request.model, log);
  const std::string partial = out + ".partial";  // so that what bears the name is whole
  fs::remove_all(partial);
  int64_t parameters = 0;
  {
    const Task task(on_progress, "writing " + out);
    const VisionLanguageModel model = VisionLanguageModel::load(folder);
    for (const auto& [name, value] : model.parameters()) parameters += value.numel();
    model.save_weights(partial, request.bf16 ? at::kBFloat16 : at::kFloat);
    copy_processor_files(folder, partial);
    fs::rename(partial, out);
  }
  fmt::print("{}: {} parameters in {}, from {}\n", out, parameters, request.bf16 ? "bfloat16" : "float32", folder);
}

}  // namespace crescent
