#include <memory>

#include "core/app/export_model.hpp"
#include "core/cli/commands.hpp"

namespace crescent {

Command add_export(CLI::App& program) {
  auto request = std::make_shared<ExportRequest>();
  auto dtype = std::make_shared<std::string>("float32");
  CLI::App* command = program.add_subcommand("export", "write a run's model as a directory that transformers loads");
  command->add_option("MODEL", request->model, "a run: its newest checkpoint; or a directory as transformers loads it")
      ->required();
  command->add_option("--out", request->out, "folder to write; it must not be there")->required();
  command->add_option("--dtype", *dtype, "of the weights: float32, or bfloat16 in half the size")
      ->check(CLI::IsMember({"float32", "bfloat16"}))
      ->capture_default_str();
  command->footer("Example:\n  crescent export runs/quickstart-1 --out models/quickstart --dtype bfloat16");
  return [request, dtype] {
    request->bf16 = *dtype == "bfloat16";
    export_model(*request);
    return 0;
  };
}

}  // namespace crescent
