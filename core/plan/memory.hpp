// Memory of a run by owner, at its largest, for each thing it does. Worst case throughout: every prompt of a batch as
// long as the longest, every response at its limit, micro-batches as full as they may be.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/experiment/run_config.hpp"
#include "core/model/config.hpp"
#include "core/plan/data_sizes.hpp"
#include "core/plan/work.hpp"
#include "core/rollout/generator.hpp"

namespace crescent {

struct MemoryInput {
  const RunConfig& config;
  const ModelConfig& model;
  const DataSizes& sizes;
  GeneratorOptions generator;  // limits alone are read
  int threads = 1;
  int64_t program_bytes = 0;  // measured: the program, its libraries and plugins once they have worked
  int64_t data_bytes = 0;     // measured: records and tokenizer
  ProbeSize probe;            // the largest call the sampler asks for
};

struct StageMemory {  // bytes, at the stage's largest moment
  std::string name;   // "cold start", "validation", "probing", "rollout", "update"
  int64_t program = 0, data = 0, weights = 0, gradients = 0, moments = 0, reference = 0;
  int64_t kv_cache = 0;
  int64_t prompts = 0;      // rendered prompts with their patches, and responses
  int64_t activations = 0;  // of the model, its logits included
  int64_t allocator = 0;    // freed, but kept by the allocator
  int64_t total() const;
};

struct MemoryOwner {
  const char* name;  // for a person
  const char* key;   // for a program
  int64_t StageMemory::*bytes;
};
const std::vector<MemoryOwner>& memory_owners();  // in the order of the table

struct MemoryPlan {
  std::vector<StageMemory> stages;   // only those the run has, each over all phases
  std::vector<int64_t> phase_peaks;  // [phases] bytes at the largest moment of each, validation apart
  const StageMemory& peak() const;   // the largest
  // What should be there for it: runs have needed up to a tenth more than was planned.
  int64_t needed_bytes() const { return peak().total() + peak().total() / 10; }
};

MemoryPlan plan_memory(const MemoryInput& input);

}  // namespace crescent
