package dev.twinlog.benchmarks.versus;

import java.util.Map;
import java.util.TreeMap;

/** Consumer and producer settings of the contenders {@code loop} and {@code mm2-tuned}. */
final class ClientTuning {
  private ClientTuning() {}

  /** Consumer settings. For latency a fetch is answered as soon as there is a record. */
  static Map<String, String> consumer(Job job) {
    Map<String, String> settings = new TreeMap<>();
    settings.put("fetch.min.bytes", job.forLatency() ? "1" : Integer.toString(64 << 10));
    settings.put("fetch.max.wait.ms", job.forLatency() ? "10" : "100");
    settings.put("fetch.max.bytes", Integer.toString(64 << 20));
    settings.put("max.partition.fetch.bytes", Integer.toString(8 << 20));
    settings.put("max.poll.records", "4000");
    settings.put("receive.buffer.bytes", Integer.toString(1 << 20));
    return settings;
  }

  /** Producer settings. For latency nothing lingers. */
  static Map<String, String> producer(Job job) {
    Map<String, String> settings = new TreeMap<>();
    settings.put("acks", "all");
    settings.put("batch.size", Integer.toString(256 << 10));
    settings.put("linger.ms", job.forLatency() ? "0" : "20");
    settings.put("buffer.memory", Integer.toString(128 << 20));
    settings.put("max.in.flight.requests.per.connection", "5");
    settings.put("compression.type", job.workload().compression());
    return settings;
  }
}
