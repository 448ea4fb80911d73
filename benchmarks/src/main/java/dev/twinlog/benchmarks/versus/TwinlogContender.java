package dev.twinlog.benchmarks.versus;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.testkit.child.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Twinlog with its defaults, also for latency. */
final class TwinlogContender implements Contender {
  /** What the README recommends for a JVM that does nothing else. */
  private static final List<String> OWN_JVM =
      List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private final String name;
  private final DataPath path;
  private final boolean ownJvm;
  private final DeliveryGuarantee guarantee;
  private final boolean metered;
  private final Optional<Path> build;

  /**
   * A contender.
   *
   * @param ownJvm whether its JVM is set up for it alone, with a class-data archive; else it gets
   *     what any service would, the heap of all contenders
   * @param guarantee what the link promises
   */
  TwinlogContender(String name, DataPath path, boolean ownJvm, DeliveryGuarantee guarantee) {
    this(name, path, ownJvm, guarantee, false, Optional.empty());
  }

  private TwinlogContender(
      String name,
      DataPath path,
      boolean ownJvm,
      DeliveryGuarantee guarantee,
      boolean metered,
      Optional<Path> build) {
    this.name = name;
    this.path = path;
    this.ownJvm = ownJvm;
    this.guarantee = guarantee;
    this.metered = metered;
    this.build = build;
  }

  /**
   * The same from another build.
   *
   * @param jar the {@code benchmarks.jar} of that build
   */
  TwinlogContender of(String otherName, Path jar) {
    return new TwinlogContender(otherName, path, ownJvm, guarantee, metered, Optional.of(jar));
  }

  /** The same with meters in a registry that is scraped. */
  TwinlogContender metered() {
    return new TwinlogContender(name, path, ownJvm, guarantee, true, build);
  }

  boolean hasOwnJvm() {
    return ownJvm;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String describe() {
    return "Twinlog with its defaults, path "
        + path
        + ", "
        + guarantee
        + (ownJvm ? ", in a JVM set up for it" : ", in a JVM like those of the others")
        + (metered ? ", with meters that are scraped" : "")
        + build.map(jar -> ", of the build in " + jar).orElse("");
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
    return Map.of(
        "path", path.name(), "guarantee", guarantee.name(), "JVM", String.join(" ", jvmArgs(job)));
  }

  private List<String> jvmArgs(Job job) {
    return ownJvm ? OWN_JVM : List.of("-Xmx" + job.heap());
  }

  @Override
  public ChildJvm.Builder launch(Job job) {
    ChildJvm.Builder jvm =
        Child.probed(
                TwinlogMain.class,
                job.source(),
                job.target(),
                job.topic(),
                "versus-" + job.run(),
                path.name(),
                guarantee.name(),
                metered ? TwinlogMain.METERED : "")
            .jvmArgs(jvmArgs(job).toArray(String[]::new));
    return build.map(jar -> jvm.classPath(List.of(jar))).orElse(jvm);
  }
}
