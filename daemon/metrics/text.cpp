// The one file that knows prometheus-cpp.
#include "metrics/text.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace metrics {
namespace {

prometheus::ClientMetric metric_of(const Sample& sample, Kind kind) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
  if (kind == Kind::Counter) metric.counter.value = sample.value;
  if (kind == Kind::Gauge) metric.gauge.value = sample.value;
  return metric;
}

}  // namespace

std::string serialised(const std::vector<Family>& families) {
  std::vector<prometheus::MetricFamily> list;
  for (const auto& family : families) {
    prometheus::MetricFamily made;
    made.name = family.name;
    made.help = family.help;
    made.type = family.kind == Kind::Counter ? prometheus::MetricType::Counter
                                             : prometheus::MetricType::Gauge;
    for (const auto& sample : family.samples) made.metric.push_back(metric_of(sample, family.kind));
    list.push_back(std::move(made));
  }
  return prometheus::TextSerializer().Serialize(list);
}

}  // namespace metrics
