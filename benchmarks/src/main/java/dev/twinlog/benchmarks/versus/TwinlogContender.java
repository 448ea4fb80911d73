package dev.twinlog.benchmarks.versus;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Twinlog as a service would embed it, with its defaults, also for latency. */
final class TwinlogContender implements Contender {
  /** For a thousand partitions it has to do with this. */
  private static final String SMALL_HEAP = "128m";

  private final String name;
  private final DataPath path;

  TwinlogContender(String name, DataPath path) {
    this.name = name;
    this.path = path;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String describe() {
    return "Twinlog, path " + path + ", exactly once, otherwise its defaults";
  }

  @Override
  public Optional<String> unavailable() {
    KafkaCluster nowhere = KafkaCluster.of("nowhere", "127.0.0.1:1");
    try (KafkaSource source =
            KafkaSource.from(nowhere).topics(TopicSelector.named("none")).path(path).build();
        KafkaSink sink = KafkaSink.to(nowhere).path(path).build()) {
      return source.dataPath() == sink.dataPath()
          ? Optional.empty()
          : Optional.of("source and sink do not take the same path");
    } catch (ConfigurationException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public Map<String, String> settings(Job job) {
    return Map.of("path", path.name());
  }

  @Override
  public Launch launch(Job job) {
    String heap = job.workload().kind() == Workload.Kind.IDLE ? SMALL_HEAP : job.heap();
    return Launch.observed(
        List.of("-Xmx" + heap),
        TwinlogMain.class,
        job.source(),
        job.target(),
        job.topic(),
        "versus-" + job.run(),
        path.name());
  }
}
