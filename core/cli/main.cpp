#include <fmt/format.h>

int main() { fmt::print("crescent {}\n", CRESCENT_VERSION); }
