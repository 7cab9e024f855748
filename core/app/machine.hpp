// What this machine offers and what this program was built with: for `doctor`, the manifest and the hash chain.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crescent {

struct Machine {
  std::string cpu;                      // model name as the kernel gives it
  std::string instruction_set;          // the best that this CPU and LibTorch use: avx512_bf16, avx512, avx2, ...
  int cores = 0;                        // that this process may use
  uint64_t memory_bytes = 0;            // of the machine
  uint64_t memory_available_bytes = 0;  // to this process: of the machine, or of its container where that is less
  bool linked_with_cuda = false;        // this program
};

Machine inspect_machine();

struct Component {
  std::string name, version;
};
std::vector<Component> components();  // the program and the libraries it was built with

}  // namespace crescent
