// Metrics as values, and their text in the Prometheus exposition format 0.0.4.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace metrics {

enum class Kind { Gauge, Counter };
struct Sample {
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};
struct Family {
  std::string name, help;  // of a counter the name ends in _total
  Kind kind = Kind::Gauge;
  std::vector<Sample> samples;
};

std::string serialised(const std::vector<Family>& families);

}  // namespace metrics
